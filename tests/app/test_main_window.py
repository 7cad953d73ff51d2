"""The window itself: opening, session, dropping, closing, keyboard."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
)

from embedding_lab.jobs.job import Job
from embedding_lab.jobs.record import create_run
from embedding_lab.settings import load_settings, remember_workspace
from embedding_lab.storage import write_json
from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace
from embedding_lab_app.notices import Notice
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.shell.palette import PaletteDialog, palette_items, score
from embedding_lab_app.shell.settings_dialog import SettingsDialog
from embedding_lab_app.shell.trash_dialog import TrashDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab.jobs.context import JobContext
    from embedding_lab_app.main_window import MainWindow

go_on = threading.Event()


@dataclass(frozen=True)
class Slow(Job[Workspace]):
    """Runs until it is told to stop."""

    @property
    def title(self) -> str:
        return "Slow work"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        step = 0
        while not go_on.wait(0.01):
            step += 1
            ctx.progress(step, 1_000_000)
        return {}


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(QPoint(400, 300)),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


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


def test_a_second_window_on_a_workspace_is_read_only_and_says_so(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    with create_workspace(tmp_path / "Study.embedlab"):
        window = make_main_window()
        assert window.banner.isVisible()
        assert "Read-only. It is open elsewhere" in window.banner.text


def test_a_dropped_workspace_opens(window: MainWindow, tmp_path: Path) -> None:
    create_workspace(tmp_path / "Other.embedlab").close()
    drop(window, tmp_path / "Other.embedlab")
    assert window.context.workspace.name == "Other"
    assert window.windowTitle().startswith("Other")
    with open_workspace(tmp_path / "Study.embedlab") as old:
        assert old.is_writable


def test_dropped_files_lead_to_corpora_and_encoder_folders_to_encoders(
    window: MainWindow, tmp_path: Path
) -> None:
    led: list[tuple[str, dict[str, Any]]] = []
    window.context.navigation_requested.disconnect()
    window.context.navigation_requested.connect(lambda page, args: led.append((page, args)))
    table = tmp_path / "a.csv"
    table.write_text("text\nhello\n")
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    (encoder / "modules.json").write_text("[]")
    drop(window, table)
    drop(window, encoder)
    assert led == [("corpora", {"paths": [table]}), ("encoders", {"folder": encoder})]


def test_a_workspace_that_cannot_be_opened_leaves_the_present_one(
    window: MainWindow, tmp_path: Path, asker: ScriptedAsker
) -> None:
    asker.answers["Open a workspace"] = tmp_path
    window.context.actions["workspace.open"].run()
    assert window.context.workspace.name == "Study"
    assert "is no workspace" in window.context.notices.history[-1].text


def test_closing_with_a_job_running_asks_and_can_be_refused(
    window: MainWindow, asker: ScriptedAsker, qtbot: QtBot
) -> None:
    go_on.clear()
    run_id = window.context.runner.submit(Slow())
    qtbot.waitUntil(window.strip.cancel_button.isVisible)
    asker.answers["Jobs are running"] = False
    assert not window.close()
    assert window.context.runner.has_live_jobs
    asker.answers["Jobs are running"] = True
    assert window.close()
    assert not window.context.runner.has_live_jobs
    with open_workspace(Path(window.windowFilePath() or window_folder(window))) as workspace:
        state = (workspace.runs_folder / run_id / "state.json").read_text()
    assert "cancelled" in state


def test_a_job_that_closing_stopped_is_offered_once_at_the_next_start(
    make_main_window: Callable[..., MainWindow], asker: ScriptedAsker, qtbot: QtBot
) -> None:
    go_on.clear()
    first = make_main_window()
    first.context.runner.submit(Slow())
    cancelled = first.context.runner.submit(Slow())
    first.context.runner.cancel(cancelled)
    qtbot.waitUntil(lambda: len(first.context.runner.live_entries()) == 1)
    asker.answers["Jobs are running"] = True
    assert first.close()
    offers = [item for item in make_main_window().context.notices.history if item.action_title]
    assert [(offer.text, offer.action_title) for offer in offers] == [
        ("Slow work was stopped when the window closed.", "Continue")
    ]


def window_folder(window: MainWindow) -> str:

    return load_settings().recent_workspaces[0]


def test_the_strip_pauses_continues_and_cancels(window: MainWindow, qtbot: QtBot) -> None:
    go_on.clear()
    run_id = window.context.runner.submit(Slow())
    strip = window.strip
    qtbot.waitUntil(lambda: "rows" in strip.line.text())
    assert strip.line.text().startswith("Slow work")
    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    entry = window.context.runner.entry(run_id)
    assert entry is not None
    assert entry.token.is_paused
    assert strip.pause_button.accessibleName() == "Continue the job"
    qtbot.mouseClick(strip.pause_button, Qt.MouseButton.LeftButton)
    assert not entry.token.is_paused
    qtbot.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: strip.line.text() == "No job is running")


def test_the_panel_shows_history_and_log_and_starts_a_job_anew(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on.set()
    run_id = window.context.runner.submit(Slow())
    window.toggle_jobs()
    panel = window.jobs_panel
    qtbot.waitUntil(lambda: not window.context.runner.has_live_jobs)
    panel.select(run_id)
    assert "Completed" in panel.log.toPlainText()
    assert panel.retry_button.isEnabled()
    assert not panel.continue_button.isEnabled()
    monkeypatch.setattr("embedding_lab.jobs.record.job_from_record", lambda _: Slow())
    panel.retry_button.click()
    qtbot.waitUntil(lambda: not window.context.runner.has_live_jobs)
    assert panel.model.rowCount() == 2


def test_an_interrupted_job_is_offered_at_the_next_start(
    make_main_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    with create_workspace(tmp_path / "Study.embedlab") as workspace:
        run = create_run(workspace.runs_folder, Slow())
        write_json(run / "state.json", {"state": "running"})
    window = make_main_window()
    notice = window.context.notices.history[-1]
    assert notice.text == "Slow work was cut short when the program last ended."
    assert notice.action_title == "Continue"


def test_every_shortcut_is_given_once_and_every_action_has_a_title(window: MainWindow) -> None:
    actions = list(window.context.actions)
    shortcuts = [action.shortcut for action in actions if action.shortcut]
    assert len(shortcuts) == len(set(shortcuts))
    assert all(action.plain_title for action in actions)
    assert window.context.actions["view.search"].shortcut == "Ctrl+4"


def test_the_palette_finds_commands_by_word_and_by_letters(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.show_palette()
    dialog = window.findChild(PaletteDialog)
    assert dialog is not None
    qtbot.keyClicks(dialog.field, "qqq")
    assert (dialog.list.isHidden(), dialog.nothing.isHidden()) == (True, False)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.field.clear()
    assert (dialog.list.isHidden(), dialog.nothing.isHidden()) == (False, True)
    qtbot.keyClicks(dialog.field, "jobs")
    assert dialog.list.item(0).text().startswith("Jobs panel")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert not window.jobs_dock.isHidden()
    items = {item.title: item for item in palette_items(window.context)}
    assert "starter" in items
    assert score(items["Jobs panel"], "jbp") > 0
    assert score(items["Jobs panel"], "xyz") == 0
    assert items["Trash…"].kind == "Workspace"
    assert items["New…"].kind == "Workspace · Ctrl+N"
    assert not [item.title for item in items.values() if "&" in item.title + item.kind]


def test_the_keyboard_shortcuts_are_the_manuals_page_of_them(window: MainWindow) -> None:
    asked: list[str] = []
    window.context.manual_requested.disconnect()
    window.context.manual_requested.connect(asked.append)
    window.context.actions["help.shortcuts"].run()
    assert asked == ["keyboard"]


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


def test_settings_take_effect_and_are_searched(window: MainWindow) -> None:
    window.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    combo = dialog.findChild(QComboBox)
    assert combo is not None
    combo.setCurrentIndex(2)
    assert window.context.theme.is_dark
    assert window.context.settings.theme == "dark"
    search = dialog.findChild(QLineEdit)
    assert search is not None
    search.setText("thread")
    assert not combo.isVisible()
    assert dialog.nothing.isHidden()
    dialog.search.setText("qqq")
    assert not dialog.nothing.isHidden()
    dialog.search.clear()
    assert dialog.nothing.isHidden()
    dialog.close()


def test_the_trash_can_be_put_back_and_emptied(window: MainWindow, asker: ScriptedAsker) -> None:
    workspace = window.context.workspace
    folder = workspace.runs_folder / "20260101-000000-aaaaaa"
    folder.mkdir(parents=True)
    workspace.trash.put(folder, "run", "Old run")
    window.show_trash()
    dialog = window.findChild(TrashDialog)
    assert dialog is not None
    assert "Run Old run" in dialog.list.item(0).text()
    dialog.restore_button.click()
    assert folder.exists()
    workspace.trash.put(folder, "run", "Old run")
    dialog.close()
    window.show_trash()
    asker.answers["Empty the trash"] = True
    last = window.findChildren(TrashDialog)[-1]
    last.empty_button.click()
    assert workspace.trash.items() == []
    last.close()


def test_errors_stay_until_closed_and_other_notices_pass(window: MainWindow) -> None:
    window.context.notices.add(Notice("The disk is full.", level="error"))
    window.context.notices.info("Copied.")
    error, info = window.toasts._toasts
    assert not error._timer.isActive()
    assert info._timer.isActive()
    error.close_now()
    assert window.toasts._toasts == [info]


def test_a_selection_is_undone_and_done_again(window: MainWindow) -> None:
    selection = window.context.selection
    selection.select("c", (1, 2))
    selection.select("c", (3,))
    window.context.actions["edit.undo"].run()
    assert selection.rows == (1, 2)
    window.context.actions["edit.redo"].run()
    assert selection.rows == (3,)


def test_recent_workspaces_open_from_the_name_and_from_the_palette(
    make_main_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first, second = tmp_path / "First.embedlab", tmp_path / "Second.embedlab"
    create_workspace(first).close()
    window = make_main_window(second)
    window.context.workspace_requested.emit(first)
    menu = window.header.name.menu()
    menu.aboutToShow.emit()
    (recent,) = [action for action in menu.actions() if action.text() == "Second"]
    recent.trigger()
    assert window.context.workspace.folder == second
    assert window.header.name.text() == "Second ▾"
    (item,) = [item for item in palette_items(window.context) if item.kind == "Recent workspace"]
    assert item.title == "First"
    item.run()
    assert window.context.workspace.folder == first


def test_a_recent_workspace_that_is_gone_cannot_be_chosen(
    window: MainWindow, tmp_path: Path
) -> None:
    gone = tmp_path / "Gone.embedlab"
    create_workspace(gone).close()
    remember_workspace(str(gone))
    shutil.rmtree(gone)
    menu = window.header.name.menu()
    menu.aboutToShow.emit()
    (action,) = [action for action in menu.actions() if action.text() == "Gone"]
    assert not action.isEnabled()
    assert not [item for item in palette_items(window.context) if item.title == "Gone"]


def test_saving_the_settings_keeps_workspaces_that_another_window_opened(
    window: MainWindow,
) -> None:
    remember_workspace("/elsewhere")
    window.context.settings.threads = 3
    window.context.save_settings()
    saved = load_settings()
    assert (saved.recent_workspaces[0], saved.threads) == ("/elsewhere", 3)
