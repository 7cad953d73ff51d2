"""The backup of an upgrade: made whole or not at all, and gone back to byte by byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest
from upgrade_making import digests, require_upgraded

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.workspace import backups
from embedding_lab.workspace.backups import find_backup, list_backups
from embedding_lab.workspace.record import RestoreNeededError, UpgradeNeededError
from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_going_back_gives_the_bytes_of_before_and_keeps_those_of_after(old: Path) -> None:
    before = digests(old)
    upgrade_workspace(old)
    after = digests(old)
    backup = restore_backup(old)
    assert (backup.version, digests(old)) == (1, before)
    with pytest.raises(UpgradeNeededError):
        open_workspace(old)
    kept = find_backup(old)
    assert kept.reason == "before going back to format 1"
    for file in kept.files:
        if file.digest:
            assert file.digest == after[file.path]
    upgrade_workspace(old)
    require_upgraded(old)


def test_a_damaged_backup_is_refused_and_nothing_changes(old: Path) -> None:
    upgrade_workspace(old)
    before = digests(old)
    backup = find_backup(old)
    copy = backup.folder / "files" / next(file.path for file in backup.files if file.digest)
    copy.write_bytes(copy.read_bytes()[:-1] + b"!")
    with pytest.raises(WorkspaceError, match="is damaged"):
        restore_backup(old)
    assert digests(old) == before
    require_upgraded(old)


def test_going_back_that_lost_its_backup_halfway_can_end_at_another(old: Path) -> None:
    upgrade_workspace(old)
    after = digests(old)
    first = find_backup(old).name
    restore_backup(old)
    second = find_backup(old).name
    # As if it had been killed right before its end, and the backup deleted then.
    path = old / "workspace.json"
    mark = {"act": "restore", "from": 2, "backup": first}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"changing": mark}))
    with pytest.raises(RestoreNeededError):
        restore_backup(old, second)
    shutil.rmtree(old / "backups" / first)
    with pytest.raises(UsageError, match=f"Backups here: {second}"):
        restore_backup(old)
    restore_backup(old, second)
    assert digests(old) == after
    require_upgraded(old)


def test_a_workspace_without_a_backup_says_so(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    with pytest.raises(UsageError, match="has no backup"):
        restore_backup(tmp_path / "a.embedlab")


def test_without_room_for_the_backup_nothing_changes(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests(old)
    usage = shutil.disk_usage(old)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(LabError, match=r"The backup of what is changed needs about \d+ MB"):
        upgrade_workspace(old)
    assert (digests(old), list_backups(old)) == (before, [])


def test_a_cancelled_backup_leaves_nothing(old: Path) -> None:
    before = digests(old)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade_workspace(old, backups.Watch(check=stop))
    assert digests(old) == before
    assert list((old / "backups").iterdir()) == []
    upgrade_workspace(old)
    require_upgraded(old)


@pytest.mark.parametrize(
    "path",
    ["../letter.txt", "corpora/../../letter.txt", "{folder}/letter.txt", "..\\letter.txt", ""],
)
@pytest.mark.parametrize("digest", ["", hashlib.sha256(b"theirs").hexdigest()])
def test_a_backup_that_names_files_outside_the_workspace_touches_none(
    tmp_path: Path, path: str, digest: str
) -> None:
    """A workspace is handed on as a folder, and its records may say anything."""
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    folder = tmp_path / "a.embedlab"
    create_workspace(folder).close()
    copies = folder / "backups" / "evil" / "files"
    copies.mkdir(parents=True)
    (copies.parent / "letter.txt").write_text("theirs")
    file = {"path": path.format(folder=tmp_path), "n_bytes": 6, "digest": digest}
    told = {"reason": "r", "version": 1, "created": 1.0, "files": [file]}
    (copies.parent / "backup.json").write_text(json.dumps(told))
    with pytest.raises(UsageError, match="has no backup"):
        restore_backup(folder)
    with pytest.raises(WorkspaceError, match=r"backup\.json is damaged"):
        backups.read_backup(copies.parent)
    assert letter.read_text() == "mine"
