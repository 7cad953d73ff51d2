"""Mining negatives, looking at them, comparing and deleting them from the command line."""

from __future__ import annotations

import json

import pytest

N = 40


@pytest.fixture
def ready(lab, tmp_path):
    """A workspace with a corpus of pairs named ``pairs``."""
    lines = [json.dumps({"text": f"answer {i}", "ask": f"question {i}"}) for i in range(N)]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = lab("corpus", "import", path, "--name", "pairs", "--role", "ask=query")
    assert done.status == 0, done.err
    return lab


def test_mining_answers_with_the_figures_and_the_comparison(ready):
    done = ready("negatives", "mine", "pairs", "--set", "negatives=3", "--name", "x", "--json")
    assert done.status == 0, done.err
    assert done.value["values"]["negatives"] == 3
    assert done.value["n_rows"] == N
    assert {"coverage", "recall", "false_negatives", "notes", "rows_digest"} <= done.value.keys()
    assert [entry["sampler"] for entry in done.value["comparison"]] == [
        "saha", "top_k_negatives", "random",
    ]  # fmt: skip


def test_a_person_reads_the_same_figures(ready):
    done = ready("negatives", "mine", "pairs", "--sampler", "top_k_negatives")
    assert "pairs top_k_negatives: " in done.out
    assert "recall@10" in done.out
    assert "random pairs" in done.out
    assert "an estimate" in done.out


def test_tables_are_listed_shown_compared_and_deleted(ready):
    ready("negatives", "mine", "pairs", "--name", "careful")
    ready("negatives", "mine", "pairs", "--sampler", "top_k_negatives", "--name", "hard")
    listed = ready("negatives", "list", "--corpus", "pairs", "--json").value["negatives"]
    assert [entry["name"] for entry in listed] == ["careful", "hard"]
    assert "careful" in ready("negatives", "list").out

    shown = ready("negatives", "show", "hard", "--clusters", "2", "--order", "hardest", "--json")
    clusters = shown.value["clusters"]
    assert shown.value["is_current"]
    assert len(clusters) == 2
    assert clusters[0]["candidate_cosine"] >= clusters[1]["candidate_cosine"]
    assert clusters[0]["anchor"]["query"]["text"].startswith("question ")
    text = ready("negatives", "show", "hard").out
    assert "→ answer" in text

    compared = ready("negatives", "compare", "hard", "careful", "--json").value
    first, second = (entry["shared"] for entry in compared["tables"])
    assert 0 <= second < first == 1
    assert compared["warnings"] == []
    assert "In the first" in ready("negatives", "compare", "hard", "careful").out

    assert ready("negatives", "delete", "hard", "--json").value["deleted"] == "hard"
    assert [e["name"] for e in ready("negatives", "list", "--json").value["negatives"]] == [
        "careful"
    ]


def test_tables_of_other_rows_are_compared_with_a_warning(ready):
    ready("negatives", "mine", "pairs", "--name", "all")
    ready("negatives", "mine", "pairs", "--limit", "30", "--name", "some")
    compared = ready("negatives", "compare", "all", "some", "--json").value
    assert compared["tables"][1]["shared"] is None
    assert compared["warnings"] == ["some and all were mined from different rows."]


def test_clusters_of_a_corpus_that_has_changed_are_shown_by_number(ready, tmp_path):
    ready("negatives", "mine", "pairs", "--name", "old")
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"text": "answer x", "ask": "question x"}) + "\n", encoding="utf-8")
    assert ready("corpus", "import", more, "--into", "pairs").status == 0
    shown = ready("negatives", "show", "old", "--json").value
    assert not shown["is_current"]
    assert shown["clusters"][0]["anchor"]["query"] is None
    assert "The corpus has changed since" in ready("negatives", "show", "old").out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("mine", "pairs", "--sampler", "random_batches"), 1, "does not mine negatives"),
        (("mine", "pairs", "--set", "negatives=many"), 1, "whole number"),
        (("mine", "pairs", "--set", "negatives=200"), 1, "distinct positives"),
        (("show", "none"), 1, "no negatives named none"),
        (("delete", "none"), 1, "no negatives named none"),
        (("compare",), 2, "NAME"),
    ],
)
def test_what_makes_no_sense_ends_with_a_sentence(ready, words, status, said):
    done = ready("negatives", *words)
    assert done.status == status
    assert said in done.err


def test_no_tables_are_told_as_such(lab):
    assert lab("negatives", "list").out.strip() == "No negatives have been mined."
    assert lab("negatives", "list", "--json").value == {"negatives": []}
