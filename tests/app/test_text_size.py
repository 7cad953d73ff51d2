"""Text and controls grow together, as the user or the desktop asks, and nothing is cut off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from embedding_lab.settings import Settings, save_settings
from embedding_lab_app import text_size
from embedding_lab_app.text_size import LARGEST, VARIABLE, qt_scaled, system_factor

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import json, os, sys
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton
from embedding_lab_app.application import make_application, make_window
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.shell.settings_dialog import SettingsDialog
app, theme = make_application("light")
window = make_window(theme)
window.context.create_workspace(sys.argv[1])
window.resize(984, 615)
window.show()
cut = []

def look(name, widget):
    app.processEvents()
    for button in widget.findChildren(QAbstractButton):
        if button.isVisible() and button.width() < button.minimumSizeHint().width():
            cut.append(f"{name}: {button.text()}")
    for item in (*widget.findChildren(QPushButton), *widget.findChildren(QLabel)):
        if item.isVisible() and item.text() and item.height() < item.fontMetrics().height():
            cut.append(f"{name}: {item.text()} is too low")

for entry in PAGES:
    window.show_page(entry.page_id)
    look(entry.page_id, window)
window.show_settings()
look("settings", window.findChild(SettingsDialog))
print(json.dumps({"ratio": window.devicePixelRatioF(), "left": os.environ.get("QT_SCALE_FACTOR"),
                  "pixels": window.grab().width(), "cut": cut}))
window.findChild(SettingsDialog).close()
window.close()
"""


@pytest.fixture(autouse=True)
def no_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as on X11 without any scaling."""
    for name in (VARIABLE, "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_at_130_percent_the_window_is_larger_and_nothing_is_cut_off(tmp_path: Path) -> None:
    save_settings(Settings(text_size="130 %"))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "Large.embedlab")],
        capture_output=True,
        text=True,
        timeout=55,
        check=True,
    )
    assert json.loads(done.stdout) == {"ratio": 1.3, "left": None, "pixels": 1279, "cut": []}


@pytest.mark.parametrize(
    ("choice", "factor"), [("90 %", "0.9"), ("100 %", None), ("150 %", "1.5"), ("system", None)]
)
def test_the_factor_is_there_only_while_the_application_is_made(
    choice: str, factor: str | None
) -> None:
    with qt_scaled(choice):
        assert os.environ.get(VARIABLE) == factor
    assert VARIABLE not in os.environ


def test_whoever_sets_the_factor_himself_is_not_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    with qt_scaled("130 %"):
        assert os.environ[VARIABLE] == "2"
    assert os.environ[VARIABLE] == "2"


@pytest.mark.skipif(sys.platform == "win32", reason="the desktop is asked otherwise there")
@pytest.mark.parametrize(
    ("answer", "factor"),
    [
        ("echo 1.25", 1.25),
        ("echo 3.0", LARGEST),
        ("echo 0.5", 1.0),
        ("echo no", 1.0),
        ("exit 1", 1),
    ],
)
def test_on_wayland_the_desktops_text_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, factor: float
) -> None:
    program = tmp_path / "gsettings"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert system_factor() == 1.0, "without Wayland nobody is asked"
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert system_factor() == pytest.approx(factor)
    monkeypatch.setenv("DISPLAY", ":0")
    assert system_factor() == pytest.approx(factor), "Qt prefers Wayland where both are"
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert system_factor() == 1.0, "on X11 Qt sees to it"


def test_on_windows_the_registry_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(text_size, "_windows_percent", lambda: 120)
    assert system_factor() == pytest.approx(1.2)

    def fail() -> int:
        raise FileNotFoundError

    monkeypatch.setattr(text_size, "_windows_percent", fail)
    assert system_factor() == 1.0
