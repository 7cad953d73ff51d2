"""The Training page: its parts, one beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.training.mining.mining_view import MiningView
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.segments import Segments

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

NEGATIVES = "negatives"
# Name and title of every part, in their order.
PARTS = {NEGATIVES: "Negatives"}


class TrainingPage(Page):
    """Everything an encoder is trained on."""

    page_id: ClassVar[str] = "training"
    title: ClassVar[str] = "Training"
    icon: ClassVar[str] = "barbell"
    manual: ClassVar[str] = "training"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.segments = Segments("What to do", PARTS)
        self.mining = MiningView(context)
        self.parts: dict[str, QWidget] = {NEGATIVES: self.mining}
        self.stack = QStackedWidget()
        for part in self.parts.values():
            self.stack.addWidget(part)
        layout = column(row(self.segments, None), self.stack, spacing=12, margins=(16, 16, 8, 0))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.segments.chosen.connect(self._on_segment_chosen)

    def open_with(self, arguments: dict[str, Any]) -> None:
        """Show a ``segment``, and hand the rest to it."""
        self.segments.choose(str(arguments.get("segment", self.segments.current)))
        self.mining.open_with(arguments)

    def save_state(self) -> dict[str, Any]:
        """Return which part is shown, and the state of each."""
        return {"segment": self.segments.current, NEGATIVES: self.mining.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Show the part and its state again."""
        self.segments.choose(str(state.get("segment", "")))
        saved = state.get(NEGATIVES)
        if isinstance(saved, dict):
            self.mining.restore_state(saved)

    def _on_segment_chosen(self, name: str) -> None:
        self.stack.setCurrentWidget(self.parts[name])
