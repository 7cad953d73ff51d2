"""Notices shown over the lower right corner for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from embedding_lab_app.notices import Notice

SHOWN_MS = 6000
WIDTH = 360
MOST_SHOWN = 3


class Toast(Surface):
    """One notice; errors, and warnings that offer something, stay until they are closed."""

    def __init__(self, notice: Notice, on_close: Callable[[Toast], None], parent: QWidget) -> None:
        self.text = notice.text
        text = Label(notice.text, notice.level if notice.level != "info" else "", wraps=True)
        self._on_close = on_close
        close = Button("✕", self.close_now, kind="link")
        close.setAccessibleName(f"Close: {notice.text}")
        close.setToolTip("Close")
        # As low as its words: what it lies over stays in reach. One line is as high as the button.
        text.setContentsMargins(0, 4, 0, 4)
        first = row(text, close)
        first.setStretch(0, 1)
        first.setAlignment(close, Qt.AlignmentFlag.AlignTop)
        layout = column(first, margins=(12, 4, 4, 4), spacing=0)
        if notice.action is not None:
            self._action = notice.action
            act = Button(notice.action_title, self._act, kind="link")
            act.setAccessibleName(f"{notice.action_title}: {notice.text}")
            layout.addLayout(row(None, act))
        super().__init__("card", layout, parent)
        self.setAutoFillBackground(True)
        self.setFixedWidth(WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        # A warning that offers something is there for whoever comes back from a coffee.
        is_offer = notice.level == "warning" and notice.action is not None
        if notice.level != "error" and not is_offer:
            self._timer.start(SHOWN_MS)

    def close_now(self) -> None:
        """Take the notice away; it stays in the history."""
        self._timer.stop()
        self._on_close(self)

    def _act(self) -> None:
        self._action()
        self.close_now()


class ToastStack(QObject):
    """Keeps the notices in the corner of one widget."""

    def __init__(self, host: QWidget, bottom_margin: int) -> None:
        super().__init__(host)
        self._host = host
        self._bottom = bottom_margin
        self._toasts: list[Toast] = []
        host.installEventFilter(self)

    def show(self, notice: Notice) -> None:
        """Show a notice, and drop the oldest when there are too many."""
        for old in [old for old in self._toasts if old.text == notice.text]:
            old.close_now()
        toast = Toast(notice, self._on_closed, self._host)
        self._toasts.append(toast)
        for old in self._toasts[:-MOST_SHOWN]:
            self._on_closed(old)
        toast.show()
        toast.adjustSize()
        self._place()

    def close_all(self) -> None:
        """Take every notice away; the history keeps them."""
        for toast in list(self._toasts):
            toast.close_now()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the host is resized."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_closed(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._bottom
        for toast in reversed(self._toasts):
            toast.setFixedHeight(
                toast.heightForWidth(WIDTH)
                if toast.hasHeightForWidth()
                else toast.sizeHint().height()
            )
            bottom -= toast.height() + 8
            toast.move(self._host.width() - WIDTH - 16, bottom)
            toast.raise_()
