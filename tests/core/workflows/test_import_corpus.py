"""Importing as a job: cancelled, killed, continued, repeated, appended, and on real data."""

from __future__ import annotations

import csv
import errno
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import Event, JobCancelled, JobCompleted, JobFailed, JobProgressed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.readers import staging
from embedding_lab.storage import read_json, write_json
from embedding_lab.training.read_rows import read_rows
from embedding_lab.types import RowForm
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus import CORPUS_FILE, DATABASE_FILE, Corpus
from embedding_lab.workspace.corpus_writer import CorpusWriter
from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import sys
from pathlib import Path
from embedding_lab.jobs.run import run_job
from embedding_lab.readers import staging
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.workspace import open_workspace
staging.BATCH_ITEMS, staging.COMMIT_EVERY_S = 500, 0.0
with open_workspace(sys.argv[1]) as workspace:
    print("started", flush=True)
    job = ImportCorpus(tuple(sys.argv[3:]))
    event = run_job(job, workspace, lambda _: None, folder=Path(sys.argv[2]), is_continued=True)
    print(type(event).__name__)
"""


def perform(
    workspace: Workspace, *paths: Path | str, folder: Path | None = None, **inputs: Any
) -> JobCompleted | JobCancelled | JobFailed:
    job = ImportCorpus(tuple(map(str, paths)), **inputs)
    run_folder = folder or create_run(workspace.runs_folder, job)
    return run_job(
        job, workspace, lambda _: None, folder=run_folder, is_continued=folder is not None
    )


def imported(workspace: Workspace, *paths: Path | str, **inputs: Any) -> dict[str, Any]:
    event = perform(workspace, *paths, **inputs)
    assert isinstance(event, JobCompleted), event
    return event.result


def failed(workspace: Workspace, *paths: Path | str, **inputs: Any) -> JobFailed:
    event = perform(workspace, *paths, **inputs)
    assert isinstance(event, JobFailed), event
    assert "unexpected" not in event.message
    return event


def contents(corpus: Corpus) -> list[Any]:
    """Everything a corpus holds, in order."""
    with corpus.connect() as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            for table in ("documents", "queries", "qrels", "report")
        ]


def write_table(path: Path, n_rows: int, *, bad_every: int = 50) -> Path:
    """Write a table with some ragged rows, empty texts and repeated ids."""
    chance = random.Random(path.name)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "text", "year"])
        for number in range(n_rows):
            row = [
                f"{path.stem}{number - number % 97 // 96}",
                f"Title {number}",
                "wörds " * 5,
                1990,
            ]
            if number % bad_every == 7:
                row = row[:2] if chance.random() < 0.5 else [row[0], "", "", "2000"]
            writer.writerow(row)
    return path


def test_the_result_accounts_for_every_row(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, write_table(tmp_path / "birds.csv", 1000), name="Birds")
    assert result["corpus"] == "Birds"
    assert result["rows"] == result["new_rows"]
    assert result["rows"] + result["n_rejected"] == 1000
    assert len(result["rejected"]) == result["n_rejected"] == 20
    assert result["notes"] == 10  # repeated ids
    assert set(result["rejected"][0]) == {"file", "line", "reason"}
    assert result["rejected"][0]["line"] == 9
    corpus = workspace.corpus("Birds")
    assert corpus.columns == ("id", "title", "text", "year")
    assert corpus.sources[0].n_rows == corpus.n_rows
    assert not list(workspace.runs_folder.glob("*/staging"))


def test_progress_ends_at_the_exact_number_and_never_goes_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        write_table(tmp_path / "in" / name, 5000)
    events: list[Event] = []
    job = ImportCorpus((str(tmp_path / "in"),))
    run_job(job, workspace, events.append, folder=create_run(workspace.runs_folder, job))
    steps = [(event.step, event.total) for event in events if isinstance(event, JobProgressed)]
    assert [step for step, _ in steps] == sorted(step for step, _ in steps)
    assert steps[-1] == (10_000, 10_000)
    assert all(0.4 < total / 10_000 < 2.5 for _, total in steps)


def test_a_cancelled_import_is_continued_to_the_same_corpus(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BATCH_ITEMS", 100)
    paths = [write_table(tmp_path / name, 3000) for name in ("a.csv", "b.csv")]
    imported(workspace, *paths, name="whole")
    job = ImportCorpus(tuple(map(str, paths)), name="whole", again=True)
    folder = create_run(workspace.runs_folder, job)
    for stop_at in (150, 2500, 4100):
        token = CancellationToken()

        def cancel(event: Event, token: CancellationToken = token, stop_at: int = stop_at) -> None:
            if isinstance(event, JobProgressed) and event.step > stop_at:
                token.cancel()

        is_continued = (folder / "staging").exists()
        event = run_job(
            job, workspace, cancel, token=token, folder=folder, is_continued=is_continued
        )
        assert isinstance(event, JobCancelled)
        assert len(workspace.corpora()) == 1
    assert isinstance(
        perform(workspace, *paths, folder=folder, again=True, name="whole"), JobCompleted
    )
    first, second = workspace.corpora()
    assert second.name == "whole 2"
    assert contents(first) == contents(second)
    assert [source.digest for source in first.sources] == [s.digest for s in second.sources]
    assert first.extra_columns == second.extra_columns


def test_an_import_killed_at_random_moments_goes_on_to_the_same_corpus(tmp_path: Path) -> None:
    paths = [str(write_table(tmp_path / name, 40_000)) for name in ("a.csv", "b.csv")]
    with create_workspace(tmp_path / "w") as workspace:
        imported(workspace, *paths)
        folder = create_run(workspace.runs_folder, ImportCorpus(tuple(paths)))
    command = [sys.executable, "-c", CHILD, str(tmp_path / "w"), str(folder), *paths]
    chance = random.Random(5)
    n_killed = 0
    for _ in range(5):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout:
            child.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.25))
            child.send_signal(signal.SIGKILL)
            child.wait()
        n_killed += child.returncode == -signal.SIGKILL
    assert n_killed >= 3
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "JobCompleted" in output
    with open_workspace(tmp_path / "w") as workspace:
        first, second = workspace.corpora()
        assert contents(first) == contents(second)
        assert first.sources[1].digest == second.sources[1].digest


def test_continuing_a_finished_import_does_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", 100)
    folder = create_run(workspace.runs_folder, ImportCorpus((str(path),)))
    first = perform(workspace, path, folder=folder)
    second = perform(workspace, path, folder=folder)
    assert isinstance(first, JobCompleted)
    assert isinstance(second, JobCompleted)
    assert first.result["id"] == second.result["id"]
    assert len(workspace.corpora()) == 1


def cut_import(workspace: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the run folder of an import of a table that was cancelled in its middle."""
    job = ImportCorpus((str(path),))
    folder = create_run(workspace.runs_folder, job)
    token = CancellationToken()
    monkeypatch.setattr(staging, "BATCH_ITEMS", 100)

    def cancel(event: Event) -> None:
        if isinstance(event, JobProgressed):
            token.cancel()

    run_job(job, workspace, cancel, token=token, folder=folder)
    return folder


