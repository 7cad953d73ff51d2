"""Searching: the right rows, honest counts, and sentences where it cannot be done."""

from __future__ import annotations

import numpy as np
import pytest
from encoder_making import HashEncoder, write_sentence_bert
from study_making import make_corpus

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import open_workspace

DOCUMENTS = [
    Document(id="w1", text="whale", label="sea", extra={"year": 1851}),
    Document(id="w2", text="shark", label="sea", extra={"year": 1975}),
    Document(id="l1", text="lion", title="The", label="land"),
    Document(id="e1", text=""),
    Document(id="w3", text="whale", label="sea", extra={"year": 2003}),
]


@pytest.fixture
def run(workspace, no_engine):
    make_corpus(workspace, "animals", DOCUMENTS)

    def perform_quietly(job):
        return perform(job, workspace)

    return perform_quietly


@pytest.fixture
def search(run):
    run(EmbedCorpus("animals"))
    return lambda query="", **choices: run(SearchCorpus("animals", query, **choices))


def ids(result):
    return [item["id"] for item in result["results"]]


def test_the_nearest_rows_come_first_with_everything_told(search):
    result = search("whale", k=3)
    assert ids(result)[:2] == ["w1", "w3"]
    first = result["results"][0]
    assert first | {"score": 1.0} == {
        "rank": 1, "row": 0, "id": "w1", "score": 1.0, "text": "whale", "label": "sea",
        "extra": {"year": 1851},
    }  # fmt: skip
    assert first["score"] == pytest.approx(1, abs=1e-6)
    assert len(result["results"]) == 3
    assert result["encoder"] == "starter"
    assert result["index"] == {"kind": "exact", "recall_at_10": 1.0, "p95_ms": None}
    assert (result["n_searched"], result["n_rows"], result["stale"]) == (4, 5, 0)


def test_a_title_is_part_of_what_is_compared(search):
    assert ids(search("The lion", k=1)) == ["l1"]
    assert search("The lion", k=1)["results"][0]["title"] == "The"


def test_a_filter_leaves_rows_out_of_the_search(search):
    result = search("whale", filter='label = "sea" and year > 1900')
    assert ids(result)[0] == "w3"
    assert sorted(ids(result)) == ["w2", "w3"]
    assert result["n_searched"] == 2
    assert ids(search("whale", filter='label = "air"')) == []


def test_more_like_a_row_leaves_the_row_itself_out(search):
    assert ids(search(like_row=0))[0] == "w3"
    assert "w1" not in ids(search(like_row=0, k=10))
    assert sorted(ids(search(like_row=0, filter='label = "sea"'))) == ["w2", "w3"]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({}, "one of the three"),
        ({"query": "whale", "like_row": 1}, "one of the three"),
        ({"query": "whale", "k": 0}, "at least 1"),
        ({"like_row": 3}, "Row 3 of animals has no vector"),
        ({"like_row": 99}, "has no row 99"),
        ({"query": "whale", "filter": "colour = 3"}, "names colour"),
        ({"query": "whale", "encoder": "starte"}, "no encoder named starte"),
    ],
)
def test_what_cannot_be_searched_is_told(search, choices, sentence):
    with pytest.raises(LabError, match=sentence):
        search(**choices)


def test_a_corpus_that_is_not_embedded_says_how_to_embed_it(run):
    with pytest.raises(LabError, match="animals is not embedded yet") as caught:
        run(SearchCorpus("animals", "whale"))
    assert "embedding-lab embed animals" in caught.value.hint


def test_rows_without_a_vector_are_counted(run):
    run(EmbedCorpus("animals", limit=2))
    result = run(SearchCorpus("animals", "whale"))
    assert (result["n_searched"], result["stale"]) == (2, 2)


def test_without_a_name_the_most_complete_encoder_is_taken(run, workspace, tmp_path):
    write_sentence_bert(tmp_path / "bert", prompts={"query": "q: "})
    EncoderStore(workspace).add(tmp_path / "bert", "tiny")
    run(EmbedCorpus("animals", limit=2))
    run(EmbedCorpus("animals", "tiny"))
    assert run(SearchCorpus("animals", "whale"))["encoder"] == "tiny"
    assert run(SearchCorpus("animals", "whale", encoder="starter"))["encoder"] == "starter"


def test_the_encoders_own_query_prompt_is_used_unless_another_is_given(
    run, workspace, tmp_path, monkeypatch
):
    write_sentence_bert(tmp_path / "bert", prompts={"query": "q: "})
    EncoderStore(workspace).add(tmp_path / "bert", "tiny")
    run(EmbedCorpus("animals", "tiny"))
    told = []
    encode = HashEncoder._vector
    monkeypatch.setattr(
        HashEncoder, "_vector", lambda self, text: told.append(text) or encode(self, text)
    )
    result = run(SearchCorpus("animals", "whale"))
    assert "tiny asks for prompts (query)" in result["warning"]
    run(SearchCorpus("animals", "whale", prompt=""))
    run(SearchCorpus("animals", "whale", prompt="about "))
    assert told == ["q: whale", "whale", "about whale"]


def test_new_vectors_are_found_although_the_index_stays_open(run):
    run(EmbedCorpus("animals", limit=1))
    assert ids(run(SearchCorpus("animals", "whale"))) == ["w1"]
    run(EmbedCorpus("animals"))
    assert ids(run(SearchCorpus("animals", "whale")))[:2] == ["w1", "w3"]


def test_a_read_only_workspace_can_be_searched(run, workspace, monkeypatch):
    run(EmbedCorpus("animals"))
    with open_workspace(workspace.folder) as other:
        assert not other.is_writable
        result = perform(SearchCorpus("animals", "shark"), other, lambda event: None)
    assert ids(result)[0] == "w2"


def test_searches_leave_no_record(search, workspace):
    before = list(workspace.runs_folder.glob("*"))
    search("whale")
    assert list(workspace.runs_folder.glob("*")) == before


def test_the_scores_are_the_inner_products(search, workspace):
    encoder = HashEncoder(EncoderStore(workspace).get("starter"))
    texts = {d.id: d.full_text for d in DOCUMENTS}
    for item in search("lion")["results"]:
        a, b = encoder._vector("lion"), encoder._vector(texts[item["id"]])
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert item["score"] == pytest.approx(float(cosine), abs=1e-5)
