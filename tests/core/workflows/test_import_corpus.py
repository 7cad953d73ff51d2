"""Importing as a job: every row accounted for, columns by their roles, and real data."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from import_making import failed, imported, write_table

from embedding_lab.jobs.events import Event, JobCompleted, JobFailed, JobProgressed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.training.read_rows import read_rows
from embedding_lab.types import RowForm
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus import CORPUS_FILE, DATABASE_FILE
from embedding_lab.workspace.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


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
