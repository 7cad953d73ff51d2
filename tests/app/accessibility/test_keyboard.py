"""The window by keyboard alone: Tab reaches everything and is trapped nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListWidget, QTextBrowser, QWidget
from window_states import STATES, controls

from embedding_lab_app.shell.palette import PaletteDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from embedding_lab_app.main_window import MainWindow

MOST_STOPS = 300
RING = 3


def shown(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or getattr(widget, 'text', str)()!r}"


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keys any more"
    return widget


def is_reachable(root: QWidget, widget: QWidget) -> bool:
    # The palette's list follows the arrow keys of the field above it.
    is_led = isinstance(root, PaletteDialog) and isinstance(widget, QListWidget)
    # So do the parts of a page: one stop, with the arrow keys within.
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    is_led |= group is not None and group.exclusive() and not widget.isChecked()
    return widget.isEnabled() and not is_led


def walk(
    root: QWidget, first: QWidget, key: Qt.Key, look_at: Callable[[QWidget], None] = lambda _: None
) -> list[QWidget]:
    """Press a key until the first control has the focus again, and return the stops.

    ``look_at`` sees every control while it has the focus.
    """
    first.setFocus(Qt.FocusReason.TabFocusReason)
    stops = [focused()]
    for _ in range(MOST_STOPS):
        here = focused()
        look_at(here)
        after = press(here, key)
        if after is first:
            return stops
        stops.append(after)
    pytest.fail(f"{key.name} did not come round; its last stops: {[*map(shown, stops[-5:])]}")


def press(here: QWidget, key: Qt.Key) -> QWidget:
    """Press a key and return who has the focus then; links in a text are stops of their own."""
    n_links = here.toHtml().count("<a href") if isinstance(here, QTextBrowser) else 0
    for _ in range(n_links + 1):
        QTest.keyClick(here, key)
        if focused() is not here:
            break
    return focused()


class Rings:
    """Remembers how every control looks with the focus, and compares when it is gone."""

    def __init__(self, root: QWidget) -> None:
        self._root = root
        self._before: tuple[QWidget, QImage] | None = None
        self.alike: list[str] = []

    def __call__(self, here: QWidget) -> None:
        self.compare()
        self._before = (here, self._grab(here))

    def compare(self) -> None:
        if self._before is not None:
            widget, seen = self._before
            # What the focus itself scrolled away or folded cannot be compared.
            now = self._grab(widget) if widget.isVisible() else None
            if now == seen:
                self.alike.append(shown(widget))

    def _grab(self, widget: QWidget) -> QImage:
        corner = widget.mapTo(self._root, QPoint(0, 0))
        place = widget.rect().translated(corner).adjusted(-RING, -RING, RING, RING)
        return self._root.grab(place).toImage()


@pytest.mark.parametrize("state", STATES)
def test_tab_reaches_every_control_visibly_and_comes_round_both_ways(
    furnished: MainWindow, state: str, qtbot, asker
) -> None:
    root = STATES[state](furnished, qtbot, asker)
    furnished.toasts.close_all()
    root.activateWindow()
    qtbot.waitUntil(root.isActiveWindow)
    wanted = [widget for widget in controls(root) if is_reachable(root, widget)]
    if len(wanted) == 1:
        # A message: there is nowhere else to go.
        assert focused() is wanted[0]
        return
    first = next(widget for widget in wanted if widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    rings = Rings(root)
    stops = walk(root, first, Qt.Key.Key_Tab, rings)
    rings.compare()
    reached = set(map(id, stops))
    missed = [
        shown(widget)
        for widget in wanted
        if id(widget) not in reached and widget.isVisible() and widget.isEnabled()
        if not any(id(inner) in reached for inner in widget.findChildren(QWidget))
    ]
    assert not missed, f"Tab does not reach {missed}"
    assert not rings.alike, f"nothing shows that the keys are at {rings.alike}"
    back = walk(root, first, Qt.Key.Key_Backtab)
    assert [*map(shown, reversed(back[1:]))] == [*map(shown, stops[1:])]
