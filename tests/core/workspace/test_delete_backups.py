"""Backups that an upgrade left behind are deleted, unless they are still needed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from upgrade_making import digests, require_upgraded

from embedding_lab.errors import UsageError, WorkspaceError
from embedding_lab.workspace import backups, upgrade
from embedding_lab.workspace.backups import list_backups
from embedding_lab.workspace.upgrade import delete_backups, restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_deleting_backups_leaves_the_workspace_as_it_is(old: Path) -> None:
    name = upgrade_workspace(old).backup
    restore_backup(old)
    upgrade_workspace(old)
    assert len(list_backups(old)) == 3
    before = digests(old)
    with pytest.raises(UsageError, match="no backup named x"):
        delete_backups(old, [name, "x"])
    assert len(list_backups(old)) == 3
    (deleted,) = delete_backups(old, [name, name])
    assert (deleted.name, deleted.n_files) == (name, 5)
    assert name not in {backup.name for backup in list_backups(old)}
    assert len(delete_backups(old)) == 2
    assert list((old / backups.FOLDER).iterdir()) == []
    assert digests(old) == before
    require_upgraded(old)
    assert delete_backups(old) == []


def test_a_backup_that_cannot_be_deleted_whole_is_gone_all_the_same(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_workspace(old)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        delete_backups(old)
    assert list_backups(old) == []
    (left,) = (old / backups.FOLDER).iterdir()
    assert left.suffix == backups.UNFINISHED
    with pytest.raises(UsageError, match="This workspace has no backup"):
        restore_backup(old)


@pytest.mark.parametrize("act", ["upgrade", "restore"])
def test_a_backup_that_is_still_needed_is_not_deleted(
    old: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    upgrade_workspace(old)
    finishing = "upgrade" if act == "upgrade" else "restore-backup"

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    if act == "upgrade":
        restore_backup(old)
        monkeypatch.setattr(upgrade, "_apply", die)
        with pytest.raises(KeyboardInterrupt):
            upgrade_workspace(old)
    else:
        monkeypatch.setattr(upgrade, "put_back", die)
        with pytest.raises(KeyboardInterrupt):
            restore_backup(old)
    kept = list_backups(old)
    with pytest.raises(WorkspaceError, match="is still needed") as told:
        delete_backups(old)
    assert f"workspace {finishing} " in told.value.hint
    assert list_backups(old) == kept


def test_nobody_deletes_backups_of_a_workspace_that_is_open_elsewhere(old: Path) -> None:
    upgrade_workspace(old)
    with open_workspace(old), pytest.raises(WorkspaceError, match="cannot be changed"):
        delete_backups(old)
    assert len(list_backups(old)) == 1
