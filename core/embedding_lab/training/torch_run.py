"""One training from the loaded encoder to the report. Heavy: imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.jobs.context import complete_checkpoints
from embedding_lab.storage import require_space
from embedding_lab.training.live import NoteReport, read_reports
from embedding_lab.training.pictures import Axes, validation_report
from embedding_lab.training.report import compared, drift, general_pairs, most_changed
from embedding_lab.training.settings import BYTES_A_WEIGHT, SPARE_BYTES
from embedding_lab.training.torch_best import best_weights, forget_best, is_better, read_best
from embedding_lab.training.torch_checkpoint import DamagedCheckpointError
from embedding_lab.training.torch_loop import LoopPlan, TrainingLoop
from embedding_lab.training.torch_step import GradientStep
from embedding_lab.types import Modality

if TYPE_CHECKING:
    import numpy as np

    from embedding_lab.contracts import BatchRows, BatchSampler, Objective
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.contents import ContentReader
    from embedding_lab.training.data import TrainingData
    from embedding_lab.training.live import LiveFeed
    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.teacher import TeacherVectors
    from embedding_lab.training.torch_best import Best
    from embedding_lab.training.torch_loop import LoopEnd
    from embedding_lab.training.torch_trainee import Trainee
    from embedding_lab.training.validations.validation import Measurement, Validation


@dataclass(frozen=True)
class Method:
    """What is learned and from which batches.

    ``data`` is the digest of what must not change between two attempts; ``teacher`` is what an
    objective learns from, where it needs a teacher.
    """

    objective: Objective
    sampler: BatchSampler
    batch_rows: BatchRows
    data: str
    teacher: TeacherVectors | None = None


class TrainingRun:
    """Trains an encoder, watches it, and tells whether it has become better.

    Parameters
    ----------
    ctx : JobContext
        The job's.
    trainee : Trainee
        The encoder.
    data : TrainingData
        Rows to train with and to measure on.
    settings : TrainingSettings
        All choices.
    feed : LiveFeed
        Takes what is reported.
    """

    def __init__(
        self,
        ctx: JobContext[Any],
        trainee: Trainee,
        data: TrainingData,
        settings: TrainingSettings,
        feed: LiveFeed,
    ) -> None:
        self._ctx = ctx
        self._trainee = trainee
        self._data = data
        self._settings = settings
        self._feed = feed
        self._total = 0
        self._axes: Axes | None = None
        self._base: dict[str, Measurement] = {}
        self._base_cosines: np.ndarray[Any, np.dtype[np.float64]] | None = None

    def train(self, method: Method) -> LoopEnd:
        """Measure the base encoder, train, and take the best weights.

        Raises
        ------
        LabError
            If an earlier attempt cannot be continued because its data have changed, or the
            training cannot go on.
        """
        gradient = GradientStep(self._trainee, method.objective, self._data.train, method.teacher)
        plan = LoopPlan(
            self._settings,
            method.sampler,
            method.batch_rows,
            method.data,
            self._validate if self._data.validation is not None else None,
        )
        loop = TrainingLoop(self._ctx, self._trainee, gradient, plan, self._feed)
        require_space(
            self._ctx.folder, self._trainee.n_trained * BYTES_A_WEIGHT + SPARE_BYTES, "Training"
        )
        # The base is measured again when a run is continued: its weights are those on the disk.
        self._total = loop.total
        self._measure_base()
        if self._ctx.is_continued:
            self._go_on(loop, method.data)
        self._feed.begin("training", loop.step, loop.total)
        end = loop.run()
        best = best_weights(self._ctx.folder)
        if best is not None:
            loop.state.take_weights(best)
        return end

    # Continuing

    def _go_on(self, loop: TrainingLoop, data: str) -> None:
        """Stand where the newest whole checkpoint stands; begin anew where there is none."""
        for checkpoint in reversed(complete_checkpoints(self._ctx.folder)):
            try:
                position, drawn = loop.state.load(checkpoint.folder)
            except DamagedCheckpointError as error:
                self._note(checkpoint.step, f"{error.message} An earlier one is taken instead.")
                self._ctx.forget_checkpoint(checkpoint)
                continue
            if position.data != data:
                raise LabError(
                    "The rows or the encoder of this run have changed since its last checkpoint, "
                    "so it cannot go on as it began.",
                    hint="Start a new run, or bring the data back as they were.",
                )
            loop.go_to(position, drawn)
            self._feed.go_back(position.step)
            self._require_best(position.step)
            return
        forget_best(self._ctx.folder)
        self._feed.go_back(0)

    def _require_best(self, step: int) -> None:
        """Forget the best checkpoint if it is damaged, so that the next best can be kept."""
        try:
            best_weights(self._ctx.folder)
        except DamagedCheckpointError as error:
            self._note(step, f"{error.message} The best of those to come is kept.")
            forget_best(self._ctx.folder)

    # Measuring

    def _measure_base(self) -> None:
        self._feed.begin("base")
        validation = self._data.validation
        if validation is not None:
            measured = self._measure(validation, "Measuring the base encoder")
            self._axes = Axes.of(measured)
            if next(read_reports(self._ctx.folder, "validation"), None) is None:
                self._tell(0, validation, measured, is_best=False)
        if self._data.held_out is not None:
            self._base["held_out"] = self._measure(
                self._data.held_out, "Measuring the base encoder"
            )
        self._base_cosines = self._general_cosines()

    def _validate(self, step: int, best: Best | None) -> float:
        validation = self._data.validation
        assert validation is not None
        self._ctx.progress(step, self._total, "Validating", unit="steps")
        measured = self._measure(validation)
        self._tell(step, validation, measured, is_best=is_better(measured.value, step, best))
        return measured.value

    def _measure(self, validation: Validation, message: str = "") -> Measurement:
        if message:
            self._ctx.progress(0, 0, message)
        encode = partial(self._trainee.encode, validation.rows, check=self._ctx.check)
        return validation.measure(encode, self._ctx.check)

    def _tell(
        self, step: int, validation: Validation, measured: Measurement, *, is_best: bool
    ) -> None:
        self._feed.add(validation_report(step, validation, measured, is_best=is_best))
        if self._axes is not None:
            self._feed.add(self._axes.map(step, validation, measured))

    def _general_cosines(self) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        if Modality.TEXT not in self._trainee.record.modalities:
            return None
        return general_pairs().cosines(partial(self._trainee.encode_texts, check=self._ctx.check))

    def _note(self, step: int, sentence: str) -> None:
        self._ctx.log(sentence, level="warning")
        self._feed.add(NoteReport(kind="note", step=step, sentence=sentence))

    # The report

    def report(self, end: LoopEnd, reader: ContentReader) -> dict[str, Any]:
        """Return what the run has come to, as a JSON object."""
        self._feed.begin("reporting", end.step, end.total)
        best = read_best(self._ctx.folder)
        found: dict[str, Any] = {
            "steps": end.step,
            "planned_steps": end.total,
            "was_stopped": end.was_stopped,
            "best_step": best.step if best else None,
            "n_train": len(self._data.train),
            "rows_are": self._data.train.kind,
            "n_trained_weights": self._trainee.n_trained,
            "notes": list(self._data.notes),
            "base": {},
            "tuned": {},
            "delta": None,
            "delta_ci": None,
            "p_value": None,
            "verdict": "",
        }
        held_out = self._data.held_out
        if held_out is not None:
            base = self._base["held_out"]
            tuned = self._measure(held_out, "Measuring the tuned encoder")
            found |= compared(held_out, base, tuned, self._ctx.check)
            found |= most_changed(held_out, base, tuned, reader)
        cosines = self._general_cosines()
        if cosines is not None and self._base_cosines is not None:
            found["drift"] = drift(self._base_cosines, cosines)
        return found
