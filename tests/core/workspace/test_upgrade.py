"""A workspace as the first programs wrote it is upgraded whole, whatever state it was left in."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from upgrade_making import IDS, digests, read_everything, require_upgraded

from embedding_lab.errors import WorkspaceError
from embedding_lab.workspace import record, upgrade
from embedding_lab.workspace.backups import find_backup, list_backups
from embedding_lab.workspace.migrations import STEPS, Step
from embedding_lab.workspace.record import UpgradeNeededError
from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_the_steps_lead_one_by_one_to_the_present_format() -> None:
    assert [step.version for step in STEPS] == list(range(2, record.SCHEMA_VERSION + 1))


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


@pytest.mark.parametrize("content", [b"null", b"{", b"{}", bytes(50), b"\xff\xfe"])
def test_a_damaged_manifest_is_left_as_it_is_and_the_others_are_upgraded(
    old: Path, content: bytes
) -> None:
    (manifest,) = old.glob("trash/*/content/corpus.json")
    manifest.write_bytes(content)
    report = upgrade_workspace(old)
    assert (report.after, report.n_files) == (record.SCHEMA_VERSION, 3)
    assert manifest.read_bytes() == content
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
