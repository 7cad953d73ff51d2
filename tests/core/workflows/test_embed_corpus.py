"""Embedding: every row its vector, only what is new, nothing twice."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from embedding_making import (
    documents,
    embed,
    embed_and_watch,
    expected,
    failure,
    vectors_by_row,
    warnings_of,
)
from encoder_making import HashEncoder, write_sentence_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobLogged, JobProgressed
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.vector_set import VectorSet

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def grow(workspace: Workspace, corpus: Corpus, more: list[Document]) -> Corpus:
    """Put a longer corpus of the same id in place, as importing more rows does."""
    longer = study_making.make_corpus(workspace, "longer", [*corpus.documents(), *more])
    shutil.rmtree(corpus.folder)
    record = (longer.folder / "corpus.json").read_text(encoding="utf-8")
    record = record.replace(longer.id, corpus.id).replace('"longer"', '"study"')
    (longer.folder / "corpus.json").write_text(record, encoding="utf-8")
    longer.folder.rename(corpus.folder)
    return workspace.corpus("study")


def test_every_row_gets_the_vector_of_title_and_text(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    result, events = embed_and_watch(workspace)
    assert set(result) == {
        "corpus", "encoder", "rows", "new_rows", "truncated", "empty",
        "unreadable",
        "modality", "embedding_prompt", "dim",
        "rows_per_second", "tokens_per_second", "fingerprint", "key", "seconds",
    }  # fmt: skip
    assert (result["rows"], result["new_rows"], result["dim"]) == (400, 400, 384)
    assert result["rows_per_second"] > 0
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus), atol=1e-6)
    progress = [event for event in events if isinstance(event, JobProgressed)]
    assert [event.step for event in progress] == sorted(event.step for event in progress)
    assert (progress[-1].step, progress[-1].total, progress[-1].unit) == (400, 400, "rows")
    assert progress[-1].metrics["rows_per_second"] > 0
    meta = VectorSet(workspace.embeddings_folder / result["key"]).meta
    assert (meta.corpus_id, meta.encoder_id, meta.precision) == (corpus.id, "starter", "fp32")
    assert meta.fingerprint == result["fingerprint"]


@pytest.mark.usefixtures("corpus")
def test_a_corpus_is_not_embedded_twice_and_no_engine_is_loaded_for_that(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = embed(workspace)
    monkeypatch.setattr(pool, "load", None)
    second = embed(workspace)
    assert (second["rows"], second["new_rows"], second["rows_per_second"]) == (400, 0, 0.0)
    assert (second["key"], second["truncated"]) == (first["key"], first["truncated"])


def test_only_the_rows_of_a_later_import_are_encoded(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    first = embed(workspace)
    hash_encoder.batches.clear()
    corpus = grow(workspace, corpus, documents(50, seed=1))
    second = embed(workspace)
    assert (second["rows"], second["new_rows"], second["key"]) == (450, 50, first["key"])
    assert sum(hash_encoder.batches) == 50
    found = vectors_by_row(workspace, second["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus), atol=1e-6)


@pytest.mark.usefixtures("corpus")
def test_the_limit_counts_rows_from_the_start(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    assert embed(workspace, limit=100)["rows"] == 100
    assert embed(workspace, limit=100)["new_rows"] == 0
    result, events = embed_and_watch(workspace, limit=150)
    assert (result["rows"], result["new_rows"]) == (150, 50)
    assert next(e for e in events if isinstance(e, JobProgressed)).step >= 100
    (vector_set,) = workspace.vector_sets()
    assert sorted(vector_set.rows()) == list(range(150))
    assert embed(workspace)["new_rows"] == 250
    assert embed(workspace, limit=10_000)["new_rows"] == 0


def test_empty_rows_are_left_out_counted_and_told(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    texts = ["one", "", "two", "  \n", ""]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    result, events = embed_and_watch(workspace)
    assert (result["rows"], result["empty"]) == (2, 3)
    assert "3 empty rows got no vector." in warnings_of(events)
    last = [event for event in events if isinstance(event, JobProgressed)][-1]
    assert last.step == last.total == 5
    hash_encoder.batches.clear()
    again = embed(workspace)
    assert (again["new_rows"], again["empty"], hash_encoder.batches) == (0, 3, [])
    asked = embed(workspace, encodes_empty=True)
    assert (asked["rows"], asked["new_rows"]) == (5, 3)


def test_truncated_rows_are_counted_and_told(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    texts = ["short", "long " * 300, "longer " * 400]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    result, events = embed_and_watch(workspace)
    assert result["truncated"] == 2
    assert "2 of 3 rows are longer than the 256 tokens starter takes" in warnings_of(events)[0]
    assert embed(workspace)["truncated"] == 2


def test_another_prompt_makes_other_vectors(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    bare = embed(workspace)
    prompted = embed(workspace, prompt="passage: ")
    assert bare["key"] != prompted["key"]
    found = vectors_by_row(workspace, prompted["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus, "passage: "), atol=1e-6)
    record = EncoderStore(workspace).get("starter")
    found_set = find_vector_set(workspace, corpus, record, prompt="passage: ")
    assert found_set is not None
    assert found_set.key == prompted["key"]


def test_a_missing_prompt_is_told(
    workspace: Workspace, corpus: Corpus, tmp_path: Path, no_engine: None
) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    record = EncoderStore(workspace).add(
        write_sentence_bert(tmp_path / "e5", prompts=prompts), "e5"
    )
    _, events = embed_and_watch(workspace, encoder="e5")
    assert "asks for prompts (query, passage), but none is set" in warnings_of(events)[0]
    result, events = embed_and_watch(workspace, encoder="e5", prompt_name="passage")
    assert not [message for message in warnings_of(events) if "prompt" in message]
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(HashEncoder(record), corpus, "passage: "), atol=1e-6)


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"corpus": "studi"}, "There is no corpus named studi."),
        ({"encoder": "starte"}, "There is no encoder named starte."),
        ({"prompt_name": "query"}, "The encoder starter has no prompt named query."),
        ({"precision": "fp8"}, "There is no precision fp8."),
        ({"limit": -1}, "The limit cannot be negative."),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_sentence(
    workspace: Workspace, inputs: dict[str, Any], sentence: str
) -> None:
    failed = failure(workspace, **inputs)
    assert failed.message == sentence
    assert failed.hint
    assert workspace.vector_sets() == []


def test_an_empty_corpus_is_done_at_once(workspace: Workspace, hash_encoder: HashEncoder) -> None:
    study_making.make_corpus(workspace, "study", [])
    result = embed(workspace)
    assert (result["rows"], result["new_rows"], result["dim"]) == (0, 0, 384)
    assert hash_encoder.batches == []


def test_the_real_engine_embeds_like_the_library(workspace: Workspace, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = write_sentence_bert(tmp_path / "bert")
    EncoderStore(workspace).add(folder, "tiny")
    corpus = study_making.make_corpus(workspace, "study", documents(60))
    settings = load_settings()
    settings.token_budget = 256
    save_settings(settings)
    pool.unload_all()
    result, events = embed_and_watch(workspace, encoder="tiny")
    oracle = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(
        [document.full_text for document in corpus.documents()], normalize_embeddings=True
    )
    np.testing.assert_allclose(vectors_by_row(workspace, result["key"]), oracle, atol=1e-5)
    assert "Loading tiny…" in [e.message for e in events if isinstance(e, JobLogged)]
