"""Exported rows read back as what they were."""

from __future__ import annotations

import csv
import json

import pytest
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.workflows.export_rows import ExportRows
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document

DOCUMENTS = [
    Document(id="a", text='one, "two"\nthree', title="é", extra={"n": 1, "tags": ["x", "y"]}),
    Document(id="b", text="=1+1", label="L", extra={"ok": True}),
    Document(id="c", text="plain"),
]


@pytest.fixture
def export(workspace, tmp_path):
    make_corpus(workspace, "notes", DOCUMENTS)

    def run(name, **choices):
        job = ExportRows("notes", str(tmp_path / name), **choices)
        return perform(job, workspace)

    return run


def test_json_lines_hold_every_column_in_row_order(export, tmp_path):
    assert export("out.jsonl")["rows"] == 3
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    first, second, third = map(json.loads, lines)
    assert first == {
        "id": "a", "title": "é", "text": 'one, "two"\nthree', "label": None, "n": 1,
        "tags": ["x", "y"], "ok": None,
    }  # fmt: skip
    assert (second["ok"], third["text"]) == (True, "plain")


@pytest.mark.parametrize(("name", "delimiter"), [("out.csv", ","), ("out.TSV", "\t")])
def test_a_table_reads_back_through_the_csv_module(export, tmp_path, name, delimiter):
    export(name)
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    assert list(rows[0]) == ["id", "title", "text", "label", "n", "tags", "ok"]
    assert rows[0]["text"] == 'one, "two"\nthree'
    assert rows[0]["tags"] == '["x", "y"]'
    assert (rows[1]["ok"], rows[2]["n"]) == ("true", "")


def test_search_results_keep_their_order_and_scores(export, tmp_path):
    export("out.csv", rows=(2, 0), scores=(0.75, 0.5))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rank"], row["score"], row["id"]) for row in rows] == [
        ("1", "0.75", "c"),
        ("2", "0.5", "a"),
    ]


def test_a_filter_chooses_the_rows(export):
    assert export("out.jsonl", filter='label = "L" or n = 1')["rows"] == 2
    assert export("out.jsonl", filter="n > 5")["rows"] == 0


@pytest.mark.parametrize(
    ("name", "choices", "sentence"),
    [
        ("out.xlsx", {}, "must end in .csv or .tsv or .jsonl"),
        ("no/such/out.csv", {}, "does not exist"),
        ("out.csv", {"rows": (1,), "scores": (1.0, 2.0)}, "one score for each row"),
        ("out.csv", {"rows": (7,)}, "no row 7"),
        ("out.csv", {"filter": "x = 1"}, "names x"),
    ],
)
def test_what_cannot_be_exported_is_told_and_leaves_no_file(
    export, tmp_path, name, choices, sentence
):
    with pytest.raises(LabError, match=sentence):
        export(name, **choices)
    assert not list(tmp_path.glob("out*"))


def test_an_older_file_stays_whole_if_the_export_fails(export, tmp_path):
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(LabError):
        export("out.csv", rows=(0, 9))
    assert (tmp_path / "out.csv").read_text() == "old"
