"""Hard negatives: the tables there are on the left, mining or one of them beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab import resources
from embedding_lab.training.offers import WAYS
from embedding_lab.types import RowForm
from embedding_lab_app.pages.training.mining.controller import MiningController
from embedding_lab_app.pages.training.mining.mining_form import MiningForm
from embedding_lab_app.pages.training.mining.table_view import TableView
from embedding_lab_app.pages.training.mining.words import line_facts, training_inputs
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.named_list import NamedLine, NamedList
from embedding_lab_app.widgets.side_splitter import SideSplitter
from embedding_lab_app.widgets.surfaces import EmptyState, scrolled

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

SAMPLE = "samples/python-library"


class MiningView(QWidget):
    """Mine hard negatives and look at them; a part of the Training page.

    Signals
    -------
    train_wanted(inputs)
        A table is to be trained with: inputs of a training job.
    """

    train_wanted = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.controller = MiningController(context, self)
        self.list = NamedList(context.theme, "Mined negatives")
        self.new_button = Button("Mine negatives…", self._start_new)
        self.side = boxed(
            column(
                Label("Mined negatives", "heading"),
                self.list,
                self.new_button,
                margins=(0, 0, 12, 16),
            )
        )
        self.form = MiningForm(context, self.controller)
        self.form_area = scrolled(self.form)
        self.table = TableView(context, self.controller)
        self.empty = EmptyState("", "")
        self.stack = QStackedWidget()
        for widget in (self.form_area, self.table, self.empty):
            self.stack.addWidget(widget)
        self.splitter = SideSplitter(self.side, self.stack)
        self.setLayout(column(self.splitter, margins=(0, 4, 0, 0)))
        self._connect()
        if context.has_workspace:
            self.controller.choices.reload()
            self.controller.reload()

    def _connect(self) -> None:
        controller = self.controller
        controller.listed.connect(self._on_listed)
        controller.choices.changed.connect(self._on_listed)
        self.list.item_chosen.connect(controller.choose)
        self.table.delete_wanted.connect(controller.delete)
        self.table.train_wanted.connect(self._train)
        shortcut = QShortcut(QKeySequence("Del"), self.list)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(controller.delete)

    # What the page hands over

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Mine a ``corpus`` with an ``encoder`` by a ``method``, or show ``negatives`` by id."""
        if "negatives" in arguments:
            self.controller.choose(str(arguments["negatives"]))
            return
        if {"corpus", "encoder"} & arguments.keys():
            self._start_new()
            self.form.choose(str(arguments.get("corpus", "")), str(arguments.get("encoder", "")))
        if "method" in arguments:
            self._start_new()
            self.form.show_method(str(arguments["method"]), arguments.get("parameters", {}))

    def save_state(self) -> dict[str, Any]:
        """Return what is shown and chosen."""
        return {
            "negatives": self.controller.chosen_id,
            "corpus": self.form.corpus.chosen,
            "encoder": self.form.encoder.chosen,
            "side": self.splitter.side_width,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show again what was shown and chosen, where it is still there."""
        self.splitter.set_side_width(state.get("side"))
        self.form.choose(str(state.get("corpus", "")), str(state.get("encoder", "")))
        if state.get("negatives"):
            self.controller.choose(str(state["negatives"]))

    # Showing

    def _start_new(self) -> None:
        self.controller.choose("")

    def _on_listed(self) -> None:
        controller = self.controller
        lines = [NamedLine(meta.id, meta.name, line_facts(meta)) for meta in controller.metas]
        self.list.show_lines(lines, controller.chosen_id)
        self.side.setVisible(bool(lines))
        meta = controller.meta
        if meta is not None:
            self.table.show_table(meta)
            self.stack.setCurrentWidget(self.table)
        elif controller.choices.corpora:
            self.stack.setCurrentWidget(self.form_area)
        else:
            self._explain()
            self.stack.setCurrentWidget(self.empty)

    def _explain(self) -> None:
        if self.controller.choices.has_corpora:
            self.empty.say("No corpus here holds pairs", WAYS[RowForm.PAIRS])
            self.empty.set_actions(
                ("Go to Corpora", self._go_to_corpora),
                ("Open the sample Python library", self._open_sample),
            )
            return
        self.empty.say(
            "Nothing to mine from yet",
            "Negatives are mined from pairs: questions with their answers, pictures with captions, "
            "texts with labels. The sample has questions, and works offline.",
        )
        self.empty.set_actions(
            ("Open the sample Python library", self._open_sample),
            ("Go to Corpora", self._go_to_corpora),
        )

    def _train(self) -> None:
        meta = self.controller.meta
        if meta is not None:
            self.train_wanted.emit(training_inputs(meta))

    def _open_sample(self) -> None:
        self._context.drop([resources.path(SAMPLE)])

    def _go_to_corpora(self) -> None:
        self._context.navigate("corpora")
