"""Cards, banners, rules and the states a page can be in besides full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QSizePolicy, QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.dropped_paths import comes_from_outside, dropped_paths
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QLayout

LAID_OUT_MS, GAP = 50, 12


class Surface(QFrame):
    """A frame that the style sheet draws by its kind."""

    def __init__(self, kind: str, layout: QLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setLayout(layout)


class Card(Surface):
    """A bordered surface with a heading and whatever belongs under it."""

    def __init__(self, heading: str, *items: QWidget | QLayout | None) -> None:
        layout = column(margins=16, spacing=12)
        if heading:
            layout.addWidget(Label(heading, "heading"))
        for item in items:
            if item is None:
                layout.addStretch(1)
            elif isinstance(item, QWidget):
                layout.addWidget(item)
            else:
                layout.addLayout(item)
        super().__init__("card", layout)


def rule() -> QFrame:
    """Return a one-pixel line."""
    line = QFrame()
    line.setProperty("kind", "rule")
    return line


class Banner(Surface):
    """One line across the page that says how things stand, with up to two things to do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._label = Label("", wraps=True)
        self._buttons = row(spacing=8)
        layout = row(self._label, spacing=16, margins=(16, 8, 16, 8))
        layout.setStretch(0, 1)
        layout.addLayout(self._buttons)
        super().__init__("banner", layout, parent)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now."""
        return self._label.text()

    def say(
        self,
        text: str,
        *actions: tuple[str, Callable[[], object]],
        level: str = "",
        has_primary: bool = False,
    ) -> None:
        """Show a sentence and buttons, the last one perhaps primary; no text hides the banner."""
        self._label.setText(text)
        self._label.set_kind(level)
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (title, act) in enumerate(actions, start=1):
            is_primary = has_primary and number == len(actions)
            self._buttons.addWidget(Button(title, act, kind="primary" if is_primary else ""))
        self.setVisible(bool(text))


class EmptyState(QWidget):
    """One sentence, one button, and a sample that works offline."""

    def __init__(
        self,
        heading: str,
        sentence: str,
        *actions: tuple[str, Callable[[], object]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._heading = Label(heading, "heading")
        self._heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._sentence = Label(sentence, "muted", wraps=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._sentence.setMaximumWidth(480)
        self._sentence.setMinimumWidth(240)
        self._actions = column(spacing=8)
        # Aligning the label itself would leave its second line out of the layout.
        middle = row(None, self._sentence, None, spacing=0)
        middle.setStretch(1, 1000)
        layout = column(None, self._heading, middle, spacing=12, margins=24)
        layout.addLayout(self._actions)
        layout.addStretch(2)
        self.setLayout(layout)
        self.set_actions(*actions)

    def say(self, heading: str, sentence: str) -> None:
        """Change what it says."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)

    def set_actions(
        self, *actions: tuple[str, Callable[[], object]], has_primary: bool = True
    ) -> None:
        """Set the buttons; the first is the primary one, unless they are all alike."""
        while (item := self._actions.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (title, act) in enumerate(actions):
            button = Button(title, act, kind="primary" if has_primary and not number else "link")
            self._actions.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)


class ErrorBox(Surface):
    """What went wrong and what to do, with details that fold out and copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._message = Label("", wraps=True).make_selectable()
        self._hint = Label("", "muted", wraps=True).make_selectable()
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details of the error")
        self._details.setMaximumHeight(160)
        self._fold = Button("Show details", self._toggle, kind="link")
        self._copy = Button("Copy", self._copy_all, kind="link")
        buttons = boxed(row(self._fold, self._copy, None))
        super().__init__(
            "error",
            column(self._message, self._hint, buttons, self._details, margins=12),
            parent,
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown now."""
        return self._message.text()

    def say(self, message: str, hint: str = "", details: str = "") -> None:
        """Show an error; no message hides the box."""
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._details.setPlainText(details)
        self._details.hide()
        self._fold.setText("Show details")
        self._fold.setVisible(bool(details))
        self.setVisible(bool(message))

    def _toggle(self) -> None:
        self._details.setVisible(self._details.isHidden())
        self._fold.setText("Show details" if self._details.isHidden() else "Hide details")

    def _copy_all(self) -> None:
        parts = (self._message.text(), self._hint.text(), self._details.toPlainText())
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))


class Collapsible(QWidget):
    """A heading that folds what is under it in and out.

    Signals
    -------
    unfolded()
        The content is seen now.
    """

    unfolded = Signal()

    def __init__(self, heading: str, content: QWidget, *, is_open: bool = False) -> None:
        super().__init__()
        self._heading = heading
        self._content = content
        self._button = Button("", self._toggle, kind="link")
        self.setLayout(column(boxed(row(self._button, None)), content, spacing=4))
        content.setVisible(is_open)
        self._show_heading()

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return not self._content.isHidden()

    def unfold(self) -> None:
        """Show the content."""
        if not self.is_open:
            self._toggle()

    def rename(self, heading: str) -> None:
        """Change the heading."""
        self._heading = heading
        self._show_heading()

    def _toggle(self) -> None:
        self._content.setVisible(self._content.isHidden())
        self._show_heading()
        if self.is_open:
            self.unfolded.emit()

    def _show_heading(self) -> None:
        self._button.setText(f"{'▾' if self.is_open else '▸'} {self._heading}")


class DropArea(Surface):
    """A dashed frame that takes files and folders."""

    dropped = Signal(list)

    def __init__(self, layout: QLayout, parent: QWidget | None = None) -> None:
        super().__init__("drop", layout, parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Light up for files."""
        if comes_from_outside(event) and dropped_paths(event.mimeData()):
            self._set_active(is_active=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Go dark again."""
        self._set_active(is_active=False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        self._set_active(is_active=False)
        event.acceptProposedAction()
        self.dropped.emit(dropped_paths(event.mimeData()))

    def _set_active(self, *, is_active: bool) -> None:
        self.setProperty("active", is_active)
        self.style().unpolish(self)
        self.style().polish(self)


def scrolled(content: QWidget) -> QScrollArea:
    """Return a page-wide area that scrolls vertically when the content is higher than it."""
    area = QScrollArea()
    content.setProperty("kind", "page")
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def reveal(area: QScrollArea, widget: QWidget) -> None:
    """Scroll so far that a widget begins at the top, once everything has its height."""
    # Wrapped texts in nested cards take several rounds of layout, each an event of its own.
    QTimer.singleShot(LAID_OUT_MS, widget, lambda: _scroll_to(area, widget))


def _scroll_to(area: QScrollArea, widget: QWidget) -> None:
    content = area.widget()
    if content is not None:
        area.verticalScrollBar().setValue(widget.mapTo(content, QPoint(0, 0)).y() - GAP)
