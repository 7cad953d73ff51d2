"""The main job by keyboard alone: import, embed, search, begin a training, and end it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QMenu, QWidget
from study_making import make_corpus
from training_making import add_tiny, use_one_thread
from window_driving import wait_idle

from embedding_lab import resources
from embedding_lab.workspace.corpus import Document
from embedding_lab_app.pages.corpora import embed_form
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.pages.training.page import RUNS
from embedding_lab_app.shell.palette import PaletteDialog, palette_items
from embedding_lab_app.shell.settings_dialog import SettingsDialog

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

N = 48
MOST_STOPS = 120
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def no_engine() -> None:
    """Here the engines are the real ones."""


def focused() -> QWidget:
    """Return who gets the keys; the window itself, where no control does."""
    widget = QApplication.focusWidget() or QApplication.activeWindow()
    assert widget is not None
    return widget


def name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return text or widget.accessibleName()


def go_to(wanted: str) -> QWidget:
    """Press Tab until the control with this name has the focus."""
    passed = []
    for _ in range(MOST_STOPS):
        here = focused()
        if name(here).startswith(wanted) and here.isEnabled():
            return here
        passed.append(name(here))
        QTest.keyClick(here, Qt.Key.Key_Tab)
    pytest.fail(f"Tab does not lead to {wanted}, only to {passed}")


def press(wanted: str) -> None:
    QTest.keyClick(go_to(wanted), Qt.Key.Key_Space)


def choose(wanted: str, value: str) -> None:
    box = go_to(wanted)
    assert isinstance(box, QComboBox)
    QTest.keyClicks(box, value)
    assert box.currentText().startswith(value)


def write_pairs(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "query"])
        rows.writerows([f"the answer about thing {i}", f"what is thing {i}"] for i in range(N))


class Keys:
    """The steps of the main job, each by keys alone."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.runner = window.context.runner

    def import_files(self) -> None:
        QTest.keyClick(self.window, Qt.Key.Key_I, CTRL)
        page = self.window.page("corpora")
        self.qtbot.waitUntil(page.preview.primary.button.isEnabled, timeout=20_000)
        press(f"Import about {N} rows")
        wait_idle(self.runner, self.qtbot)
        (corpus,) = self.window.context.workspace.corpora()
        assert corpus.n_rows == N

    def embed(self) -> None:
        press("Embed and search")
        assert self.window.current_page().page_id == "search"
        wait_idle(self.runner, self.qtbot, 120_000)
        assert self.window.context.workspace.vector_sets()[0].n_rows == N

    def search(self) -> None:
        QTest.keyClick(self.window, Qt.Key.Key_4, CTRL)
        page = self.window.page("search")
        self.qtbot.waitUntil(lambda: bool(page.controller.encoders))
        query = go_to("Query")
        with self.qtbot.waitSignal(page.controller.found, timeout=60_000):
            QTest.keyClicks(query, "thing 7")
        wait_idle(self.runner, self.qtbot)
        results = go_to("Search results")
        QTest.keyClick(results, Qt.Key.Key_Down)
        best = page.controller.hits[results.currentIndex().row()]
        text = page.inspector().text
        self.qtbot.waitUntil(lambda: best.text in text.toPlainText())

    def train(self) -> None:
        QTest.keyClick(self.window, Qt.Key.Key_6, CTRL)
        page = self.window.page("training")
        self.qtbot.waitUntil(lambda: page.form.encoder.count() > 1)
        choose("Encoder", "tiny")
        wait_idle(self.runner, self.qtbot)
        self.qtbot.waitUntil(page.form.primary.button.isEnabled, timeout=20_000)
        press("Train")
        curves = page.train.curves
        assert curves is not None
        self.qtbot.waitUntil(lambda: curves.step >= 1, timeout=120_000)
        wait_idle(self.runner, self.qtbot, 120_000)
        assert page.segments.current == RUNS


