"""The library of prompt patterns: a list to search, and one of them to read, fill in and use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.pages.prompts.pattern_card import PatternCard
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.named_list import NamedLine, NamedList
from embedding_lab_app.widgets.side_splitter import SideSplitter
from embedding_lab_app.widgets.surfaces import EmptyState
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.patterns import PatternsController
    from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController

FILES = "Patterns (*.json *.toml);;All files (*)"


class PatternsView(QWidget):
    """The patterns of the program and one's own.

    Signals
    -------
    use_wanted(embedding_use, templates)
        What a pattern becomes with an encoder is to be tried; templates where it has some.
    """

    use_wanted = Signal(str, object)

    def __init__(
        self, context: AppContext, controller: PatternsController, zero_shot: ZeroShotController
    ) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self._zero_shot = zero_shot
        self.search = SearchField(context.theme.icon("magnifying-glass"), "Search the patterns")
        self.list = NamedList(context.theme, "Patterns")
        self.keep_button = Button("Keep the templates…", self._keep)
        self.keep_button.setToolTip("Keep the templates in the editor as a pattern of your own")
        self.import_button = Button("Import…", self._import)
        self.import_button.setToolTip("Take the patterns of a file")
        self.export_button = Button("Export…", self._export)
        self.export_button.setToolTip("Write the chosen pattern to a file")
        self.empty = EmptyState("No pattern fits", "Try fewer or other words.")
        self.empty.set_actions(("Show all patterns", self.search.clear))
        self.card = PatternCard()
        self.stack = QStackedWidget()
        for widget in (self.empty, self.card):
            self.stack.addWidget(widget)
        side = column(
            self.search,
            self.list,
            self.keep_button,
            row(self.import_button, self.export_button),
            margins=(0, 4, 12, 0),
        )
        self.setLayout(column(SideSplitter(boxed(side), self.stack)))
        self._connect()

    def _connect(self) -> None:
        self.search.textChanged.connect(self._controller.search)
        self.list.item_chosen.connect(self._controller.choose)
        self.card.use_wanted.connect(self.use_wanted)
        self.card.copy_wanted.connect(self._copy)
        self.card.delete_wanted.connect(self._delete)
        self._controller.changed.connect(self._on_controller_changed)
        self._zero_shot.text_changed.connect(self._show_rights)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _on_controller_changed(self) -> None:
        chosen, own = self._controller.chosen, self._controller.own
        lines = [
            NamedLine(item.id, item.title, "Your own" if item.id in own else item.area)
            for item in self._controller.listed
        ]
        self.list.show_lines(lines, chosen.id if chosen else "")
        self.stack.setCurrentWidget(self.empty if chosen is None else self.card)
        if chosen is not None:
            self.card.show_pattern(chosen, is_own=chosen.id in own)
        self.export_button.setEnabled(chosen is not None)
        self._show_rights()

    def _show_rights(self) -> None:
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        is_right = bool(self._zero_shot.text.templates) and not self._zero_shot.text.template_error
        self.keep_button.setEnabled(is_right and not why_not)
        self.import_button.setEnabled(not why_not)
        self.card.delete_button.setEnabled(not why_not)

    def _keep(self) -> None:
        templates = self._zero_shot.text.templates
        told = f"Title of the pattern ({count(len(templates), 'template')})"
        title = self._context.asker.text("Keep the templates", told)
        if title and self._try(partial(self._controller.keep, title, templates)):
            self.search.clear()

    def _import(self) -> None:
        for path in self._context.asker.files("Import patterns", FILES):
            if self._try(partial(self._controller.read_file, path)):
                self.search.clear()

    def _export(self) -> None:
        chosen = self._controller.chosen
        name = f"{chosen.id}.json" if chosen else "pattern.json"
        path = self._context.asker.save_file("Export the pattern", name, FILES)
        if path is not None and self._try(partial(self._controller.write_file, path)):
            self._context.notices.info(f"Written to {path}.")

    def _delete(self) -> None:
        chosen = self._controller.chosen
        if chosen is None:
            return
        sentence = f"Move the pattern {chosen.title} to the trash?"
        if self._context.asker.confirm("Delete a pattern", sentence, "Delete"):
            self._try(self._controller.delete)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.notices.info("Copied the prompt.")

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except LabError as error:
            self._context.notices.error(error)
            return False
        return True

    def _on_theme_changed(self) -> None:
        self.search.glass.setIcon(self._context.theme.icon("magnifying-glass"))
