"""A workspace as the first programs wrote it is read as it is, upgraded, and brought back.

``format-1.zip`` was written by the first program with a command line: a corpus of five rows with
its embeddings, another one in the trash, and an import that was killed before it published.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.workspace import backups, record, upgrade
from embedding_lab.workspace import workspace as workspaces
from embedding_lab.workspace.backups import find_backup, list_backups
from embedding_lab.workspace.migrations import STEPS, Step
from embedding_lab.workspace.record import RestoreNeededError, UpgradeNeededError
from embedding_lab.workspace.upgrade import delete_backups, restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import create_workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[2]
IDS = ["robin", "wren", "heron", "swift", "owl"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A workspace of format 1."""
    with zipfile.ZipFile(TESTS / "data" / "format-1.zip") as packed:
        packed.extractall(tmp_path)
    return tmp_path / "Birds.embedlab"


def digests(folder: Path) -> dict[str, str]:
    """What lies in a workspace, except locks, its record and backups."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.startswith((".lock", "workspace.json"))
        and "backups" not in path.relative_to(folder).parts
    }


def read_everything(folder: Path) -> None:
    """Whatever the workspace holds can be read, whichever format it has."""
    with open_workspace(folder, wants_writing=False) as workspace:
        corpus = workspace.corpus("Birds")
        assert [document.id for document in corpus.documents()] == IDS
        assert corpus.documents_at([2])[0].extra == {"habitat": "rivers"}
        assert [Path(source.path).name for source in corpus.sources] == ["birds.csv"]
        (vectors,) = workspace.vector_sets(corpus)
        lengths = np.linalg.norm(vectors.vectors(), axis=1)
        assert lengths == pytest.approx(np.ones(5), abs=1e-5)
        assert [item.name for item in workspace.trash.items()] == ["Trees"]


def require_upgraded(folder: Path) -> None:
    """All of it is in the present form and can be written to."""
    with open_workspace(folder) as workspace:
        assert (workspace.version, workspace.is_writable) == (record.SCHEMA_VERSION, True)
        for manifest in folder.glob("*/*/**/corpus.json"):
            if "backups" not in manifest.parts:
                told = json.loads(manifest.read_text())
                assert "sources" not in told
                assert (told["n_sources"], told["n_pictures"]) == (1, 0)
        for database in folder.glob("*/*/**/corpus.sqlite"):
            if "backups" not in database.parts:
                with closing(sqlite3.connect(database)) as connection:
                    connection.execute("SELECT picture FROM documents")
                    connection.execute("SELECT * FROM pictures JOIN sources")
    read_everything(folder)


def test_the_steps_lead_one_by_one_to_the_present_format() -> None:
    assert [step.version for step in STEPS] == list(range(2, record.SCHEMA_VERSION + 1))


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


def test_an_upgrade_brings_everything_to_the_present_form(old: Path) -> None:
    before = digests(old)
    report = upgrade_workspace(old)
    assert (report.before, report.after) == (1, record.SCHEMA_VERSION)
    after = digests(old)
    # Two corpora with their manifests, and the rows staged by an import.
    assert report.n_files == 5
    assert {name for name in before if before[name] != after[name]} == {
        file.path for file in find_backup(old).files if file.digest
    }
    require_upgraded(old)


def test_rows_in_the_trash_come_back_in_the_present_form(old: Path) -> None:
    upgrade_workspace(old)
    with open_workspace(old) as workspace:
        workspace.trash.restore(workspace.trash.items()[0].id)
        assert [row.text for row in workspace.corpus("Trees").documents()] == [
            "A tall tree with grey bark",
            "A tree of hedgerows",
        ]
        assert len(workspace.corpus("Trees").sources) == 1


def test_upgrading_twice_does_nothing_the_second_time(old: Path) -> None:
    upgrade_workspace(old)
    before = digests(old)
    report = upgrade_workspace(old)
    assert (report.before, report.after, report.backup) == (2, 2, "")
    assert digests(old) == before


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


def test_a_step_that_fails_is_undone(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(old)

    def fail(folder: Path) -> None:
        STEPS[0].apply(folder)
        raise OSError(28, "No space left on device")

    failing = Step(2, "Fails.", STEPS[0].changes, fail)
    monkeypatch.setattr(upgrade, "STEPS", (failing,))
    with pytest.raises(WorkspaceError, match=r"failed and was undone\. The disk is full"):
        upgrade_workspace(old)
    assert digests(old) == before
    monkeypatch.undo()
    upgrade_workspace(old)
    require_upgraded(old)


def test_a_damaged_corpus_is_left_as_it_is_and_the_others_are_upgraded(old: Path) -> None:
    (database,) = old.glob("trash/*/content/corpus.sqlite")
    database.write_bytes(b"not a database, whatever its name says" * 100)
    report = upgrade_workspace(old)
    assert report.n_files == 3
    assert database.read_bytes().startswith(b"not a database")
    with open_workspace(old) as workspace:
        assert len(workspace.corpus("Birds").sources) == 1


def test_what_a_killed_older_program_left_half_written_is_undone_first(old: Path) -> None:
    (database,) = old.glob("corpora/*/corpus.sqlite")
    script = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN'); c.execute('DELETE FROM documents')\n"
        "c.execute('UPDATE report SET reason = reason')\n"
        "c.execute('CREATE TABLE big AS SELECT zeroblob(200000) AS b')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(database)], check=False, timeout=30)
    assert database.with_name("corpus.sqlite-journal").exists()
    upgrade_workspace(old)
    require_upgraded(old)
    restore_backup(old)
    read_everything(old)


def test_an_addition_that_was_cut_short_between_database_and_manifest_counts(old: Path) -> None:
    (database,) = old.glob("corpora/*/corpus.sqlite")
    manifest = database.with_name("corpus.json")
    told = json.loads(manifest.read_text())
    second = told["sources"][0] | {"path": "/more.csv"}
    newest = told | {"n_rows": 6, "sources": [*told["sources"], second], "name": "Old name"}
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "INSERT INTO documents VALUES (5, 'rook', 'A black bird', NULL, NULL, NULL, 1, 1, 1)"
        )
        connection.execute(
            "CREATE TABLE merges (number INTEGER PRIMARY KEY, run TEXT UNIQUE NOT NULL, "
            "n_new INTEGER NOT NULL, report_after INTEGER NOT NULL, manifest TEXT NOT NULL)"
        )
        connection.execute("INSERT INTO merges VALUES (1, 'run', 1, 0, ?)", (json.dumps(newest),))
        connection.commit()
    upgrade_workspace(old)
    with open_workspace(old) as workspace:
        corpus = workspace.corpus("Birds")
        assert [row.id for row in corpus.documents()] == [*IDS, "rook"]
        assert [source.path for source in corpus.sources][1] == "/more.csv"


def test_until_it_is_finished_an_upgrade_counts_as_not_done(old: Path) -> None:
    path = old / "workspace.json"
    mark = {"act": "upgrade", "from": 1, "backup": "gone"}
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"schema_version": 2, "changing": mark})
    )
    with open_workspace(old, wants_writing=False) as reader:
        assert (reader.version, reader.is_earlier) == (1, True)
    with pytest.raises(UpgradeNeededError, match="begun and cut short") as raised:
        open_workspace(old)
    assert raised.value.is_unfinished
    # Somebody deleted the backup since: another one is made.
    assert upgrade_workspace(old).backup == list_backups(old)[0].name
    require_upgraded(old)


def kill(act: str, folder: Path, number: int) -> bool:
    """Let a program die at an operation; return whether it got as far as that."""
    command = [sys.executable, str(TESTS / "upgrade_child.py"), act, str(folder), str(number)]
    done = subprocess.run(command, check=False, timeout=50, capture_output=True, text=True)
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode == -9


def killed_everywhere(old: Path, act: str, then: Callable[[Path, int], None], stride: int) -> int:
    """Repeat an act, dying later each time, until it survives; return how often it died."""
    n_deaths, number = 0, 1
    while True:
        folder = old.with_name(f"{number}.embedlab")
        shutil.copytree(old, folder)
        if not kill(act, folder, number):
            return n_deaths
        n_deaths += 1
        read_everything(folder)
        then(folder, number)
        shutil.rmtree(folder)
        number += stride


EVERY = pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(900)])


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself in this way")
@pytest.mark.parametrize("stride", [7, EVERY])
def test_killed_anywhere_an_upgrade_is_finished_or_taken_back(old: Path, stride: int) -> None:
    before = digests(old)

    def then(folder: Path, number: int) -> None:
        if number % 2 or not list_backups(folder):
            upgrade_workspace(folder)
            require_upgraded(folder)
        else:
            restore_backup(folder)
            assert digests(folder) == before

    assert killed_everywhere(old, "upgrade", then, stride) > 10


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself in this way")
@pytest.mark.parametrize("stride", [7, EVERY])
def test_killed_anywhere_going_back_is_finished(old: Path, stride: int) -> None:
    before = digests(old)
    upgrade_workspace(old)

    def then(folder: Path, number: int) -> None:
        first = min(backup.name for backup in list_backups(folder))
        if record.read_record(folder).get("changing"):
            with pytest.raises(RestoreNeededError, match="was cut short"):
                open_workspace(folder)
            with pytest.raises(RestoreNeededError):
                upgrade_workspace(folder)
            restore_backup(folder)
        elif record.read_record(folder)["schema_version"] == 2:
            restore_backup(folder, first)
        assert digests(folder) == before

    assert killed_everywhere(old, "restore", then, stride) > 10


def in_child(folder: Path, version: int) -> subprocess.Popen[str]:
    """Open a workspace in a program of another version, which holds it until its input ends."""
    script = (
        "import sys\n"
        "from embedding_lab.workspace import record, upgrade, workspace\n"
        f"record.SCHEMA_VERSION = workspace.SCHEMA_VERSION = upgrade.SCHEMA_VERSION = {version}\n"
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
