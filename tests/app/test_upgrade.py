"""The window asks before it upgrades a workspace of an earlier version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QGuiApplication
from upgrade_making import unpack_old

from embedding_lab.workspace import upgrade
from embedding_lab.workspace.backups import list_backups
from embedding_lab.workspace.migrations import STEPS, Step
from embedding_lab_app.context import UPGRADE
from embedding_lab_app.shell.backups_dialog import BACK, DELETE, NOTHING, BackupsDialog
from embedding_lab_app.widgets.waiting_dialog import Progress, StoppedError, WaitingDialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A workspace as the first programs wrote it."""
    return unpack_old(tmp_path)


def test_after_a_yes_the_workspace_is_upgraded_and_can_be_written_to(
    make_main_window: Callable[..., MainWindow], old: Path, asker: Any
) -> None:
    window = make_main_window(old)
    assert asker.asked == [UPGRADE]
    assert window.context.workspace.is_writable
    assert window.banner.isHidden()
    assert len(list_backups(old)) == 1


def test_after_a_no_it_is_open_for_reading_and_the_banner_offers_the_upgrade(
    make_main_window: Callable[..., MainWindow], old: Path, asker: Any
) -> None:
    asker.answers[UPGRADE] = False
    window = make_main_window(old)
    assert not window.context.workspace.is_writable
    assert window.banner.text == (
        "Read-only. It is from an earlier version (format 1) and was not upgraded."
    )
    assert list_backups(old) == []
    assert window.context.workspace.corpus("Birds").n_rows == 5
    asker.answers[UPGRADE] = True
    assert window.change_workspace(window.context.upgrade_workspace)
    assert window.context.workspace.is_writable
    assert window.banner.isHidden()


def test_an_upgrade_that_fails_is_told_and_the_workspace_opens_for_reading(
    make_main_window: Callable[..., MainWindow], old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upgrade, "STEPS", (Step(2, "Fails.", STEPS[0].changes, fail),))
    told: list[str] = []
    monkeypatch.setattr(
        "embedding_lab_app.notices.Notices.error", lambda _, error: told.append(str(error))
    )
    window = make_main_window(old)
    assert not window.context.workspace.is_writable
    assert told[0].startswith("The upgrade failed and was undone. The disk is full.")


def test_work_that_is_waited_for_can_be_stopped(qtbot: QtBot) -> None:
    def work(told: Progress) -> None:
        told.tell(1, 2)
        while True:
            told.check()

    dialog = WaitingDialog("Working.", work, None)
    qtbot.addWidget(dialog)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.bar.value() == 500)
    dialog.close()
    qtbot.waitUntil(lambda: isinstance(dialog.error, StoppedError))
    qtbot.waitUntil(dialog.isHidden)


def test_the_upgrade_tells_of_its_backup_and_leads_to_it(
    make_main_window: Callable[..., MainWindow], old: Path, asker: Any
) -> None:
    window = make_main_window(old)
    told = {notice.action_title: notice for notice in window.context.notices.history}
    assert told["Backups…"].text.startswith("Birds is upgraded.")
    told["Backups…"].action()
    dialog = window.findChild(BackupsDialog)
    assert dialog.isVisible()
    assert dialog.list.count() == 1
    assert "before the upgrade to format 2" in dialog.list.item(0).text()
    assert dialog.note.text().startswith("1 backup, ")
    assert dialog.way_back.text() == BACK
    dialog.copy_button.click()
    copied = f"workspace restore-backup --name {list_backups(old)[0].name}"
    assert QGuiApplication.clipboard().text() == f"embedding-lab --workspace {old} {copied}"
    asker.answers[DELETE] = False
    dialog.delete_button.click()
    assert dialog.list.count() == 1
    asker.answers[DELETE] = True
    dialog.delete_button.click()
    assert list_backups(old) == []
    assert dialog.note.text() == NOTHING
    assert dialog.way_back.isHidden()
    assert not dialog.delete_button.isEnabled()
    assert window.context.workspace.is_writable
    dialog.close()


def test_backups_of_a_workspace_that_cannot_be_written_to_are_only_looked_at(
    make_main_window: Callable[..., MainWindow], old: Path, asker: Any
) -> None:
    upgrade.upgrade_workspace(old)
    upgrade.restore_backup(old)
    asker.answers[UPGRADE] = False
    window = make_main_window(old)
    window.show_backups()
    dialog = window.findChild(BackupsDialog)
    assert dialog.list.count() == 2
    assert not dialog.delete_all_button.isEnabled()
    assert dialog.delete_all_button.toolTip() == window.context.workspace.why_read_only
    dialog.close()
