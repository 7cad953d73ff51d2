"""Measuring an encoder on the user's own rows: how fast it is, and how well others agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from embedding_lab.workflows.measure_encoder import MeasureEncoder
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import row
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Card, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.runner import JobRunner

COLUMNS = (
    ("encoder", "Encoder"), ("engine", "Engine"), ("precision", "Precision"),
    ("rows_per_second", "Rows/s"), ("speed_ratio", "Ratio"), ("peak_share", "Of peak"),
    ("memory", "Memory"), ("min_cosine", "Min cosine"), ("mean_cosine", "Mean cosine"),
    ("neighbour_overlap", "10 nearest"), ("top1_agreement", "Nearest"),
)  # fmt: skip
FIGURES = tuple(name for name, _ in COLUMNS[3:])
WIDTHS = (112, 72, 88, 76, 68, 80, 84, 100, 112, 104, 84)
LINE, FRAME, MOST_LINES = 28, 50, 5
MOST_ROWS = 5000


class MeasureView(Card):
    """Asks for a corpus and another encoder, and shows the figures. ``wanted`` carries the job."""

    wanted = Signal(object)

    def __init__(self, runner: JobRunner) -> None:
        self._record: EncoderRecord | None = None
        self._result: dict[str, Any] | None = None
        self.corpus, self.against = ChoiceBox(), ChoiceBox()
        self.n_rows = NumberField(10, MOST_ROWS, "rows")
        self.n_rows.setValue(200)
        self.button = Button("Measure", self._measure)
        self.job_card = JobCard(runner)
        self.error = ErrorBox()
        self.table = DataTable("Speed and agreement")
        self.model = RecordsModel(COLUMNS, self.table, FIGURES)
        self.table.setModel(self.model)
        self.table.set_widths(*WIDTHS)
        self.table.hide()
        self.note = ElidedLabel("", "small")
        choices = row(
            Field("On rows of", self.corpus, "The same rows are encoded in every way"),
            Field("Compared with", self.against, "How well its vectors agree with this encoder's"),
            Field("Rows", self.n_rows, "More rows make steadier figures"),
            spacing=12,
        )
        for place in range(3):
            choices.setStretch(place, 1)
        act = row(self.button, self.note, spacing=12)
        act.setStretch(1, 1)
        super().__init__("Speed and agreement", choices, act, self.job_card, self.error, self.table)

    def show_encoder(
        self, record: EncoderRecord, records: Iterable[EncoderRecord], corpora: Iterable[Corpus]
    ) -> None:
        """Measure another encoder; figures are shown again with the encoder they are of."""
        if self._record != record:
            is_changed = self._record is not None and self._record.id == record.id
            self._record = record
            self._result = None if is_changed else self._result
            self.error.say("")
            self._show_figures()
        self.corpus.offer((corpus.name, corpus.name) for corpus in corpora)
        others = ((item.name, item.name) for item in records if item.id != record.id)
        self.against.offer([("Nothing", ""), *others])
        self.setVisible(self.corpus.count() > 0)

    def show_running(self, run_id: str) -> None:
        """Follow a measurement, or none."""
        self.job_card.follow(run_id)
        self.button.setEnabled(not run_id)
        if run_id:
            self.error.say("")

    def show_result(self, result: dict[str, Any]) -> None:
        """Take the figures of every way, and show them where they belong."""
        self._result = result
        self._show_figures()

    def _show_figures(self) -> None:
        result, record = self._result, self._record
        if result is None or record is None or result["encoder"] != record.name:
            self.table.hide()
            self.note.setText("")
            return
        ways = result["ways"]
        self.model.show_records([_line(way) for way in ways])
        self.table.setFixedHeight(FRAME + LINE * min(len(ways), MOST_LINES))
        self.table.show()
        compared = "; compared with the first line" if len(ways) > 1 else ""
        passes = count(result["repeats"], "pass", "passes")
        self.note.setText(
            f"{count(result['rows'], 'row')} of {result['corpus']}, median of {passes}{compared}"
        )

    def show_failure(self, event: JobFailed) -> None:
        """Say why nothing was measured."""
        self.error.say(event.message, event.hint, event.details)

    def _measure(self) -> None:
        if self._record is not None and self.corpus.chosen:
            against = self.against.chosen
            self.wanted.emit(
                MeasureEncoder(
                    self.corpus.chosen,
                    self._record.name,
                    (against,) if against else (),
                    n_rows=self.n_rows.value(),
                )
            )


def _line(way: dict[str, Any]) -> dict[str, Any]:
    share = way["peak_share"]
    return {
        "encoder": way["encoder"],
        "engine": way["engine"],
        "precision": way["precision"],
        "rows_per_second": round(way["rows_per_second"]),
        "speed_ratio": f"{way['speed_ratio']:.2f}",
        "peak_share": "" if share is None else f"{share:.0%}",
        "memory": f"{way['memory_bytes'] / 1e6:,.0f} MB",
        "min_cosine": _short(way["min_cosine"]),
        "mean_cosine": _short(way["mean_cosine"]),
        "neighbour_overlap": _short(way["neighbour_overlap"], 3),
        "top1_agreement": _short(way["top1_agreement"], 3),
    }


def _short(value: float | None, n_digits: int = 5) -> str:
    return "" if value is None else f"{value:.{n_digits}f}"
