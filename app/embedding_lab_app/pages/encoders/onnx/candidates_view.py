"""Smaller files side by side: a figure of cost and quality, and a table of everything measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from embedding_lab_app.pages.encoders.onnx.candidate_words import (
    ACROSS,
    ALL,
    FIGURES,
    UP,
    WIDTHS,
    columns_for,
    line,
    points,
    possible_heights,
)
from embedding_lab_app.plots.pareto import ParetoPlot
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.folders import open_folder
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, row
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Card
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.plots.figure import Surroundings

LINE, FRAME, MOST_LINES = 28, 50, 9
PLOT_HEIGHT = 344


class CandidatesView(Card):
    """Shows what making smaller files brought. ``add_wanted`` carries a folder and a name."""

    add_wanted = Signal(str, str)

    def __init__(self, around: Surroundings) -> None:
        self._candidates: list[dict[str, Any]] = []
        self._encoder = ""
        self._numbers: list[int] = []
        self.note = Label("", "muted", wraps=True)
        self.across, self.up = QComboBox(), QComboBox()
        for name, title in ACROSS.items():
            self.across.addItem(title, name)
        self.plot = ParetoPlot(
            around, "Cost and quality", x=ACROSS["rows_per_second"], y=UP["neighbour_overlap"]
        )
        self.plot.setFixedHeight(PLOT_HEIGHT)
        self.table = DataTable("Smaller files")
        self.model = RecordsModel(ALL, self.table, FIGURES)
        self.table.setModel(self.model)
        self.about = Label("", "muted", wraps=True)
        self.add_button = Button("Add as an encoder", self._add)
        self.open_button = Button("Open folder", self._open)
        axes = row(
            Field("To the right", self.across, "What the figure shows from left to right"),
            Field("Upwards", self.up, "What the figure shows from bottom to top"),
            None,
            spacing=12,
        )
        acts = boxed(row(self.add_button, self.open_button, None))
        super().__init__(
            "What they gain and lose", self.note, axes, self.plot, self.table, self.about, acts
        )
        self.across.currentIndexChanged.connect(self._on_axis_chosen)
        self.up.currentIndexChanged.connect(self._on_axis_chosen)
        self.plot.chosen.connect(self._on_plot_chosen)
        self.table.selectionModel().currentRowChanged.connect(self._on_table_current_row_changed)
        self.hide()

    @property
    def candidate(self) -> dict[str, Any] | None:
        """The candidate whose row is the current one."""
        number = self.table.currentIndex().row()
        return self._candidates[number] if 0 <= number < len(self._candidates) else None

    def show_result(self, result: dict[str, Any] | None) -> None:
        """Show what a job returned, or nothing."""
        self.setVisible(result is not None)
        if result is None or result["candidates"] is self._candidates:
            return
        self._candidates, self._encoder = result["candidates"], result["encoder"]
        self.note.setText(_note(result))
        columns = columns_for(self._candidates)
        self.model.show_columns(columns)
        self.table.set_widths(*(WIDTHS[name] for name, _ in columns if name in WIDTHS))
        self.model.show_records([line(item) for item in self._candidates])
        self.table.setFixedHeight(FRAME + LINE * min(len(self._candidates), MOST_LINES))
        self._show_heights()
        self._draw()
        self.table.selectRow(0)
        self._show_candidate()

    def _show_heights(self) -> None:
        blocked = self.up.blockSignals(True)
        self.up.clear()
        for name, title in possible_heights(self._candidates).items():
            self.up.addItem(title, name)
        self.up.blockSignals(blocked)

    def _draw(self) -> None:
        across, up = str(self.across.currentData()), self.up.currentData()
        if up is None:
            return
        found, joined, self._numbers = points(self._candidates, across, str(up))
        self.plot.name_axes(ACROSS[across], UP[str(up)])
        self.plot.show_points(found, joined)

    def _show_candidate(self) -> None:
        item = self.candidate
        is_new = item is not None and bool(item["recipe"]) and not item["problem"]
        self.add_button.setEnabled(is_new)
        self.open_button.setEnabled(item is not None and not item["problem"])
        words = "" if item is None else item["problem"] or f"{item['summary']} {item['limits']}"
        self.about.setText(words.strip() or "The file the others were made of.")
        number = self.table.currentIndex().row()
        self.plot.mark(self._numbers.index(number) if number in self._numbers else -1)

    def _add(self) -> None:
        item = self.candidate
        if item is not None:
            self.add_wanted.emit(item["path"], f"{self._encoder} {item['recipe']}")

    def _open(self) -> None:
        item = self.candidate
        if item is not None:
            open_folder(Path(item["path"]))

    def _on_axis_chosen(self, _number: int) -> None:
        self._draw()
        self._show_candidate()

    def _on_plot_chosen(self, number: int) -> None:
        self.table.selectRow(self._numbers[number])

    def _on_table_current_row_changed(self, _current: object, _before: object) -> None:
        self._show_candidate()


def _note(result: dict[str, Any]) -> str:
    passes = count(result["repeats"], "pass", "passes")
    told = f"{count(result['rows'], 'row')} of {result['corpus']}, median of {passes}"
    if result["n_queries"]:
        told += (
            f"; nDCG@10 of {count(result['n_queries'], 'query', 'queries')} among "
            f"{count(result['n_documents'], 'row')}, differences paired query by query"
        )
    return (
        f"{told}. The line joins those that no other beats in both figures; colours also count "
        "the third: speed, size, and what is kept."
    )