def test_files_that_changed_in_between_are_not_mixed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_table(tmp_path / "a.csv", 1000)
    folder = cut_import(workspace, path, monkeypatch)
    write_table(path, 1001)
    event = perform(workspace, path, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == "The files changed since the import was interrupted."


def test_an_import_that_a_newer_program_began_is_left_to_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_table(tmp_path / "a.csv", 1000)
    folder = cut_import(workspace, path, monkeypatch)
    writer = CorpusWriter(folder / "staging")
    position = writer.position()
    writer.commit(position | {"languages": {"a.csv": "en"}})
    writer.close()
    event = perform(workspace, path, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == (
        "The interrupted import was written by a newer Embedding Lab: this one does not know "
        "what languages means."
    )
    writer = CorpusWriter(folder / "staging")
    writer.commit(position)
    writer.close()
    assert isinstance(perform(workspace, path, folder=folder), JobCompleted)
    assert workspace.corpora()[0].n_rows == 980  # the others are rejected, with reasons


def test_a_file_is_not_imported_twice_unless_asked(workspace: Workspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", 100)
    imported(workspace, path, name="first")
    copy = shutil.copy(path, tmp_path / "other name.csv")
    event = failed(workspace, copy)
    assert event.message == "other name.csv is in the corpus first already."
    assert len(workspace.corpora()) == 1
    assert imported(workspace, copy, again=True)["corpus"] == "other name"


def test_appending_brings_in_only_what_is_new(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,label\n1,one,x\n2,two,y\n")
    imported(workspace, path, name="corpus")
    path.write_text("id,text,label,year\n1,one,x,\n2,changed,y,1999\n3,three,x,2000\n4,,x,1\n")
    result = imported(workspace, path, into="corpus")
    assert (result["rows"], result["new_rows"]) == (4, 2)
    assert [(line["line"], line["reason"]) for line in result["rejected"]] == [
        (5, "empty text"),
        (2, "already in the corpus"),
    ]
    corpus = workspace.corpus("corpus")
    assert [(item.row, item.id, item.text) for item in corpus.documents()] == [
        (0, "1", "one"), (1, "2", "two"), (2, "2#2", "changed"), (3, "3", "three"),
    ]  # fmt: skip
    assert corpus.extra_columns == ("year",)
    assert corpus.documents_at([3])[0].extra == {"year": "2000"}
    assert len(corpus.sources) == 2
    assert [line.reason for line in corpus.report() if not line.is_rejected] == [
        "the id 2 is taken; kept as 2#2"
    ]
    # Once more: nothing is new, not even the row that had to be given another id.
    assert imported(workspace, path, into="corpus")["new_rows"] == 0


def test_appending_texts_without_ids_compares_them(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\ntwo\n")
    imported(workspace, path)
    path.write_text("two\nthree\none\nfour\n")
    result = imported(workspace, path, into="a")
    assert (result["rows"], result["new_rows"], result["n_rejected"]) == (5, 2, 2)
    assert [(item.id, item.text) for item in workspace.corpus("a").documents(3)] == [
        ("3", "three"),
        ("4", "four"),
    ]


def test_judgements_may_be_appended_to_documents_that_are_there(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": "one"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "ask"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    imported(workspace, folder)
    (folder / "corpus.jsonl").write_text('{"_id": "d2", "text": "two"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "ask"}\n')
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t2\nq1\td3\t1\n"
    )
    result = imported(workspace, folder, into="set")
    assert (result["rows"], result["queries"], result["judgements"]) == (2, 1, 2)
    assert [line["reason"] for line in result["rejected"]] == [
        "there is no document with the id d3",
        "the query q1 is already in the corpus",
        "the judgement of d1 is already in the corpus",
    ]
    assert workspace.corpus("set").judgements("test") == {"q1": {"d1": 1, "d2": 2}}


def test_an_append_killed_before_its_manifest_is_repaired(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "a.csv", 300)
    imported(workspace, path, name="corpus")
    corpus = workspace.corpus("corpus")
    before = read_json(corpus.folder / CORPUS_FILE)
    more = write_table(tmp_path / "b.csv", 200)
    job = ImportCorpus((str(more),), into="corpus")
    folder = create_run(workspace.runs_folder, job)
    first = perform(workspace, more, folder=folder, into="corpus")
    assert isinstance(first, JobCompleted)
    after = contents(workspace.corpus("corpus"))
    # As if the process had died between the database and the manifest.
    write_json(corpus.folder / CORPUS_FILE, before)
    halfway = workspace.corpus("corpus")
    assert halfway.n_rows == len(halfway.ids()) == len(halfway.select()) == before["n_rows"]
    again = perform(workspace, more, folder=folder, into="corpus")
    assert isinstance(again, JobCompleted)
    assert again.result["rows"] == first.result["rows"]
    assert again.result["new_rows"] == first.result["new_rows"]
    assert contents(workspace.corpus("corpus")) == after


def test_an_import_of_nothing_fails_with_the_first_reasons(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": ""}\n{"text": \n')
    event = failed(workspace, path)
    assert (
        "Nothing of a could be imported: a.jsonl line 1: empty text; a.jsonl line 2"
        in event.message
    )
    assert workspace.corpora() == []
    assert not list(workspace.runs_folder.glob("*/staging"))


def test_a_wrong_role_or_option_is_explained(workspace: Workspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", 10)
    assert (
        "no column named words"
        in failed(workspace, path, options={"roles": {"words": "text"}}).message
    )
    assert (
        "no column role named txt"
        in failed(workspace, path, options={"roles": {"text": "txt"}}).message
    )
    assert "no reading option named sep" in failed(workspace, path, options={"sep": ","}).message
    assert (
        "no text encoding named utf-9"
        in failed(workspace, path, options={"encoding": "utf-9"}).message
    )


def test_roles_chosen_by_the_user_decide(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c,text\n1,two,three,four\n")
    roles = {"b": "text", "c": "text", "text": "label", "a": "ignore"}
    imported(workspace, path, options={"roles": roles})
    document = next(workspace.corpus("a").documents())
    assert (document.text, document.label, document.extra) == ("two\nthree", "four", {})


def test_pair_columns_keep_their_meaning(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"query": "a long question", "passage": "an answer", "neg": ["no answer", "none"]}
    path.write_text(json.dumps(row) + "\n")
    imported(workspace, path)
    corpus = workspace.corpus("a")
    assert corpus.roles == {"query": "query", "neg": "negative"}
    assert next(corpus.documents()).extra["neg"] == '["no answer", "none"]'


def test_pairs_whose_roles_leave_no_text_come_in_by_their_first_text(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("a,b\nfirst,second\n,alone\nthird,fourth\n", encoding="utf-8")
    roles = {"a": "query", "b": "positive"}
    result = imported(workspace, path, options={"roles": roles})
    corpus = workspace.corpus(result["corpus"])
    assert [document.text for document in corpus.documents()] == ["first", "third"]
    assert [document.extra for document in corpus.documents()] == [{"b": "second"}, {"b": "fourth"}]
    assert result["rejected"][0]["reason"] == "empty text"
    assert len(read_rows(corpus, RowForm.PAIRS)) == 2


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), None])
def test_a_full_disk_is_told_and_can_be_continued(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    first = write_table(tmp_path / "a.csv", 100)
    imported(workspace, first, name="old")
    before = contents(workspace.corpus("old"))
    path = write_table(tmp_path / "b.csv", 3000)
    job = ImportCorpus((str(path),))
    folder = create_run(workspace.runs_folder, job)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "BATCH_ITEMS", 500)
        _fill_the_disk(patch, error)
        event = run_job(job, workspace, lambda _: None, folder=folder)
    assert isinstance(event, JobFailed)
    assert event.message == "The disk is full."
    assert contents(workspace.corpus("old")) == before
    assert isinstance(perform(workspace, path, folder=folder), JobCompleted)
    assert workspace.corpus("b").n_rows == 3000 - 60


def _fill_the_disk(patch: pytest.MonkeyPatch, error: OSError | None) -> None:
    """Let the third batch find no room: by an error, or by SQLite's own limit on pages."""
    original = CorpusWriter.add_documents

    def add(self: CorpusWriter, *args: Any, **options: Any) -> Any:
        if self.n_rows > 900:
            if error is not None:
                raise error
            pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
            self._connection.execute(f"PRAGMA max_page_count = {pages}")
        return original(self, *args, **options)

    patch.setattr(CorpusWriter, "add_documents", add)


def test_a_read_only_workspace_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", 10)
    with closing(open_workspace(workspace.folder)) as second:
        event = run_job(ImportCorpus((str(path),)), second, lambda _: None, folder=tmp_path)
    assert isinstance(event, JobFailed)
    assert "read-only" in event.message


def test_without_a_run_folder_the_workspace_still_gets_the_corpus(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "a.csv", 10)
    event = run_job(ImportCorpus((str(path),)), workspace, lambda _: None)
    assert isinstance(event, JobCompleted)
    assert workspace.corpus("a").n_rows == event.result["rows"]


def test_twenty_thousand_bad_rows_are_all_in_the_report(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "one"}\n' + "{broken\n" * 20_000)
    result = imported(workspace, path)
    assert (result["rows"], result["n_rejected"], len(result["rejected"])) == (1, 20_000, 1000)
    assert workspace.corpus("bad").report(limit=1, offset=19_999)[0].line == 20_001


def test_explicit_ids_win_over_row_numbers(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "no id"}\n{"id": "0", "text": "zero"}\n{"id": 7, "text": "seven"}\n')
    imported(workspace, path)
    assert workspace.corpus("a").ids() == ["0#2", "0", "7"]


def test_scifact_comes_in_whole_with_queries_and_judgements(
    workspace: Workspace, test_data: Path
) -> None:
    folder = test_data / "data" / "scifact"
    result = imported(workspace, folder)
    assert (result["rows"], result["queries"], result["n_rejected"]) == (5183, 1109, 0)
    corpus = workspace.corpus("scifact")
    assert corpus.splits == ("test", "train")
    assert sum(map(len, corpus.judgements("test").values())) == 339
    assert len(corpus.queries("test")) == 300
    assert corpus.has_titles
    assert corpus.documents_at([0])[0].id == "4983"
    # Only the documents, when only their file is chosen.
    alone = imported(workspace, folder / "corpus.jsonl.gz", again=True)
    assert (alone["rows"], alone["queries"]) == (5183, 0)


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("ag-news/test.csv", None, ("id", "text", "label")),
        ("banking77/test.csv", 3080, ("id", "text", "label")),
        ("stsb/stsb-en-dev.tsv", 1000, None),
        ("wiki-sentences/wiki-sentences.txt", None, ("id", "text")),
        ("sugarcrepe/add_att.json", 692, None),
        ("movielens-latest-small/movies.csv", 9742, None),
        ("cosqa/corpus.jsonl", 552, None),
        ("medline/corpus.jsonl.gz", 1033, ("id", "text")),
    ],
)
def test_real_files_come_in_whole(
    name: str,
    rows: int | None,
    columns: tuple[str, ...] | None,
    workspace: Workspace,
    test_data: Path,
) -> None:
    path = test_data / "data" / name
    result = imported(workspace, path)
    assert result["n_rejected"] == 0
    corpus = workspace.corpora()[0]
    if rows is not None:
        assert corpus.n_rows == rows
    if columns is not None:
        assert corpus.columns == columns


def test_the_staging_database_is_small_change(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, write_table(tmp_path / "a.csv", 2000), name="a")
    folder = workspace.corpus("a").folder
    assert {file.name for file in folder.iterdir()} == {CORPUS_FILE, DATABASE_FILE}
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
