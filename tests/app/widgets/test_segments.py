"""The parts of a page by keyboard: one stop for Tab, the arrow keys within."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from embedding_lab_app.widgets.segments import Segments


def test_tab_stops_at_the_chosen_part_and_arrows_choose_the_next(qapp, qtbot):
    segments = Segments("Parts", {"a": "First", "b": "Second", "c": "Third"})
    qtbot.addWidget(segments)
    segments.show()
    segments.activateWindow()
    qtbot.waitUntil(segments.isActiveWindow)
    told: list[str] = []
    segments.chosen.connect(told.append)
    segments.choose("b")
    stops = [
        key
        for key, button in segments.buttons.items()
        if button.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert stops == ["b"]
    segments.buttons["b"].setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert segments.current == "c"
    assert QApplication.focusWidget() is segments.buttons["c"]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
    assert segments.current == "a"
    assert told == ["b", "c", "b", "a"]
    assert segments.buttons["a"].accessibleName() == "Parts: First"
