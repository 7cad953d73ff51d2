"""Upgrading a workspace and going back, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from upgrade_making import unpack_old

from embedding_lab.jobs.cancellation import CancellationToken, Cancelled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A workspace as the first programs wrote it, in a folder with a space in its name."""
    return unpack_old(tmp_path / "my work")


def test_an_old_workspace_is_read_but_not_written_to(lab: Any, old: Path) -> None:
    read = lab("--workspace", old, "workspace", "info", "--json").value
    assert (read["format"], read["corpora"], read["embeddings"]) == (1, 1, 1)
    refused = lab("--workspace", old, "corpus", "delete", "Birds", "--json")
    assert "is of format 1" in refused.value["error"]["message"]
    assert f'`embedding-lab workspace upgrade "{old}"`' in refused.value["error"]["hint"]


def test_upgrading_tells_what_it_changed_and_where_the_backup_is(lab: Any, old: Path) -> None:
    value = lab("workspace", "upgrade", old, "--json").value
    assert (value["workspace"], value["before"], value["after"]) == (str(old), 1, 2)
    assert value["changes"] == [
        "Corpora keep the list of their sources in their database and have room for pictures."
    ]
    (kept,) = lab("workspace", "backups", old, "--json").value["backups"]
    assert (kept["name"], kept["format"], kept["n_files"]) == (value["backup"], 1, 5)
    assert "before the upgrade to format 2" in lab("workspace", "backups", old).out
    assert lab("workspace", "upgrade", old).out.strip() == (
        "The workspace is of format 2; nothing to do."
    )
    assert lab("--workspace", old, "corpus", "delete", "Birds", "--json").value


def test_going_back_names_the_backup(lab: Any, old: Path) -> None:
    backup = lab("workspace", "upgrade", old, "--json").value["backup"]
    value = lab("workspace", "restore-backup", old, "--name", backup, "--json").value
    assert value == {"workspace": str(old), "backup": backup, "format": 1}
    unknown = lab("workspace", "restore-backup", old, "--name", "x", "--json")
    assert unknown.value["error"]["message"] == "There is no backup named x."


def test_a_folder_that_is_no_workspace_is_named(lab: Any, tmp_path: Path) -> None:
    for command in (["upgrade"], ["backups"], ["restore-backup"], ["delete-backup", "--all"]):
        told = lab("workspace", *command, tmp_path, "--json").value["error"]["message"]
        assert told.startswith(f"{tmp_path} is no workspace")


def test_ctrl_c_during_the_backup_leaves_everything_as_it_was(
    lab: Any, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: CancellationToken) -> None:
        raise Cancelled

    monkeypatch.setattr(CancellationToken, "check", interrupted)
    told = lab("workspace", "upgrade", old, "--json")
    assert (told.status, told.value["error"]["message"]) == (130, "The job was cancelled.")
    monkeypatch.undo()
    assert lab("workspace", "backups", old, "--json").value["backups"] == []
    assert lab("--workspace", old, "workspace", "info", "--json").value["format"] == 1


def test_backups_are_deleted_by_name_or_all_at_once(lab: Any, old: Path) -> None:
    backup = lab("workspace", "upgrade", old, "--json").value["backup"]
    lab("workspace", "restore-backup", old)
    (first, second) = lab("workspace", "backups", old, "--json").value["backups"]
    assert first["name"] == backup
    unsaid = lab("workspace", "delete-backup", old)
    assert unsaid.status == 2
    value = lab("workspace", "delete-backup", old, "--name", backup, "--json").value
    assert value == {"workspace": str(old), "deleted": [backup], "freed_bytes": first["n_bytes"]}
    assert lab("workspace", "delete-backup", old, "--all").out.startswith("Deleted 1 backup")
    assert lab("workspace", "backups", old, "--json").value["backups"] == []
    assert lab("workspace", "delete-backup", old, "--all").out.strip() == "There are no backups."
    assert second["reason"] == "before going back to format 1"
