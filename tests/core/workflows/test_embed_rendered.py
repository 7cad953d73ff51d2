"""Corpora embedded with an embedding prompt, and what is searched and measured among them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from encoder_making import HashEncoder, write_sentence_bert
from study_making import make_corpus
from transformer_making import noise_pictures, write_seeing_model

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Picture
from embedding_lab.encoders.fingerprint import find_vector_set, is_current
from embedding_lab.encoders.prepare import encode_now
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.two_sided import rendering_of
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobProgressed
from embedding_lab.jobs.job import job_from_record
from embedding_lab.storage import read_json, write_json
from embedding_lab.study import Study
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.compare_instructions import CompareInstructions
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.estimate_embedding import EstimateEmbedding
from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval
from embedding_lab.workflows.perform import JobCancelledError, perform
from embedding_lab.workflows.score_prompts import ScorePrompts
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.vector_set import META_FILE

pytestmark = pytest.mark.usefixtures("unloaded")

TEXTS = ("whale", "shark", "a tuna in a tin", "lion", "cow", "mole")
SYSTEM = (
    "Given an image, summarize the provided image in one word. "
    "Given only text, describe the text in one word."
)
HEAD = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
TAIL = "<|im_end|>\n<|im_start|>assistant\n"
QUERY = "\nRepresent the given text in one word."
TOLERANCE = 1e-5


@pytest.fixture
def corpus(workspace):
    documents = [
        Document(id=text, text=text, label="sea" if at < 3 else "land")
        for at, text in enumerate(TEXTS)
    ]
    judged = [("test", "q1", "whale", 1), ("test", "q2", "lion", 1)]
    return make_corpus(
        workspace, "animals", documents, {"q1": "big fish", "q2": "king of beasts"}, judged
    )


def state_at_the_end(record, whole):
    """Return what the library itself makes of a prompt that was put together by hand."""
    model = pool.load(record).model
    ids = model.tokenizer("<s>" + whole, add_special_tokens=False, return_tensors="pt")
    state = model[0].model(**ids).last_hidden_state[0, -1].detach().numpy()
    return state / np.linalg.norm(state)


def embed(workspace, encoder="chat", prompt="hierarchical", **chosen):
    return perform(EmbedCorpus("animals", encoder, embedding_prompt=prompt, **chosen), workspace)


def newest(workspace, corpus):
    return workspace.vector_sets(corpus)[-1]


def vectors_in_order(vector_set):
    _, slots = vector_set.in_row_order()
    return np.asarray(vector_set.vectors())[slots]


# Documents


def test_rows_are_read_as_the_prompt_put_together_by_hand_reads(workspace, corpus, chat):
    result = embed(workspace)
    assert (result["rows"], result["embedding_prompt"]) == (6, "hierarchical")
    by_hand = np.stack([state_at_the_end(chat, f"{HEAD}{text}{TAIL}") for text in TEXTS])
    found = vectors_in_order(newest(workspace, corpus))
    np.testing.assert_allclose(found, by_hand, atol=TOLERANCE)


def test_the_vectors_keep_the_prompt_of_both_sides_by_name(workspace, corpus, chat):
    embed(workspace, changes={"query_system": "Topic."}, pooling="mean", layer=1)
    vector_set = newest(workspace, corpus)
    two_sided = rendering_of(vector_set.meta)
    assert vector_set.meta.embedding_prompt == two_sided.name == "hierarchical, changed"
    assert (two_sided.pooling, two_sided.layer) == ("mean", 1)
    assert two_sided.side(Role.QUERY, Modality.TEXT).turn.system == "Topic."
    assert two_sided.side(Role.DOCUMENT, Modality.TEXT).turn.system == SYSTEM
    assert is_current(vector_set, chat)


@pytest.mark.parametrize(
    "other",
    [
        {"changes": {"document_system": "Topic."}},
        {"changes": {"query_text": " in a word"}},
        {"pooling": "mean"},
        {"layer": 0},
        {"prompt": "none"},
        {"prompt": ""},
    ],
)
def test_rows_read_in_another_way_have_no_vector_yet(workspace, corpus, chat, other):
    first = embed(workspace)
    again = embed(workspace)
    assert (again["new_rows"], again["fingerprint"]) == (0, first["fingerprint"])
    second = embed(workspace, **other)
    assert second["new_rows"] == 6
    assert second["fingerprint"] != first["fingerprint"]
    assert len(workspace.vector_sets(corpus)) == 2


def test_vectors_whose_texts_were_tampered_with_are_not_the_encoders(workspace, corpus, chat):
    embed(workspace)
    vector_set = newest(workspace, corpus)
    meta = read_json(vector_set.folder / META_FILE)
    meta["rendering"]["texts"]["document_system"] = "Topic."
    write_json(vector_set.folder / META_FILE, meta)
    assert not is_current(vector_set.refreshed(), chat)
    assert find_vector_set(workspace, corpus, chat) is None


def test_an_own_prompt_that_is_saved_anew_reads_rows_anew(workspace, corpus, chat):
    store = EmbeddingPromptStore(workspace)
    store.save("topics", store.get("none", {"document_system": "Topic."}))
    assert embed(workspace, prompt="topics")["new_rows"] == 6
    assert embed(workspace, prompt="topics")["new_rows"] == 0
    store.save("topics", store.get("none", {"document_system": "The topic."}))
    assert embed(workspace, prompt="topics")["new_rows"] == 6


def test_what_was_cancelled_goes_on_to_the_same_vectors(workspace, corpus, chat, monkeypatch):
    embed(workspace)
    whole = vectors_in_order(newest(workspace, corpus))
    workspace.delete_vector_set(newest(workspace, corpus))
    monkeypatch.setattr(
        "embedding_lab.workflows.embed_corpus.load_settings",
        lambda: replace_budget(120),
    )
    token = CancellationToken()

    def stop(event):
        if isinstance(event, JobProgressed) and event.step >= 2:
            token.cancel()

    job = EmbedCorpus("animals", "chat", embedding_prompt="hierarchical")
    with pytest.raises(JobCancelledError):
        perform(job, workspace, stop, token)
    assert 0 < newest(workspace, corpus).n_rows < 6
    again = job_from_record(json.loads(json.dumps(job.to_record())))
    result = perform(again, workspace)
    assert 0 < result["new_rows"] < 6
    np.testing.assert_allclose(vectors_in_order(newest(workspace, corpus)), whole, atol=TOLERANCE)


def replace_budget(n_tokens):
    from embedding_lab.settings import load_settings

    return replace(load_settings(), token_budget=n_tokens)


def test_what_reading_will_take_is_told_of_the_prompt_too(workspace, corpus, chat):
    job = EstimateEmbedding("animals", "chat", embedding_prompt="hierarchical")
    assert perform(job, workspace)["rows"] == 6


def test_pictures_are_read_with_the_suffix_for_pictures(workspace, tmp_path):
    from PIL import Image

    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(noise_pictures(3)):
        picture.save(folder / f"{number}.png")
    study = Study(workspace)
    study.import_corpus(folder, name="animals")
    record = study.add_encoder(write_seeing_model(tmp_path / "seeing", "qwen2_vl"), "seeing")
    own = {"document_image": "\nThe given image in one word."}
    embed(workspace, "seeing", changes=own, modality="image")
    vector_set = newest(workspace, study.corpus("animals"))
    two_sided = rendering_of(vector_set.meta)
    encoder = pool.load(record)
    pictures = [Picture(Image.open(file).convert("RGB")) for file in sorted(folder.glob("*.png"))]
    rendering = two_sided.side(Role.DOCUMENT, Modality.IMAGE)
    assert rendering.turn.suffix == own["document_image"]
    options = EncodeOptions(modality=Modality.IMAGE, rendering=rendering)
    expected = encode_now(encoder, pictures, options)
    np.testing.assert_allclose(vectors_in_order(vector_set), expected, atol=TOLERANCE)
    seen = study.search("animals", image=str(folder / "1.png"), encoder="seeing")
    options = EncodeOptions(
        role=Role.QUERY,
        modality=Modality.IMAGE,
        rendering=two_sided.side(Role.QUERY, Modality.IMAGE),
    )
    cosines = expected @ encode_now(encoder, [pictures[1]], options)[0]
    assert {hit["row"]: hit["score"] for hit in seen["results"]} == pytest.approx(
        dict(enumerate(cosines)), abs=TOLERANCE
    )


# Queries


def test_a_query_is_read_as_the_query_side_of_the_same_prompt(workspace, corpus, chat):
    embed(workspace)
    result = perform(SearchCorpus("animals", "big fish"), workspace)
    assert (result["embedding_prompt"], result["warning"]) == ("hierarchical", "")
    query = state_at_the_end(chat, f"{HEAD}big fish{QUERY}{TAIL}")
    expected = vectors_in_order(newest(workspace, corpus)) @ query
    found = {item["row"]: item["score"] for item in result["results"]}
    assert found == pytest.approx(dict(enumerate(expected)), abs=TOLERANCE)


def test_nothing_else_can_be_put_before_such_a_query(workspace, corpus, chat):
    embed(workspace)
    with pytest.raises(LabError, match="says all that stands around a query"):
        perform(SearchCorpus("animals", "fish", prompt="query: "), workspace)


def test_the_vectors_to_search_are_named_by_their_prompt(workspace, corpus, chat):
    for prompt in ("hierarchical", "user-only", ""):
        embed(workspace, prompt=prompt)

    def searched(**chosen):
        found = perform(SearchCorpus("animals", "fish", **chosen), workspace)
        return found["embedding_prompt"], [hit["score"] for hit in found["results"]]

    by_name = {name: searched(embedding_prompt=name) for name in ("hierarchical", "user-only", "")}
    assert [name for name, (told, _) in by_name.items() if told != name] == []
    assert len({tuple(scores) for _, scores in by_name.values()}) == 3
    # The newest of those that are equally complete.
    assert searched()[0] == ""
    with pytest.raises(LabError, match="with chat and the embedding prompt one-word-summary"):
        searched(encoder="chat", embedding_prompt="one-word-summary")


def test_retrieval_is_measured_with_the_query_side(workspace, corpus, chat):
    embed(workspace)
    result = perform(EvaluateRetrieval("animals", "chat", k=1), workspace)
    queries = [
        state_at_the_end(chat, f"{HEAD}{text}{QUERY}{TAIL}")
        for text in ("big fish", "king of beasts")
    ]
    best = np.argmax(np.stack(queries) @ vectors_in_order(newest(workspace, corpus)).T, axis=1)
    right = np.mean([TEXTS[best[0]] == "whale", TEXTS[best[1]] == "lion"])
    assert result["metrics"]["ndcg@1"]["value"] == right
    assert result["embedding_prompt"] == "hierarchical"


def test_class_texts_are_read_as_queries_of_the_rows_they_are_compared_with(
    workspace, corpus, chat
):
    embed(workspace)
    job = ScorePrompts("animals", "chat", classes=("sea", "land"))
    result = perform(job, workspace)
    assert result["embedding_prompt"] == "hierarchical"
    classes = [state_at_the_end(chat, f"{HEAD}{text}{QUERY}{TAIL}") for text in ("sea", "land")]
    said = np.argmax(vectors_in_order(newest(workspace, corpus)) @ np.stack(classes).T, axis=1)
    assert result["accuracy"] == np.mean(said == np.repeat([0, 1], 3))


def test_instructions_are_compared_on_rows_without_an_embedding_prompt(workspace, corpus, chat):
    embed(workspace)
    perform(CompareInstructions("animals", "chat", ("", "query: ")), workspace)
    assert newest(workspace, corpus).meta.embedding_prompt == ""


# Encoders without a chat form


def test_a_plain_encoder_gets_the_system_text_as_a_prefix_and_says_so(workspace, corpus, tmp_path):
    EncoderStore(workspace).add(write_sentence_bert(tmp_path / "bert"), "bert")
    events = []
    own = {"document_system": "one word", "query_system": "one word", "query_text": " in one word"}
    job = EmbedCorpus("animals", "bert", embedding_prompt="none", changes=own)
    perform(job, workspace, events.append)
    assert any("prefix" in getattr(event, "message", "") for event in events)
    encoder = pool.load(EncoderStore(workspace).get("bert"))
    expected = encoder.encode([f"one word\n{text}" for text in TEXTS], role=Role.DOCUMENT)
    vectors = vectors_in_order(newest(workspace, corpus))
    np.testing.assert_allclose(vectors, expected, atol=TOLERANCE)
    result = perform(SearchCorpus("animals", "fish", encoder="bert"), workspace)
    query = encoder.encode(["one word\nfish in one word"], role=Role.QUERY)[0]
    found = {hit["row"]: hit["score"] for hit in result["results"]}
    assert found == pytest.approx(dict(enumerate(vectors @ query)), abs=TOLERANCE)


def test_the_fast_engine_puts_texts_around_texts(workspace, corpus, no_engine):
    embed(workspace, "starter")
    record = EncoderStore(workspace).get("starter")
    assert newest(workspace, corpus).meta.engine == record.engine
    rows = vectors_in_order(newest(workspace, corpus))
    expected = HashEncoder(record).encode([f"{SYSTEM}\nwhale"], role=Role.DOCUMENT)[0]
    np.testing.assert_allclose(rows[0], expected, atol=TOLERANCE)


# What cannot be


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"embedding_prompt": "hierarchic"}, "no embedding prompt named hierarchic"),
        ({"embedding_prompt": "none", "changes": {"system": "S"}}, "no text named system"),
        ({"embedding_prompt": "none", "prompt": "passage: "}, "no prompt beside it"),
        ({"embedding_prompt": "none", "pooling": "max"}, "no pooling max"),
        ({"embedding_prompt": "none", "layer": 9}, "has no layer 9"),
        ({"pooling": "mean"}, "none is chosen"),
        ({"changes": {"query_text": "S"}}, "none is chosen"),
    ],
)
def test_choices_that_do_not_fit_are_told(workspace, corpus, chat, chosen, told):
    with pytest.raises(LabError, match=told):
        perform(EmbedCorpus("animals", "chat", **chosen), workspace)


def test_the_fast_engine_cannot_be_asked_for_what_it_cannot_read(workspace, corpus):
    job = EmbedCorpus("animals", "starter", embedding_prompt="none", pooling="mean", engine="onnx")
    with pytest.raises(LabError, match="Only the full engine reads starter"):
        job.plan(workspace)
