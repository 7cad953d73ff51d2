"""Making an encoder's ONNX file smaller and faster in several ways, with the price of each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, TokenizedText
from embedding_lab.encoders.onnx_session import is_batch_sensitive, open_session, read_graph
from embedding_lab.encoders.onnx_settings import PROOF_NAME
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.sample_rows import sample_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.ways import Way
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.export.candidate import finish_candidate, new_candidate, onnx_source
from embedding_lab.export.gate import SMALLER
from embedding_lab.export.pareto import is_on_front
from embedding_lab.export.probes import probes_of
from embedding_lab.export.shrink import RECIPES, Recipe, recipe, shrink
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.storage import folder_bytes, require_space, write_json
from embedding_lab.types import Modality
from embedding_lab.workflows.encoding_bench import EncodingBench
from embedding_lab.workflows.export_onnx import UNFINISHED, new_folder
from embedding_lab.workflows.judged_sample import compared_scores, draw_judged_sample
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.encoders.sample_rows import RowSample
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus

DEFAULT_ROWS = 300
DEFAULT_REPEATS = 3
PROBE_ROWS = 64
USUAL = tuple(item.id for item in RECIPES)


@dataclass(frozen=True)
class ShrinkEncoder(Job[Workspace]):
    """Make smaller files of an encoder's ONNX file, and measure what each gains and loses.

    Every candidate gets a folder of its own that can be added as an encoder. Speed, memory and
    agreement with the file they were made of are measured on rows of a corpus; where the corpus
    has judgements, nDCG@10 is compared query by query.

    Attributes
    ----------
    encoder : str
        Name or id of an ONNX encoder of texts, or of a prepared one.
    to : str
        The folder to make, with one folder a candidate in it.
    corpus : str
        On whose rows to measure.
    recipes : tuple of str
        Which recipes; all without any. ``truncated:256`` keeps 256 dimensions.
    n_rows, repeats : int
        How many rows, and how many timed passes; medians are returned.
    scores : bool
        Also compare nDCG@10, where the corpus has judgements.
    """

    encoder: str
    to: str
    corpus: str
    recipes: tuple[str, ...] = ()
    n_rows: int = DEFAULT_ROWS
    repeats: int = DEFAULT_REPEATS
    scores: bool = True
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Shrinking {self.encoder}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Write the candidates, measure them in turn, and move the folder into place."""
        if self.n_rows < 2 or self.repeats < 1:
            raise UsageError("Measuring needs at least two rows and one repeat.")
        corpus = ctx.workspace.corpus(self.corpus)
        recipes = [recipe(name) for name in dict.fromkeys(self.recipes or USUAL)]
        source = onnx_source(EncoderStore(ctx.workspace).get(self.encoder))
        target = new_folder(self.to)
        size = Path(source.folder, source.model_file).stat().st_size
        require_space(target.parent, size * (len(recipes) + 1), f"Shrinking {source.name}")
        sample = sample_rows(corpus, self.n_rows, Modality.TEXT)
        if len(sample.rows) < 2:
            raise UsageError(f"The corpus {corpus.name} has too few rows to measure on.")
        unfinished = target.with_name(target.name + UNFINISHED)
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            workshop = _Workshop(ctx, source, corpus, sample, unfinished)
            candidates = [workshop.make(item) for item in recipes]
            workshop.measure(candidates, self.repeats, scores=self.scores)
            for candidate in candidates:
                candidate.keep_proof(target)
            if target.exists():
                target.rmdir()
            unfinished.replace(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return {
            "encoder": source.name,
            "corpus": corpus.name,
            "path": str(target),
            "rows": len(sample.rows),
            "repeats": self.repeats,
            "n_queries": workshop.n_queries,
            "n_documents": workshop.n_documents,
            "candidates": [workshop.reference, *(item.figures for item in candidates)],
        }


@dataclass
class _Candidate:
    """A recipe, the folder it filled, and what was found out."""

    recipe: Recipe
    folder: Path
    figures: dict[str, Any]
    record: EncoderRecord | None = None

    def keep_proof(self, target: Path) -> None:
        """Tell where the folder will lie, and write the figures beside the file."""
        if self.record is None:
            return
        self.figures["path"] = str(target / self.folder.name)
        write_json(self.folder / PROOF_NAME, self.figures)


class _Workshop:
    """Makes and measures candidates of one ONNX file."""

    def __init__(
        self,
        ctx: JobContext[Workspace],
        source: EncoderRecord,
        corpus: Corpus,
        sample: RowSample,
        folder: Path,
    ) -> None:
        self._ctx = ctx
        self._source = source
        self._corpus = corpus
        self._sample = sample
        self._folder = folder
        self._probes: list[dict[str, Any]] | None = None
        self.n_queries = 0
        self.n_documents = 0
        self.reference: dict[str, Any] = {}
        folder.mkdir()

    @property
    def _file(self) -> Path:
        return Path(self._source.folder) / self._source.model_file

    def make(self, wanted: Recipe) -> _Candidate:
        """Write one candidate; a recipe that does not apply leaves its reason instead."""
        folder = self._folder / wanted.id.replace(":", "-")
        found = _Candidate(wanted, folder, _figures_of(wanted))
        message = f"Writing {wanted.title}"
        self._ctx.progress(0, 0, message)
        file = new_candidate(self._source, folder)
        try:
            facts = shrink(
                self._file,
                file,
                wanted,
                probes=self._sample_inputs() if wanted.needs_probes else (),
                check=self._ctx.check,
                say=lambda told: self._ctx.progress(0, 0, told),
            )
        except EncoderError as error:
            shutil.rmtree(folder)
            found.figures["problem"] = str(error)
            self._ctx.log(f"{wanted.title}: {error}", level="warning")
            return found
        name = f"{self._source.name} {wanted.id}"
        found.record = finish_candidate(self._source, folder, wanted.id, name, facts)
        found.figures |= {
            "facts": facts,
            "bytes": folder_bytes(folder),
            "file_bytes": int(facts["n_bytes"]),
            "is_row_by_row": is_batch_sensitive(file),
        }
        return found

    def measure(self, candidates: list[_Candidate], repeats: int, *, scores: bool) -> None:
        """Encode the rows with every candidate in turn and fill in the figures."""
        made = [item for item in candidates if item.record is not None]
        records = [self._source, *(item.record for item in made if item.record is not None)]
        ways = [self._way(record) for record in records]
        n_passes = len(ways) * (repeats + 1)
        bench = EncodingBench(self._ctx, self._corpus, self._sample, Modality.TEXT, n_passes)
        bench.measure(ways, repeats)
        self.reference = _figures_of(None) | {
            "path": self._source.folder,
            "bytes": self._file.stat().st_size,
            "file_bytes": self._file.stat().st_size,
            "is_row_by_row": is_batch_sensitive(self._file),
        }
        rows = [self.reference, *(item.figures for item in made)]
        for figures, way in zip(rows, ways, strict=True):
            figures.update(way.figures(ways[0]))
        if scores:
            self._score(rows, records)
        speeds = [(-row["file_bytes"], row["rows_per_second"], _quality(row)) for row in rows]
        for figures, is_best in zip(rows, is_on_front(speeds), strict=True):
            figures["is_on_front"] = bool(is_best)
            figures["passed"] = SMALLER.are_reached(
                figures["min_cosine"], figures["neighbour_overlap"]
            )

    def _score(self, rows: list[dict[str, Any]], records: list[EncoderRecord]) -> None:
        sample = draw_judged_sample(self._corpus)
        if sample is None:
            return
        self.n_queries, self.n_documents = len(sample.task.queries), len(sample.rows)
        reference: NDArray[np.float64] | None = None
        for figures, record in zip(rows, records, strict=True):
            found = sample.scores(self._ctx, record)
            pool.unload(record)
            reference = found if reference is None else reference
            figures.update(compared_scores(reference, found))

    def _way(self, record: EncoderRecord) -> Way:
        return Way(record, EncodeOptions(prompt=resolve_prompt(record)))

    def _sample_inputs(self) -> list[dict[str, Any]]:
        if self._probes is None:
            encoder = pool.load_alone(self._source)
            few = sample_rows(self._corpus, PROBE_ROWS, Modality.TEXT)
            left_out = few.is_left_out(self._corpus.n_rows)
            rows = PendingRows(
                self._corpus, left_out, Modality.TEXT, self._ctx.check, takes_empty=False
            )
            texts = [str(text) for _, text in rows]
            tokens = [item for item in encoder.tokenize(texts) if isinstance(item, TokenizedText)]
            graph = read_graph(open_session(self._file), self._file)
            self._probes = probes_of(tokens, graph.inputs)
        return self._probes


def _figures_of(wanted: Recipe | None) -> dict[str, Any]:
    if wanted is None:
        return {"recipe": "", "title": "As it is", "summary": "", "limits": "", "problem": ""}
    return {
        "recipe": wanted.id,
        "title": wanted.title,
        "summary": wanted.summary,
        "limits": wanted.limits,
        "problem": "",
    }


def _quality(figures: dict[str, Any]) -> float:
    """Return the figure that stands for what a candidate keeps."""
    if "ndcg@10" in figures:
        return float(figures["ndcg@10"]["value"])
    overlap = figures["neighbour_overlap"]
    return float(overlap if overlap is not None else figures["mean_cosine"] or 0.0)
