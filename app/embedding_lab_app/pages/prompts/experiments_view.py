"""Saved tests: which there are, and what changes from one to another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from embedding_lab.errors import LabError
from embedding_lab.prompts.experiments import INSTRUCTIONS, PROMPTS
from embedding_lab.table_text import TITLES
from embedding_lab_app.pages.prompts.items_table import ItemsTable
from embedding_lab_app.pages.prompts.words import MODES
from embedding_lab_app.widgets.buttons import Button, MenuButton
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.interval_bar import IntervalBar
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import count, day, interval, p_value, verdict_kind

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.prompts.experiments import Manifest
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.experiments import ExperimentsController

COLUMNS = (
    ("name", "Name"), ("kind", "Kind"), ("corpus", "Corpus"), ("encoder", "Encoder"),
    ("n", "Items"), ("score", "Score"), ("created", "Saved"),
)  # fmt: skip
WIDTHS = (104, 88, 96, 80, 60, 60)
ITEMS_HEIGHT = 260
KINDS = {PROMPTS: "zero-shot", INSTRUCTIONS: "instructions"}
CHANGES = (("label", "Label"), ("first", "First said"), ("second", "Second says"))
TOKENS = {"better": "success", "worse": "danger"}


class ExperimentsView(QWidget):
    """The list above; the comparison of two chosen ones below.

    Signals
    -------
    row_chosen(row)
        A changed row is to be shown whole.
    chosen_changed()
        Others are chosen now.
    prompts_wanted(name)
        The classes and templates of a saved test are to stand in the editors.
    """

    row_chosen = Signal(int)
    prompts_wanted = Signal(str)
    chosen_changed = Signal()

    def __init__(self, context: AppContext, controller: ExperimentsController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self.compare_button = Button("Compare the two", self._compare, kind="primary")
        self.mode = _mode_box()
        self.table_button = MenuButton("Copy as table", "Copy the chosen tests as a table")
        for form, title in TITLES.items():
            self.table_button.add(title, partial(self._copy_table, form))
        self.open_button = Button("Edit its prompts", self._open)
        self.delete_button = Button("Delete…", self._delete)
        self.table = RecordTable("Saved tests", COLUMNS, WIDTHS)
        self.error = ErrorBox()
        self.verdict = Label("", "heading", wraps=True)
        self.sentence = Label("", wraps=True).make_selectable()
        self._bar: IntervalBar | None = None
        self._bar_row = column()
        self.items = ItemsTable(context, "Rows that change", CHANGES)
        self.items.table.set_widths(72, 140, 140, 140)
        self.items.row_chosen.connect(self.row_chosen)
        self.result = Card("", self.verdict, self._bar_row, self.sentence)
        self.result.hide()
        self.items.hide()
        by = Label("by", "muted")
        comparing = row(self.compare_button, by, self.mode, None)
        acts = row(self.open_button, self.table_button, self.delete_button, None)
        self.hint = Label("", "muted", wraps=True)
        self.items.setFixedHeight(ITEMS_HEIGHT)
        content = QWidget()
        content.setLayout(
            column(
                self.table,
                self.hint,
                boxed(comparing),
                boxed(acts),
                self.error,
                self.result,
                self.items,
                None,
                spacing=12,
                margins=(0, 4, 8, 12),
            )
        )
        self.setLayout(column(scrolled(content)))
        self.mode.currentIndexChanged.connect(self._on_selection_changed)
        controller.listed.connect(self._on_listed)
        controller.compared.connect(self._on_compared)
        controller.failed.connect(self._on_failed)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._delete)
        self._show_rights()

    def chosen(self) -> list[Manifest]:
        """Return the chosen tests, oldest first."""
        numbers = self.table.selected_rows()
        return [self._controller.manifests[number] for number in reversed(numbers)]

    def _names(self) -> list[str]:
        return [item.name for item in self.chosen()]

    @property
    def comparison(self) -> tuple[str, str, str] | None:
        """The two tests to compare, older first, and by which predictions; ``None`` without two."""
        pair = self.pair
        return (*pair, self.mode.chosen) if pair is not None else None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The names of the two chosen zero-shot tests, older first; ``None`` for anything else."""
        chosen = self.chosen()
        is_pair = len(chosen) == 2 and all(item.kind == PROMPTS for item in chosen)
        return (chosen[0].name, chosen[1].name) if is_pair else None

    def _show_rights(self) -> None:
        chosen, pair = self.chosen(), self.pair
        self.compare_button.setEnabled(pair is not None)
        self.mode.setEnabled(pair is not None)
        self.table_button.setEnabled(bool(chosen))
        self.open_button.setEnabled(len(chosen) == 1 and chosen[0].kind == PROMPTS)
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        self.delete_button.setEnabled(bool(chosen) and not why_not)
        if not self._controller.manifests:
            self.hint.setText("Nothing is saved yet. A test is saved with “Save…”.")
        elif pair is not None:
            self.hint.setText(f"How {pair[1]} differs from {pair[0]}, item by item.")
        else:
            self.hint.setText("Choose two zero-shot tests of one corpus to compare them.")

    def _on_listed(self) -> None:
        self.table.show_records(
            [
                {
                    "name": item.name,
                    "kind": KINDS.get(item.kind, item.kind),
                    "corpus": item.corpus,
                    "encoder": item.encoder,
                    "n": item.n,
                    "score": item.score,
                    "created": day(item.created),
                }
                for item in self._controller.manifests
            ]
        )
        self._show_rights()

    def _on_selection_changed(self) -> None:
        self._show_rights()
        self.chosen_changed.emit()

    def _compare(self) -> None:
        comparison = self.comparison
        if comparison is not None:
            self.error.say("")
            self._controller.compare(*comparison)

    def _open(self) -> None:
        self.prompts_wanted.emit(self.chosen()[0].name)

    def _copy_table(self, form: str) -> None:
        try:
            QGuiApplication.clipboard().setText(self._controller.table(self._names(), form))
        except LabError as error:
            self._context.notices.error(error)
        else:
            self._context.notices.info(f"Copied as {TITLES[form]}.")

    def _delete(self) -> None:
        names = self._names()
        sentence = f"Move {count(len(names), 'saved test')} to the trash?"
        if not names or not self._context.asker.confirm("Delete saved tests", sentence, "Delete"):
            return
        try:
            self._controller.delete(names)
        except LabError as error:
            self._context.notices.error(error)

    def _on_failed(self, event: JobFailed) -> None:
        self.result.hide()
        self.items.hide()
        self.error.say(event.message, event.hint, event.details)

    def _on_compared(self, result: dict[str, Any]) -> None:
        verdict, ends = result["verdict"], result["difference_ci"]
        kind = verdict_kind(verdict)
        self.verdict.setText(f"{result['second']}: {verdict} than {result['first']}")
        if verdict not in TOKENS:
            self.verdict.setText(f"{result['second']} and {result['first']}: {verdict}")
        self.sentence.setText(
            f"{MODES[result['mode']]}: accuracy {result['first_accuracy']:.3f} → "
            f"{result['second_accuracy']:.3f}, "
            f"difference {result['difference']:+.3f} {interval(ends)}, McNemar's exact test "
            f"p {p_value(result['p_value'])}. Of {count(result['n'], 'item')}, "
            f"{result['n_gained']:,} are gained, {result['n_lost']:,} lost, "
            f"{result['n_changed']:,} get another class."
        )
        if self._bar is not None:
            self._bar_row.removeWidget(self._bar)
            self._bar.deleteLater()
        self._bar = IntervalBar(
            self._context.theme,
            result["difference"],
            (ends[0], ends[1]),
            reach=1.1 * max(abs(ends[0]), abs(ends[1]), 0.01),
            token=TOKENS.get(verdict, "muted"),
            name=f"{kind or 'muted'}: difference {result['difference']:+.3f} {interval(ends)}",
        )
        self._bar_row.addWidget(self._bar)
        self.result.show()
        corpus = self._context.workspace.corpus(result["corpus"])
        self.items.setVisible(bool(result["changes"]))
        heading = f"{count(result['n_changed'], 'row')} that change. They are selected now."
        self.items.show_items(heading, corpus.id, result["changes"])


def _mode_box() -> ChoiceBox:
    box = ChoiceBox(max(map(len, MODES.values())))
    box.offer((title, mode) for mode, title in MODES.items())
    box.setAccessibleName("Compared by")
    box.setToolTip("Which predictions are compared")
    return box
