"""The Methods page: a list to search on the left, the card of a method beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.manual.method_pages import method_page_name
from embedding_lab.registry.registry import family_title
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.methods.controller import MethodsController
from embedding_lab_app.pages.methods.method_view import MethodView
from embedding_lab_app.widgets.field import SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.named_list import NamedLine, NamedList
from embedding_lab_app.widgets.side_splitter import SideSplitter
from embedding_lab_app.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext


class MethodsPage(Page):
    """Look methods up, choose their parameters, and open the page that runs them."""

    page_id: ClassVar[str] = "methods"
    title: ClassVar[str] = "Methods"
    icon: ClassVar[str] = "flask"
    manual: ClassVar[str] = "methods"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.controller = MethodsController(self)
        self.view: MethodView | None = None
        self.search = SearchField(context.theme.icon("magnifying-glass"), "Search the methods")
        self.list = NamedList(context.theme, "Methods")
        self.empty = EmptyState("", "")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        side = boxed(
            column(Label("Methods", "heading"), self.search, self.list, margins=(12, 16, 12, 16))
        )
        self.splitter = SideSplitter(side, self.stack)
        self.setLayout(column(self.splitter))
        self.search.textChanged.connect(self.controller.search)
        self.list.item_chosen.connect(self.controller.choose)
        self.controller.changed.connect(self._on_controller_changed)
        context.theme.changed.connect(self._on_theme_changed)
        self._on_controller_changed()

    @property
    def manual_place(self) -> str:
        """The manual's page of the method that is shown."""
        card = self.controller.card
        return method_page_name(card.id) if card is not None else self.manual

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Show a ``method``."""
        if "method" in arguments:
            self.search.clear()
            self.controller.choose(str(arguments["method"]))

    def save_state(self) -> dict[str, Any]:
        """Return the chosen method and the splitter."""
        card = self.controller.card
        return {"method": card.id if card else "", "side": self.splitter.side_width}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show the method again."""
        self.splitter.set_side_width(state.get("side"))
        self.controller.choose(str(state.get("method", "")))

    def _on_controller_changed(self) -> None:
        controller = self.controller
        listed, card = controller.listed, controller.card
        lines = [NamedLine(item.id, item.title, family_title(item.family)) for item in listed]
        self.list.show_lines(lines, card.id if card else "")
        if controller.error is not None:
            self.empty.say("The methods cannot be read", str(controller.error))
        elif not listed:
            self.empty.say("No method fits", "Try fewer or other words.")
            self.empty.set_actions(("Show all methods", self.search.clear))
        if card is None or not listed:
            self.stack.setCurrentWidget(self.empty)
        else:
            self._show_method()

    def _show_method(self) -> None:
        card = self.controller.card
        if card is None:
            return
        if self.view is None or self.view.card is not card:
            old, self.view = (
                self.view,
                MethodView(self.context.theme, card, self._runs_on(card.family)),
            )
            self.view.run_wanted.connect(self._run)
            self.view.other_wanted.connect(self.controller.choose)
            self.view.manual_wanted.connect(self.context.manual_requested)
            self.stack.addWidget(self.view)
            if old is not None:
                self.stack.removeWidget(old)
                old.deleteLater()
        self.stack.setCurrentWidget(self.view)

    def _runs_on(self, family: str) -> str:
        """Return the title of the page that runs a family; empty if there is none yet."""
        page_id = self.context.runs_on.get(family)
        return self.context.actions[f"view.{page_id}"].plain_title if page_id else ""

    def _run(self) -> None:
        if self.view is not None:
            card = self.view.card
            page_id = self.context.runs_on[card.family]
            self.context.navigate(page_id, method=card.id, parameters=self.view.form.values())

    def _on_theme_changed(self) -> None:
        self.search.glass.setIcon(self.context.theme.icon("magnifying-glass"))
