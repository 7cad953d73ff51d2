"""Importing into a corpus that is there brings in only what is new."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from import_making import contents, failed, imported, perform, write_table

from embedding_lab.jobs.events import JobCompleted
from embedding_lab.jobs.record import create_run
from embedding_lab.storage import read_json, write_json
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus import CORPUS_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace


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
