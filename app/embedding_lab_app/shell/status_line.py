"""The lowest line: engine, threads, memory, and the network light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from embedding_lab.backends import describe_engine
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.context import AppContext

REFRESH_MS = 3000


class StatusLine(Surface):
    """Refreshes itself every few seconds while the window is shown."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        self._context = context
        self.engine = ElidedLabel("", "small")
        self.network = Label("", "small")
        layout = row(self.engine, self.network, margins=(16, 0, 16, 0))
        layout.setStretch(0, 1)
        super().__init__("status", layout, parent)
        self.setFixedHeight(24)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        """Read engine and memory again."""
        self.engine.setText(describe_engine())
        is_offline = self._context.settings.offline
        self.network.setText("offline ●" if is_offline else "network allowed ●")
        self.network.set_kind("small" if is_offline else "warning")
