"""Programs of several versions on one workspace: who reads, who writes, who refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from upgrade_making import digests, read_everything, require_upgraded

from embedding_lab.errors import WorkspaceError
from embedding_lab.workspace import workspace as workspaces
from embedding_lab.workspace.record import UpgradeNeededError
from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_an_older_workspace_is_read_without_being_changed(old: Path) -> None:
    before = digests(old)
    read_everything(old)
    assert digests(old) == before
    with (
        open_workspace(old, wants_writing=False) as reader,
        pytest.raises(WorkspaceError, match=r"was not upgraded\. Upgrade it with"),
    ):
        reader.require_writable()


def test_an_older_workspace_is_not_written_to_before_it_is_upgraded(old: Path) -> None:
    before = digests(old)
    with pytest.raises(UpgradeNeededError, match="format 1, from an earlier version") as raised:
        open_workspace(old)
    assert (raised.value.version, raised.value.is_unfinished) == (1, False)
    assert f'workspace upgrade "{old}"' in raised.value.hint
    assert digests(old) == before
    # The lock was let go of.
    assert upgrade_workspace(old).before == 1


def in_child(folder: Path, version: int) -> subprocess.Popen[str]:
    """Open a workspace in a program of another version, which holds it until its input ends."""
    script = (
        "import sys\n"
        # Before others take it from there.
        "from embedding_lab.workspace import record\n"
        f"record.SCHEMA_VERSION = {version}\n"
        "from embedding_lab.workspace import workspace\n"
        # Programs before format 2 asked for nothing else.
        f"if {version} < 2: workspace.require_readable = lambda *_: None\n"
        "opened = workspace.open_workspace(sys.argv[1])\n"
        "print(opened.why_read_only or 'writable', flush=True)\n"
        "sys.stdin.read()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_while_an_older_program_writes_a_newer_one_reads_and_upgrades_nothing(old: Path) -> None:
    with in_child(old, version=1) as child:
        assert said(child) == "writable"
        with open_workspace(old) as reader:
            assert f"It is open elsewhere (process {child.pid} of" in reader.why_read_only
        with pytest.raises(WorkspaceError, match=f"cannot be changed: .*process {child.pid} of"):
            upgrade_workspace(old)
        child.communicate("")
    upgrade_workspace(old)
    require_upgraded(old)


def test_while_a_newer_program_writes_an_older_one_reads(old: Path) -> None:
    upgrade_workspace(old)
    with open_workspace(old), in_child(old, version=1) as child:
        assert said(child) == (
            "It was written by a newer Embedding Lab (format 2, this program knows 1)."
        )
        child.communicate("")
    with in_child(old, version=1) as child:
        assert said(child).startswith("It was written by a newer Embedding Lab")
        child.communicate("")


def test_a_newer_workspace_is_refused_if_only_newer_programs_can_read_it(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    path = tmp_path / "a.embedlab" / "workspace.json"
    told = json.loads(path.read_text()) | {"schema_version": 99, "oldest_reader": 98}
    path.write_text(json.dumps(told))
    for wants_writing in (True, False):
        with pytest.raises(WorkspaceError, match=r"newer Embedding Lab \(format 99\)"):
            open_workspace(path.parent, wants_writing=wants_writing)
    with pytest.raises(WorkspaceError, match="newer Embedding Lab"):
        upgrade_workspace(path.parent)


def test_a_newer_workspace_is_read_though_its_records_know_more(old: Path) -> None:
    upgrade_workspace(old)
    path = old / "workspace.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 3}))
    for file in (*old.glob("embeddings/*/*.json"), *old.glob("corpora/*/corpus.json")):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"future": [1]}))
    read_everything(old)
    with open_workspace(old) as opened:
        assert "newer Embedding Lab (format 3, this program knows 2)" in opened.why_read_only
        with pytest.raises(WorkspaceError, match="Use the newer version to change it"):
            opened.require_writable()


@pytest.mark.parametrize("version", ["2", None, 2.5, True])
def test_a_format_that_is_no_number_is_damage(tmp_path: Path, version: object) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    path = tmp_path / "a.embedlab" / "workspace.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": version}))
    with pytest.raises(WorkspaceError, match=r"workspace\.json is damaged"):
        workspaces.open_workspace(path.parent)


@pytest.mark.parametrize(
    "changing",
    [
        True,
        {},
        {"act": "upgrade"},
        {"act": "upgrade", "from": "1", "backup": "x"},
        {"act": "upgrade", "from": 1, "backup": None},
        {"act": "something", "from": 1, "backup": "x"},
    ],
)
def test_a_mark_of_a_change_that_says_nothing_is_damage(tmp_path: Path, changing: object) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    path = tmp_path / "a.embedlab" / "workspace.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"changing": changing}))
    for act in (open_workspace, upgrade_workspace, restore_backup):
        with pytest.raises(WorkspaceError, match=r"workspace\.json is damaged"):
            act(path.parent)
