"""Commands that embed a corpus, search it, take its vectors away, and evaluate an encoder on it."""

from __future__ import annotations

import json

import numpy as np
from study_making import make_corpus

from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import open_workspace


def test_embed_tells_its_figures_and_does_nothing_twice(lab, animals):
    lab("corpus", "import", animals)
    value = lab("embed", "animals", "--limit", "2", "--json").value
    assert set(value) >= {
        "corpus", "encoder", "rows", "new_rows", "truncated", "dim", "rows_per_second",
        "fingerprint",
    }  # fmt: skip
    assert (value["rows"], value["new_rows"], value["dim"]) == (2, 2, 384)
    assert "Embedded 3 rows" in lab("embed", "animals", "--encoder", "starter").out
    assert "Nothing to do: 5 rows of animals" in lab("embed", "animals").out


def test_vectors_export_writes_the_corpus_order(embedded, tmp_path):
    words = ("vectors", "export", "animals", "--encoder", "starter", "--to", tmp_path / "v.npy")
    value = embedded(*words, "--ids-to", tmp_path / "ids.txt", "--json").value
    assert set(value) == {"path", "rows", "dim", "missing"}
    assert np.load(tmp_path / "v.npy").shape == (5, 384)
    assert (tmp_path / "ids.txt").read_text().split() == ["w1", "w2", "l1", "w3", "b1"]
    assert "Wrote 5 vectors of 384 dimensions" in embedded(*words).out


def test_search_json_has_the_promised_fields(embedded):
    value = embedded("search", "animals", "whale", "-k", "2", "--json").value
    assert set(value) >= {"query", "encoder", "index", "results"}
    assert set(value["index"]) == {"kind", "recall_at_10", "p95_ms"}
    assert [item["id"] for item in value["results"]] == ["w1", "w3"]
    assert set(value["results"][0]) >= {"rank", "row", "id", "score", "text"}


def test_search_by_row_filter_and_file(embedded, tmp_path):
    to = tmp_path / "found.jsonl"
    outcome = embedded(
        "search", "animals", "--like", "0", "--filter", "year > 1900", "--to", to, "--json"
    )
    assert outcome.value["results"][0]["id"] == "w3"
    assert outcome.value["path"] == str(to)
    assert json.loads(to.read_text().splitlines()[0])["id"] == "w3"
    lines = embedded("search", "animals", "whale").out.splitlines()
    assert lines[0].split() == ["Rank", "Score", "Row", "Id", "Text"]
    assert lines[1].split() == ["1", "1.0000", "0", "w1", "whale"]
    assert embedded("search", "animals", "x", "--filter", "year > 9999").out == (
        "No row fits the filter.\n"
    )


def test_text_cannot_steer_the_terminal(lab, tmp_path):
    path = tmp_path / "evil.jsonl"
    path.write_text(json.dumps({"text": "red \x1b[31m alert\x07\nnext"}) + "\n")
    lab("corpus", "import", path)
    lab("embed", "evil")
    for out in (lab("search", "evil", "red").out, lab("corpus", "show", "evil").out):
        assert "\x1b" not in out
        assert "\x07" not in out


def test_evaluate_reports_metrics_with_intervals(lab, tmp_path):
    with open_workspace(tmp_path / "Study.embedlab") as workspace:
        documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(20)]
        judgements = [("test", f"q{i}", f"d{i}", 1.0) for i in range(5)]
        queries = {f"q{i}": f"text {i}" for i in range(5)}
        make_corpus(workspace, "judged", documents, queries, judgements)
    lab("embed", "judged")
    words = ("evaluate", "--encoder", "starter", "--task", "retrieval", "--data", "judged")
    value = lab(*words, "--json").value
    assert (value["task"], value["n"]) == ("retrieval", 5)
    assert value["metrics"]["ndcg@10"] == {"value": 1.0, "ci": [1.0, 1.0]}
    out = lab(*words, "-k", "3").out
    assert out.startswith("starter on judged, 5 queries of test, 20 documents\n")
    assert "recall@3" in out


def test_an_estimate_is_given_and_nothing_encoded(lab, animals):
    lab("corpus", "import", animals, "--keep-empty")
    value = lab("embed", "animals", "--estimate", "--json").value
    assert (value["rows"], value["fits"]) == (5, True)
    shown = lab("embed", "animals", "--estimate")
    assert shown.status == 0
    assert shown.out.startswith("Fits; will take about 1 s and 1 MB.")
    assert lab("workspace", "info", "--json").value["embeddings"] == 0
