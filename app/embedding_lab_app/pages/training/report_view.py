"""What came of a run: base against tuned, who was helped and hurt, what else has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.interval_bar import IntervalBar
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card, scrolled
from embedding_lab_app.widgets.wording import count, interval, p_value

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

METRICS = (("metric", "Metric"), ("base", "Base"), ("tuned", "Tuned"), ("change", "Change"))
ITEMS = (("text", "Query"), ("other", "Belongs to"), ("base", "Base"), ("tuned", "Tuned"))
TOKENS = {"better": "success", "worse": "danger"}
VERDICTS = {
    "better": "The tuned encoder is better",
    "worse": "The tuned encoder is worse",
    "no difference shown": "No difference is shown",
}


class ReportView(QWidget):
    """Shows the result of one run.

    Signals
    -------
    search_wanted(encoder)
        Search with the tuned encoder.
    encoder_wanted(encoder_id)
        Show it among the encoders.
    """

    search_wanted = Signal(str)
    encoder_wanted = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._result: dict[str, Any] = {}
        self.verdict = Label("", "heading", wraps=True)
        self.sentence = Label("", wraps=True).make_selectable()
        self._bar: IntervalBar | None = None
        self._bar_place = column()
        self.metrics = RecordTable("Base and tuned encoder", METRICS, (200, 88, 88))
        self.drift = Label("", wraps=True).make_selectable()
        self.notes = Label("", "warning", wraps=True)
        self.helped = RecordTable("Most helped", ITEMS, ())
        self.hurt = RecordTable("Most hurt", ITEMS, ())
        for table in (self.helped, self.hurt):
            # The texts are what is read here.
            table.stretch(0)
            table.stretch(1)
        self.helped_card = Card("Most helped", self.helped)
        self.hurt_card = Card("Most hurt", self.hurt)
        self.search_button = Button("Search with it", self._search, kind="primary")
        self.encoder_button = Button("Show the encoder", self._show_encoder)
        acts = boxed(row(self.search_button, self.encoder_button, None))
        content = QWidget()
        content.setLayout(
            column(
                Card("", self.verdict, self._bar_place, self.sentence, self.notes, acts),
                Card("On the rows held out", self.metrics, self.drift),
                self.hurt_card, self.helped_card, None, spacing=12, margins=(0, 12, 8, 12),
            )
        )  # fmt: skip
        self.setLayout(column(scrolled(content)))

    def show_result(self, result: dict[str, Any]) -> None:
        """Show what a run came to."""
        self._result = result
        self.verdict.setText(VERDICTS.get(result["verdict"], "Trained; nothing was held out"))
        self.verdict.set_kind("heading")
        self.sentence.setText(sentence(result))
        self._show_bar(result)
        self.notes.setText("\n".join(result.get("notes", ())))
        self.notes.setVisible(bool(self.notes.text()))
        base, tuned = result["base"], result["tuned"]
        self.metrics.show_records(
            [
                {
                    "metric": name,
                    "base": float(value),
                    "tuned": float(tuned[name]),
                    "change": f"{tuned[name] - value:+.3f}",
                }
                for name, value in base.items()
                if name in tuned
            ]
        )
        self.drift.setText(drift_sentence(result.get("drift")))
        for card, table, name in (
            (self.helped_card, self.helped, "helped"),
            (self.hurt_card, self.hurt, "hurt"),
        ):
            items = result.get(name, [])
            table.show_records([{"other": "", **item} for item in items])
            card.setVisible(bool(items))

    def _show_bar(self, result: dict[str, Any]) -> None:
        if self._bar is not None:
            self._bar.hide()
            self._bar.deleteLater()
            self._bar = None
        if result["delta_ci"] is None:
            return
        low, high = result["delta_ci"]
        self._bar = IntervalBar(
            self._context.theme,
            result["delta"],
            (low, high),
            reach=max(abs(low), abs(high), 0.05),
            token=TOKENS.get(result["verdict"], "muted"),
            name=f"Change of {result['metric']}: {result['delta']:+.3f}, 95 % "
            f"{interval(result['delta_ci'])}",
        )
        self._bar_place.addWidget(self._bar)

    def _search(self) -> None:
        self.search_wanted.emit(str(self._result.get("encoder_id", "")))

    def _show_encoder(self) -> None:
        self.encoder_wanted.emit(str(self._result.get("encoder_id", "")))


def sentence(result: dict[str, Any]) -> str:
    """Return what a run came to on rows it has not seen."""
    rows = f"{result['n_train']:,} {result.get('rows_are', 'rows')}"
    steps = f"{count(result['steps'], 'step')} on {rows}"
    if result["best_step"] is not None:
        steps += f"; the weights after step {result['best_step']:,} were the best"
    if result["delta"] is None:
        return f"{result['encoder']}: {steps}."
    metric = result["metric"]
    base, tuned = result["base"][metric], result["tuned"][metric]
    return (
        f"{metric} was {base:.3f} and is {tuned:.3f} on {count(result['n'], 'item')} that the "
        f"training has not seen: {result['delta']:+.3f} {interval(result['delta_ci'])}, "
        f"p {p_value(result['p_value'])}. {steps}."
    )


def drift_sentence(drift: dict[str, Any] | None) -> str:
    """Return what the training has done to everyday sentences that it was not about."""
    if drift is None:
        return ""
    meaning = {
        "worse": "It has forgotten something",
        "better": "It has become better there too",
    }.get(drift["verdict"], "No forgetting is shown")
    return (
        f"On {drift['n']} general sentence pairs the Spearman correlation was "
        f"{drift['base']:.3f} and is {drift['tuned']:.3f} ({drift['delta']:+.3f} "
        f"{interval(drift['delta_ci'])}). {meaning}."
    )
