"""The Encoders page: the list on the left; a card, a folder to add, or an invitation beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.encoders.add_view import AddView
from embedding_lab_app.pages.encoders.controller import EncodersController
from embedding_lab_app.pages.encoders.encoder_facts import line_facts
from embedding_lab_app.pages.encoders.encoder_view import ABOUT, INSPECT, EncoderView
from embedding_lab_app.pages.encoders.hub_view import HubView
from embedding_lab_app.pages.encoders.onnx.controller import OnnxController
from embedding_lab_app.widgets.buttons import MenuButton
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.named_list import NamedLine, NamedList
from embedding_lab_app.widgets.pictures import PICTURE_FILTER
from embedding_lab_app.widgets.side_splitter import SideSplitter
from embedding_lab_app.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.encoders.trial_input import TrialInput


class EncodersPage(Page):
    """Look at encoders, try them on two texts, and add folders."""

    page_id: ClassVar[str] = "encoders"
    title: ClassVar[str] = "Encoders"
    icon: ClassVar[str] = "cpu"
    manual: ClassVar[str] = "encoders"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.controller = EncodersController(context, self)
        self.onnx = OnnxController(context, self)
        self._build()
        self._connect()
        self.controller.reload()

    # Building

    def _build(self) -> None:
        self.list = NamedList(self.context.theme, "Encoders")
        self.add_button = MenuButton("Add an encoder", "Add an encoder")
        self.add_button.add("From a folder…", self._add_folder, "It stays where it is")
        self.add_button.add("From the hub…", self._open_hub, "Nothing is asked before you say so")
        self.add_button.add("From an ONNX file…", self._add_file, "With its tokenizer beside it")
        self.side = boxed(
            column(
                Label("Encoders", "heading"),
                self.list,
                self.add_button,
                margins=(12, 16, 12, 16),
            )
        )
        self.view = EncoderView(self.context, self.onnx)
        self.add_view = AddView(self.controller.draft)
        self.hub_view = HubView(self.controller.hub, self.context)
        self.empty = EmptyState(
            "No encoder yet",
            "Drop the folder of a sentence-transformers or Hugging Face encoder, or an ONNX file, "
            "on this window.",
            ("Add an encoder's folder…", self._add_folder),
            ("Add an ONNX file…", self._add_file),
        )
        self.stack = QStackedWidget()
        for widget in (QWidget(), self.empty, self.view, self.add_view, self.hub_view):
            self.stack.addWidget(widget)
        self.splitter = SideSplitter(self.side, self.stack)
        self.setLayout(column(self.splitter))

    def _connect(self) -> None:
        controller, view = self.controller, self.view
        controller.listed.connect(self._on_controller_listed)
        controller.draft.changed.connect(self._show_right)
        controller.hub.changed.connect(self._show_right)
        self.hub_view.closed.connect(controller.hub.close)
        controller.comparing.connect(view.try_view.show_waiting)
        controller.compared.connect(self._on_controller_compared)
        controller.compare_failed.connect(view.try_view.show_failure)
        self.list.item_chosen.connect(self._on_list_item_chosen)
        view.rename_wanted.connect(controller.rename)
        view.delete_wanted.connect(controller.delete)
        view.trust_wanted.connect(controller.trust)
        view.measure_view.wanted.connect(controller.measure)
        controller.measuring.connect(view.measure_view.show_running)
        controller.measured.connect(view.measure_view.show_result)
        controller.measure_failed.connect(view.measure_view.show_failure)
        view.search_wanted.connect(self._search)
        view.add_wanted.connect(self._add_made)
        view.try_view.wanted.connect(controller.compare)
        view.try_view.picture_wanted.connect(self._choose_picture)
        view.try_view.wanted_now.connect(controller.compare_now)
        self.add_view.accepted.connect(controller.draft.add)
        self.add_view.cancelled.connect(controller.draft.close)
        self.add_view.other_wanted.connect(self._add_folder)
        self.add_view.inspect_wanted.connect(self._look_into)
        for keys, act in (("Del", controller.delete), ("F2", controller.rename)):
            shortcut = QShortcut(QKeySequence(keys), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    # Page

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Look at a ``folder``, or show an ``encoder`` and one of its ``segment``s."""
        if "hub" in arguments:
            self.controller.draft.close()
            self.controller.hub.open()
            self.hub_view.query.setFocus()
        elif "folder" in arguments:
            self.controller.draft.start(Path(arguments["folder"]))
        elif "encoder" in arguments:
            self._close_drafts()
            self.controller.choose(str(arguments["encoder"]))
            self.view.show_segment(str(arguments.get("segment", ABOUT)))

    @property
    def manual_place(self) -> str:
        """The manual's page about the part that is shown."""
        is_onnx = self.stack.currentWidget() is self.view and self.view.segment != ABOUT
        return "onnx" if is_onnx else self.manual

    def save_state(self) -> dict[str, Any]:
        """Return the chosen encoder and its part, the two texts and the splitter."""
        trial = self.view.try_view
        return {
            "encoder": self.controller.chosen_id,
            "texts": [trial.first.text.toPlainText(), trial.second.text.toPlainText()],
            "side": self.splitter.side_width,
            "segment": self.view.segment,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show the encoder and the texts again."""
        self.splitter.set_side_width(state.get("side"))
        self.view.show_segment(str(state.get("segment", ABOUT)))
        texts = state.get("texts")
        if isinstance(texts, list) and len(texts) == 2:
            trial = self.view.try_view
            trial.first.text.setPlainText(str(texts[0]))
            trial.second.text.setPlainText(str(texts[1]))
            self.controller.compare(None)
        if state.get("encoder"):
            self.controller.choose(str(state["encoder"]))

    # Showing

    def _on_controller_listed(self) -> None:
        controller, record = self.controller, self.controller.record
        lines = [NamedLine(item.id, item.name, line_facts(item)) for item in controller.records]
        self.list.show_lines(lines, record.id if record else "")
        self.side.setVisible(bool(lines))
        why_read_only = self.context.workspace.why_read_only
        why_not = f"The workspace is read-only. {why_read_only}" if why_read_only else ""
        self.add_button.setEnabled(not why_not)
        self.add_button.setToolTip(why_not)
        self.add_view.show_rules(controller.records, why_not)
        self.hub_view.show_rules(controller.records, why_not)
        if record is not None:
            self.view.show_encoder(record, controller.embedded(record), why_not)
            self.view.show_choices(record, controller.records, self.context.workspace.corpora())
        self._show_right()

    def _show_right(self) -> None:
        if self.controller.draft.is_open:
            self.stack.setCurrentWidget(self.add_view)
        elif self.controller.hub.is_open:
            self.stack.setCurrentWidget(self.hub_view)
        elif self.controller.records:
            self.stack.setCurrentWidget(self.view)
        elif self.controller.is_read:
            self.stack.setCurrentWidget(self.empty)

    def _on_controller_compared(self, result: dict[str, Any]) -> None:
        self.view.try_view.show_result(result, self.context.workspace.folder)

    # Choosing

    def _add_folder(self) -> None:
        self.context.actions["encoder.add"].run()

    def _choose_picture(self, box: TrialInput) -> None:
        paths = self.context.asker.files("Choose a picture", PICTURE_FILTER)
        if paths:
            box.set_picture(paths[0])

    def _add_made(self, folder: str, name: str) -> None:
        self.controller.draft.start(Path(folder), name)

    def _look_into(self, file: Path) -> None:
        self._close_drafts()
        self.view.show_segment(INSPECT)
        self.view.inspect_view.look_into(file)

    def _open_hub(self) -> None:
        self.context.actions["encoder.add-hub"].run()

    def _add_file(self) -> None:
        self.context.actions["encoder.add-file"].run()

    def _close_drafts(self) -> None:
        self.controller.draft.close()
        self.controller.hub.close()

    def _on_list_item_chosen(self, encoder_id: str) -> None:
        self._close_drafts()
        self.controller.choose(encoder_id)

    def _search(self, corpus_id: str) -> None:
        record = self.controller.record
        if record is not None:
            self.context.navigate("search", corpus=corpus_id, encoder=record.id)
