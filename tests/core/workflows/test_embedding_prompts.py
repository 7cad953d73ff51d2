"""Showing and comparing embedding prompts with real encoders of both kinds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from encoder_making import write_sentence_bert
from study_making import make_corpus
from transformer_making import write_chat_model

from embedding_lab.encoders import pool
from embedding_lab.encoders.plain_rendering import has_chat_form
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobProgressed, PartialResult
from embedding_lab.jobs.job import job_from_record
from embedding_lab.metrics.neighbours import leave_one_out, mean_cosine, separation
from embedding_lab.study import Study
from embedding_lab.workflows.bench_prompts import BenchPrompts
from embedding_lab.workflows.perform import JobCancelledError, perform
from embedding_lab.workflows.render_prompt import RenderPrompt
from embedding_lab.workspace.corpus import Document

pytestmark = pytest.mark.usefixtures("unloaded")

TEXTS = {"sea": ["whale", "shark", "tuna"], "land": ["lion", "cow", "mole"], "air": ["eagle"]}


@pytest.fixture
def corpus(workspace):
    documents = [
        Document(id=text, text=text, label=label) for label, own in TEXTS.items() for text in own
    ]
    documents.append(Document(id="none", text="nothing"))
    queries = {"q1": "big fish", "q2": "king of beasts", "q3": "bird of prey", "q4": "no answer"}
    judged = [("test", "q1", "whale", 1), ("test", "q1", "shark", 1), ("test", "q2", "lion", 1)]
    judged += [("test", "q3", "eagle", 2), ("test", "q3", "mole", 0), ("test", "q4", "gone", 1)]
    return make_corpus(workspace, "animals", documents, queries, judged)


# The prompt itself


def test_a_prompt_is_shown_as_the_encoder_reads_it(workspace, chat):
    result = perform(RenderPrompt("chat", "cat"), workspace)
    assert result["rendered"] == (
        "<|im_start|>system\nGiven an image, summarize the provided image in one word. Given only "
        "text, describe the text in one word.<|im_end|>\n<|im_start|>user\ncat\nRepresent the "
        "given text in one word.<|im_end|>\n<|im_start|>assistant\n"
    )
    assert (result["chat_form"], result["note"], result["pooling"]) == ("ChatML", "", "last")
    assert "".join(result["tokens"]) == "<s>" + result["rendered"]
    assert result["pooled_index"] == len(result["tokens"]) - 1 == result["n_tokens"] - 1
    assert (result["kept"], result["cut"]) == ("cat", "")
    by_part = dict.fromkeys(result["parts"], "")
    for token, part in zip(result["tokens"], result["parts"], strict=True):
        by_part[part] += token
    assert by_part["system"] == result["system"]
    assert by_part["user"] == "cat\nRepresent the given text in one word."
    assert by_part["form"].startswith("<s><|im_start|>system")
    json.dumps(result)
    document = perform(RenderPrompt("chat", "cat", side="document"), workspace)
    assert "Represent" not in document["rendered"]
    own = {"query_system": "", "query_text": " Topic:"}
    own = perform(RenderPrompt("chat", "cat", preset="none", changes=own), workspace)
    assert own["rendered"].startswith("<|im_start|>user\ncat Topic:<|im_end|>")


def test_what_is_cut_of_a_long_text_is_told(workspace, chat):
    text = "word " * 200
    result = perform(RenderPrompt("chat", text), workspace)
    assert result["n_tokens"] == 512
    assert result["kept"] + result["cut"] == text
    assert len(result["cut"]) > 500
    assert result["rendered"].endswith("one word.<|im_end|>\n<|im_start|>assistant\n")
    tail = "".join(result["tokens"][result["tail"] :])
    assert tail.startswith("\nRepresent the given text in one word.<|im_end|>")


def test_the_pooled_token_follows_the_pooling(workspace, chat):
    mean = perform(RenderPrompt("chat", "cat", pooling="mean"), workspace)
    assert (mean["pooled_index"], mean["pools_all"]) == (None, True)
    end = perform(RenderPrompt("chat", "cat", pooling="eos"), workspace)
    assert end["tokens"][end["pooled_index"]] == "</s>"


def test_an_encoder_without_a_chat_form_says_so(workspace, tmp_path):
    EncoderStore(workspace).add(write_sentence_bert(tmp_path / "bert"), "bert")
    own = {"query_system": "one word", "query_text": " in one word"}
    result = perform(RenderPrompt("bert", "cat", changes=own), workspace)
    assert "prefix" in result["note"]
    assert (result["chat_form"], result["pooling"]) == ("plain text", "mean")
    assert result["rendered"] == "one word\ncat in one word"
    assert (result["tokens"][0], result["tokens"][-1]) == ("[CLS]", "[SEP]")
    assert (result["pooled_index"], result["pools_all"]) == (None, True)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"preset": "hierarchic"}, "no embedding prompt named hierarchic"),
        ({"side": "left"}, "no side left"),
        ({"pooling": "max"}, "no pooling max"),
        ({"changes": {"system": "S"}}, "no text named system"),
        ({"has_image": True}, "no place for a picture"),
        ({"changes": {"query_system": "long " * 200}}, "The prompt alone takes"),
        ({"encoder": "nobody"}, "nobody"),
    ],
)
def test_a_prompt_that_cannot_be_shown_says_why(workspace, chat, chosen, told):
    with pytest.raises(LabError, match=told):
        perform(RenderPrompt(**({"encoder": "chat", "text": "cat"} | chosen)), workspace)


# The comparison


def test_every_prompt_is_judged_on_rows_and_on_queries(workspace, corpus, chat):
    events = []
    result = perform(BenchPrompts("animals", "chat"), workspace, events.append)
    names = ["none", "user-only", "hierarchical", "one-word-summary"]
    assert [item["name"] for item in result["prompts"]] == names
    # The only eagle has no other of its label, so it cannot be judged by its neighbours.
    assert (result["n"], result["labels"]) == (6, ["land", "sea"])
    assert (result["n_queries"], result["n_documents"]) == (3, 4)
    told = [event.value["name"] for event in events if isinstance(event, PartialResult)]
    assert told == names
    for item in result["prompts"]:
        assert item["knn_ci"][0] <= item["knn"] <= item["knn_ci"][1]
        assert item["recall_at_1_ci"][0] <= item["recall_at_1"] <= item["recall_at_1_ci"][1]
        assert -1 <= item["mean_cosine"] <= 1
    second = result["prompts"][1]
    assert second["knn_difference"] == pytest.approx(second["knn"] - result["prompts"][0]["knn"])
    assert 0 <= second["knn_p_value"] <= 1
    assert second["recall_at_1_verdict"] == "no difference shown"
    assert "knn_verdict" not in result["prompts"][0]
    json.dumps(result, allow_nan=False)


def test_the_figures_are_those_of_the_vectors_of_the_rendered_texts(workspace, corpus, chat):
    result = perform(BenchPrompts("animals", "chat", presets=("none",), k=3), workspace)
    encoder = pool.load(chat)
    texts = [text for label in ("sea", "land") for text in TEXTS[label]]
    labels = np.repeat([1, 0], 3)
    whole = [f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n" for text in texts]
    vectors = []
    for text in whole:
        ids = encoder.model.tokenizer("<s>" + text, add_special_tokens=False, return_tensors="pt")
        state = encoder.model[0].model(**ids).last_hidden_state[0, -1].detach().numpy()
        vectors.append(state / np.linalg.norm(state))
    stacked = np.stack(vectors)
    item = result["prompts"][0]
    assert item["knn"] == np.mean(leave_one_out(stacked, labels, 3) == labels)
    assert item["mean_cosine"] == pytest.approx(mean_cosine(stacked), abs=1e-5)
    assert item["separation"] == pytest.approx(separation(stacked, labels), abs=1e-5)


def test_prompts_of_ones_own_side_layer_and_pooling_change_the_vectors(workspace, corpus, chat):
    def figures(**chosen):
        chosen = {"presets": ("hierarchical",)} | chosen
        result = perform(BenchPrompts("animals", "chat", **chosen), workspace)
        return [item["mean_cosine"] for item in result["prompts"]]

    usual = figures()
    assert figures() == usual
    for chosen in ({"side": "document"}, {"layer": 1}, {"pooling": "mean"}):
        assert figures(**chosen) != usual
    both = figures(changes={"query_system": "One topic."})
    assert both[0] == usual[0] != both[1]


def test_a_second_comparison_reads_no_text_again(workspace, corpus, chat, monkeypatch):
    job = BenchPrompts("animals", "chat", presets=("hierarchical",))
    first = perform(job, workspace)

    def refuse(*_):
        raise AssertionError("nothing is encoded again")

    monkeypatch.setattr(pool, "load", refuse)
    again = perform(job_from_record(json.loads(json.dumps(job.to_record()))), workspace)
    assert first["prompts"] == again["prompts"]


def test_plain_encoders_are_compared_on_the_engine_they_have(workspace, corpus, no_engine):
    result = perform(BenchPrompts("animals"), workspace)
    cosines = {item["mean_cosine"] for item in result["prompts"]}
    assert len(cosines) == 4
    with pytest.raises(LabError, match="cannot be chosen on the fast engine"):
        perform(BenchPrompts("animals", pooling="mean"), workspace)


def test_a_filter_and_a_sample_choose_the_rows(workspace, corpus, chat):
    few = BenchPrompts("animals", "chat", presets=("none",), sample=5, filter='label != "air"')
    assert perform(few, workspace)["n"] <= 5


def test_a_comparison_is_cancelled_between_texts(workspace, corpus, chat):
    token = CancellationToken()

    def stop(event):
        if isinstance(event, JobProgressed):
            token.cancel()

    with pytest.raises(JobCancelledError):
        perform(BenchPrompts("animals", "chat"), workspace, stop, token)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"presets": ("hierarchic",)}, "no embedding prompt named hierarchic"),
        ({"presets": ()}, "no embedding prompt to try"),
        ({"k": 0}, "At least one neighbour"),
        ({"side": "left"}, "no side left"),
        ({"layer": 7}, "has no layer 7"),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(workspace, corpus, chat, chosen, told):
    with pytest.raises(LabError, match=told):
        perform(BenchPrompts("animals", "chat", **chosen), workspace)


def test_a_corpus_without_labels_and_judgements_has_nothing_to_judge_by(workspace, chat):
    make_corpus(workspace, "bare", [Document(id="1", text="whale"), Document(id="2", text="cow")])
    with pytest.raises(LabError, match="neither two labels of several rows nor judgements"):
        perform(BenchPrompts("bare", "chat"), workspace)


def test_the_python_door_shows_and_compares(workspace, corpus, chat):
    study = Study(workspace)
    assert study.render_prompt("chat", "cat", preset="none")["kept"] == "cat"
    result = study.bench_prompts("animals", "chat", presets=("none", "hierarchical"))
    assert len(result["prompts"]) == 2


def test_a_chat_form_is_seen_in_the_files(tmp_path):
    assert has_chat_form(write_chat_model(tmp_path / "chat"))
    assert not has_chat_form(write_sentence_bert(tmp_path / "bert"))
