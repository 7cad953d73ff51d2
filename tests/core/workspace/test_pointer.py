"""The file that opens the workspace it lies in."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import WorkspaceError
from embedding_lab.workspace.pointer import POINTER_FILE, pointed_folder
from embedding_lab.workspace.workspace import SCHEMA_VERSION, create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Study.embedlab"
    create_workspace(made).close()
    return made


def test_a_new_workspace_holds_the_file(folder: Path) -> None:
    record = json.loads((folder / POINTER_FILE).read_text())
    assert record == {"kind": "embedding-lab workspace", "schema_version": SCHEMA_VERSION}


@pytest.mark.parametrize("content", [None, "{", '{"kind": "embedding-lab workspace"}'])
def test_an_older_workspace_gets_it_when_it_is_opened_for_writing(
    folder: Path, content: str | None
) -> None:
    pointer = folder / POINTER_FILE
    whole = pointer.read_text()
    pointer.unlink()
    if content is not None:
        pointer.write_text(content)
    open_workspace(folder, wants_writing=False).close()
    assert pointer.exists() == (content is not None)
    open_workspace(folder).close()
    assert pointer.read_text() == whole
    before = pointer.stat().st_mtime_ns
    open_workspace(folder).close()
    assert pointer.stat().st_mtime_ns == before


def test_the_file_and_the_folder_mean_the_same(folder: Path, tmp_path: Path) -> None:
    assert pointed_folder(folder / POINTER_FILE) == folder
    assert pointed_folder(folder) == folder
    renamed = folder / "Study.EMBEDLAB"
    shutil.copy(folder / POINTER_FILE, renamed)
    assert pointed_folder(renamed) == folder


def test_other_files_and_folders_are_none_of_its_business(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text\nhello\n")
    assert pointed_folder(table) is None
    assert pointed_folder(tmp_path) is None
    assert pointed_folder(tmp_path / "gone.embedlab") is None


def test_a_file_taken_out_of_its_workspace_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    lonely = tmp_path / POINTER_FILE
    shutil.copy(folder / POINTER_FILE, lonely)
    with pytest.raises(WorkspaceError, match="opens the workspace it lies in") as raised:
        pointed_folder(lonely)
    assert raised.value.hint
    lonely.write_text("[1]")
    with pytest.raises(WorkspaceError, match="does not lead to a workspace"):
        pointed_folder(lonely)
    lonely.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        pointed_folder(lonely)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a folder that cannot be written")
def test_a_workspace_whose_file_cannot_be_written_opens_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = folder / POINTER_FILE
    pointer.unlink()
    pointer.mkdir()
    pointer.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with open_workspace(folder) as workspace:
        assert workspace.is_writable
