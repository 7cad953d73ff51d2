"""Nothing on the window moves by itself where that is not wanted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

import embedding_lab_app
from embedding_lab.jobs.events import JobProgressed
from embedding_lab_app import motion
from embedding_lab_app.jobs.entry import JobEntry
from embedding_lab_app.jobs.job_bar import JobBar
from embedding_lab_app.motion import EFFECTS, apply_motion, is_motion_reduced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

# What would move something by itself. Timers that only wait or look are no motion.
ANIMATIONS = re.compile(r"QPropertyAnimation|QVariantAnimation|QTimeLine|QMovie|QGraphicsBlur")


@pytest.fixture(autouse=True)
def as_before(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setProperty(motion.PROPERTY, None)


class CountingBar(JobBar):
    n_painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.n_painted += 1
        super().paintEvent(event)


def painted_while_busy(qtbot: QtBot) -> int:
    bar = CountingBar("Progress")
    qtbot.addWidget(bar)
    bar.show()
    bar.show_entry(JobEntry(run_id="x", job=None))
    qtbot.wait(200)
    before = bar.n_painted
    qtbot.wait(600)
    return bar.n_painted - before


def test_the_program_has_no_animations_of_its_own() -> None:
    sources = list(Path(embedding_lab_app.__file__).parent.rglob("*.py"))
    assert len(sources) > 100
    assert [path.name for path in sources if ANIMATIONS.search(path.read_text("utf-8"))] == []


def test_a_bar_of_unknown_length_moves_only_if_it_may(qapp: QApplication, qtbot: QtBot) -> None:
    apply_motion(qapp, "off")
    assert not is_motion_reduced()
    assert painted_while_busy(qtbot) > 3
    apply_motion(qapp, "on")
    assert is_motion_reduced()
    assert painted_while_busy(qtbot) == 0


def test_a_bar_of_known_length_is_filled_all_the_same(qapp: QApplication, qtbot: QtBot) -> None:
    apply_motion(qapp, "on")
    bar = JobBar("Progress")
    qtbot.addWidget(bar)
    entry = JobEntry(run_id="x", job=None, progress=JobProgressed(step=1, total=4))
    bar.show_entry(entry)
    assert bar.value() == bar.maximum() / 4


def test_the_toolkits_effects_are_switched_off(qapp: QApplication) -> None:
    before = {effect: qapp.isEffectEnabled(effect) for effect in EFFECTS}
    for effect in (Qt.UIEffect.UI_General, *EFFECTS):
        qapp.setEffectEnabled(effect, True)
    try:
        apply_motion(qapp, "on")
        assert not any(qapp.isEffectEnabled(effect) for effect in EFFECTS)
    finally:
        for effect, is_enabled in before.items():
            qapp.setEffectEnabled(effect, is_enabled)


def test_panels_are_not_animated(window: MainWindow) -> None:
    assert [w for w in window.findChildren(QMainWindow) if w.isAnimated()] == []


def test_the_setting_takes_effect_at_once(window: MainWindow) -> None:
    for choice, is_reduced in (("on", True), ("off", False)):
        window.context.settings.reduce_motion = choice
        window.context.save_settings()
        assert is_motion_reduced() == is_reduced


@pytest.mark.parametrize("wants", [True, False])
def test_system_does_as_the_desktop_says(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, wants: bool
) -> None:
    monkeypatch.setattr(motion, "desktop_wants_stillness", lambda: wants)
    apply_motion(qapp, "system")
    assert is_motion_reduced() == wants