@pytest.mark.timeout(400)
def test_the_main_job_is_done_without_a_mouse(
    window: MainWindow, qtbot: QtBot, asker, tmp_path: Path
) -> None:
    use_one_thread()
    write_pairs(tmp_path / "things.csv")
    add_tiny(window.context.workspace, tmp_path / "tiny")
    window.context.announce("encoders")
    asker.answers["Import files of texts"] = [tmp_path / "things.csv"]
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys = Keys(window, qtbot)
    keys.import_files()
    keys.embed()
    keys.search()
    keys.train()


def test_every_action_is_reached_through_the_palette(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    wanted = [action.plain_title for action in window.context.actions if action.is_enabled()]
    assert {item.title for item in palette_items(window.context)} >= set(wanted)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    dialog = window.findChild(PaletteDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    for title in wanted:
        dialog.field.clear()
        QTest.keyClicks(dialog.field, title.rstrip("…"))
        assert dialog.list.currentItem().text().startswith(title)
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("entry", ["edit.settings", "workspace.trash", "view.palette"])
def test_escape_closes_a_dialog_and_the_keys_are_back_in_the_window(
    window: MainWindow, qtbot: QtBot, entry: str
) -> None:
    window.activateWindow()
    window.navigation.setFocus()
    window.context.actions[entry].run()
    (dialog,) = [item for item in window.findChildren(QDialog) if item.isVisible()]
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.navigation)


def test_return_presses_the_main_button_of_a_message(window: MainWindow, qtbot: QtBot) -> None:
    window.context.actions["help.about"].run()
    (box,) = [item for item in window.findChildren(QDialog) if item.isVisible()]
    qtbot.waitUntil(box.isActiveWindow)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert not box.isVisible()


def test_return_runs_what_the_palette_marks(window: MainWindow, qtbot: QtBot) -> None:
    window.context.actions["view.palette"].run()
    dialog = window.findChild(PaletteDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClicks(dialog.field, "settings")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert window.findChild(SettingsDialog) is not None
    for shown in window.findChildren(QDialog):
        shown.close()


def test_menus_open_by_alt_are_walked_by_arrows_and_closed_by_escape(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    menus = [menu for menu in window.findChildren(QMenu) if menu.title() in {"&Workspace", "&Edit"}]
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    first = next(menu for menu in menus if menu.title() == "&Workspace")
    qtbot.waitUntil(first.isVisible)
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert first.activeAction() is not None
    QTest.keyClick(first, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not first.isVisible())


def test_a_menu_of_a_button_opens_by_space_and_closes_by_escape(
    window: MainWindow, qtbot: QtBot
) -> None:
    make_corpus(window.context.workspace, "things", [Document(text="one")])
    window.context.announce("corpora")
    window.show_page("home")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.navigation.setFocus()
    button = go_to("Open a sample")
    seen: list[bool] = []

    def close() -> None:
        menu = QApplication.activePopupWidget()
        seen.append(menu is not None and menu.isVisible())
        if menu is not None:
            QTest.keyClick(menu, Qt.Key.Key_Escape)

    # The menu has an event loop of its own.
    QTimer.singleShot(200, close)
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]
    assert QApplication.activePopupWidget() is None


class Flashes(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.seen: list[str] = []
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
            is_own = watched.isWindow() and watched.windowType() is Qt.WindowType.Window
            if is_own and watched is not self._window:
                self.seen.append(repr(watched))
        return False


@pytest.mark.parametrize("has_bf16", [True, False])
def test_no_part_is_a_window_of_its_own_for_a_moment_and_takes_the_keys(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, has_bf16: bool
) -> None:
    # The form of embedding asks for the precision on some processors only.
    monkeypatch.setattr(embed_form, "has_fast_bf16", lambda: has_bf16)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    flashes = Flashes(window)
    for entry in PAGES:
        window.show_page(entry.page_id)
        qtbot.wait(20)
        assert (entry.page_id, flashes.seen) == (entry.page_id, [])
    window.context.drop([resources.path("samples/methods")])
    qtbot.waitUntil(window.page("corpora").preview.primary.button.isEnabled, timeout=20_000)
    assert flashes.seen == []
    assert window.isActiveWindow()
    QApplication.instance().removeEventFilter(flashes)
