"""The window itself: opening, its pages at every size, its notices."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QAbstractButton

from embedding_lab_app.notices import Notice
from embedding_lab_app.pages.registry import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


def test_opening_the_window_imports_none_of_the_heavy_five(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from embedding_lab_app import __main__ as program\n"
        "from embedding_lab_app.application import *\n"
        "app, theme = make_application('light')\n"
        "window = make_window(theme)\n"
        "folder = first_folder(sort_out([]), with_sample=False)\n"
        "open_first_workspace(window.context, folder)\n"
        "window.show(); app.processEvents()\n"
        "for entry in PAGES: window.show_page(entry.page_id); app.processEvents()\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'onnxruntime'}\n"
        "print('heavy:', *sorted(heavy & set(sys.modules)))\n"
        "window.close()\n"
    ).replace("import *\n", "import *\nfrom embedding_lab_app.pages.registry import PAGES\n")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=55, check=True
    )
    assert done.stdout.strip() == "heavy:"


@pytest.mark.parametrize("entry", PAGES, ids=[entry.page_id for entry in PAGES])
@pytest.mark.parametrize("size", [(853, 533), (1024, 640), (1280, 800)])
def test_every_page_opens_empty_and_fits(
    window: MainWindow, entry: Any, size: tuple[int, int], qtbot: QtBot
) -> None:
    window.resize(*size)
    window.show_page(entry.page_id)
    qtbot.wait(20)
    page = window.page(entry.page_id)
    assert page.isVisible()
    assert (window.width(), window.height()) == size
    cut = [
        f"{type(button).__name__} {button.text()!r}"
        for button in page.findChildren(QAbstractButton)
        if button.isVisible() and button.width() < button.minimumSizeHint().width()
    ]
    assert cut == []


def test_a_small_window_gives_its_room_to_the_page(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("search")
    assert window.inspector_dock.isVisible()
    wide = window.navigation.width()
    window.resize(900, 640)
    qtbot.waitUntil(lambda: not window.inspector_dock.isVisible())
    assert window.navigation.width() < wide / 2
    assert window.navigation.item(3).toolTip() == "Search (Ctrl+4)"
    window.context.actions["view.inspector"].run()
    assert window.inspector_dock.isVisible()
    window.show_page("home")
    assert not window.inspector_dock.isVisible()
    window.resize(1280, 800)
    window.show_page("search")
    qtbot.waitUntil(window.inspector_dock.isVisible)
    assert window.navigation.item(3).text() == "Search"


def test_the_page_open_last_is_open_again(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    first = make_main_window()
    first.context.navigate("encoders")
    first.close()
    second = make_main_window()
    assert second.current_page().page_id == "encoders"


def test_at_1024_pixels_the_pages_keep_their_names_and_the_inspector_makes_room(
    window: MainWindow,
) -> None:
    window.show_page("search")
    window.resize(1280, 800)
    assert window.inspector_dock.isVisible()
    window.resize(1024, 640)
    assert window.navigation.item(0).text() == "Home"
    assert not window.inspector_dock.isVisible()
    window.resize(990, 640)
    assert window.navigation.item(0).text() == ""
    window.resize(1280, 800)
    assert window.navigation.item(0).text() == "Home"
    assert window.inspector_dock.isVisible()


def test_errors_stay_until_closed_and_other_notices_pass(window: MainWindow) -> None:
    window.context.notices.add(Notice("The disk is full.", level="error"))
    window.context.notices.info("Copied.")
    error, info = window.toasts._toasts
    assert not error._timer.isActive()
    assert info._timer.isActive()
    error.close_now()
    assert window.toasts._toasts == [info]
