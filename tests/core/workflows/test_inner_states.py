"""What goes on inside a language model under a prompt: its layers, and what it looks at."""

from __future__ import annotations

import json

import numpy as np
import pytest
from encoder_making import write_sentence_bert
from study_making import make_corpus
from transformer_making import noise_pictures, write_seeing_model

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobProgressed
from embedding_lab.study import Study
from embedding_lab.workflows.bench_layers import BenchLayers
from embedding_lab.workflows.bench_prompts import BenchPrompts
from embedding_lab.workflows.measure_attention import MeasureAttention
from embedding_lab.workflows.perform import JobCancelledError, perform
from embedding_lab.workspace.corpus import Document

pytestmark = pytest.mark.usefixtures("unloaded")

SYSTEM = (
    "Given an image, summarize the provided image in one word. "
    "Given only text, describe the text in one word."
)
TEXTS = {"sea": ["whale", "shark", "tuna"], "land": ["lion", "cow", "mole"]}


@pytest.fixture
def corpus(workspace):
    documents = [
        Document(id=text, text=text, label=label) for label, own in TEXTS.items() for text in own
    ]
    judged = [("test", "q1", "whale", 1), ("test", "q2", "lion", 1)]
    return make_corpus(workspace, "animals", documents, {"q1": "fish", "q2": "king"}, judged)


@pytest.fixture
def seeing(workspace, tmp_path):
    """An encoder of pictures and texts, and a corpus of labelled pictures with captions."""
    table = ["picture,caption,label"]
    for number, picture in enumerate(noise_pictures(4)):
        picture.save(tmp_path / f"{number}.png")
        table.append(f"{number}.png,picture {number},{'ab'[number % 2]}")
    (tmp_path / "pictures.csv").write_text("\n".join(table) + "\n")
    study = Study(workspace)
    roles = {"picture": "image", "caption": "text", "label": "label"}
    study.import_corpus(tmp_path / "pictures.csv", name="pictures", roles=roles)
    study.add_encoder(write_seeing_model(tmp_path / "seeing", "qwen2_vl"), "seeing")
    return study


# Layers


def test_every_layer_is_judged_as_if_it_alone_were_read(workspace, corpus, chat):
    result = perform(BenchLayers("animals", "chat"), workspace)
    assert [item["layer"] for item in result["layers"]] == [0, 1, 2]
    assert (result["pooling"], result["preset"]) == ("last", "hierarchical")
    for item in result["layers"]:
        layer = -1 if item["layer"] == 2 else item["layer"]
        job = BenchPrompts("animals", "chat", presets=("hierarchical",), layer=layer)
        alone = perform(job, workspace)["prompts"][0]
        for name in ("knn", "recall_at_1", "mean_cosine", "separation"):
            assert item[name] == pytest.approx(alone[name], abs=1e-5)
        assert item["knn_ci"] == alone["knn_ci"]
    json.dumps(result, allow_nan=False)


def test_layers_of_a_plain_encoder_are_pooled_as_it_pools(workspace, corpus, tmp_path):
    record = EncoderStore(workspace).add(write_sentence_bert(tmp_path / "bert"), "bert")
    job = BenchLayers("animals", "bert", preset="none")
    result = perform(job, workspace)
    assert result["pooling"] == "mean" == record.pooling
    alone = perform(BenchPrompts("animals", "bert", presets=("none",)), workspace)
    last = result["layers"][-1]
    assert last["mean_cosine"] == pytest.approx(alone["prompts"][0]["mean_cosine"], abs=1e-4)


def test_comparing_layers_is_cancelled_between_batches(workspace, corpus, chat):
    token = CancellationToken()

    def stop(event):
        if isinstance(event, JobProgressed):
            token.cancel()

    with pytest.raises(JobCancelledError):
        perform(BenchLayers("animals", "chat"), workspace, stop, token)


# Attention


def test_the_shares_are_those_of_the_library_and_sum_to_one(workspace, corpus, chat):
    job = MeasureAttention("animals", "chat", layer=0, filter='label = "sea"')
    result = perform(job, workspace)
    assert [item["part"] for item in result["parts"]] == ["system", "user", "form"]
    assert sum(item["share"] for item in result["parts"]) == pytest.approx(1.0, abs=1e-5)
    encoder = pool.load(chat)
    inner = encoder.model[0].model
    inner.set_attn_implementation("eager")
    shares = []
    for text in TEXTS["sea"]:
        before = f"<s><|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
        said = f"{text}\nRepresent the given text in one word."
        whole = f"{before}{said}<|im_end|>\n<|im_start|>assistant\n"
        ids = encoder.model.tokenizer(whole, add_special_tokens=False, return_tensors="pt")
        weights = inner(**ids, output_attentions=True).attentions[0][0].mean(dim=0)[-1]
        n_before = len(encoder.model.tokenizer(before, add_special_tokens=False)["input_ids"])
        # Every other character is a token of its own.
        shares.append(float(weights[n_before : n_before + len(said)].detach().sum()))
    user = result["parts"][1]
    assert user["share"] == pytest.approx(np.mean(shares), abs=1e-5)
    lengths = [len(f"{text}\nRepresent the given text in one word.") for text in TEXTS["sea"]]
    assert user["tokens"] == pytest.approx(np.mean(lengths))
    per_token = np.mean(np.array(shares) / np.array(lengths))
    assert user["share_per_token"] == pytest.approx(per_token, abs=1e-6)
    assert user["share_ci"][0] <= user["share"] <= user["share_ci"][1]
    json.dumps(result, allow_nan=False)


def test_looking_leaves_the_encoder_as_it_was(workspace, corpus, chat):
    encoder = pool.load(chat)
    usual = encoder.model[0].model.config._attn_implementation
    before = encoder.encode(["whale"], role="query")
    perform(MeasureAttention("animals", "chat"), workspace)
    assert encoder.model[0].model.config._attn_implementation == usual
    np.testing.assert_allclose(encoder.encode(["whale"], role="query"), before, atol=1e-6)


def test_with_mean_pooling_all_tokens_look(workspace, corpus, chat):
    last = perform(MeasureAttention("animals", "chat"), workspace)
    mean = perform(MeasureAttention("animals", "chat", pooling="mean"), workspace)
    assert mean["pooling"] == "mean"
    assert mean["parts"] != last["parts"]
    assert sum(item["share"] for item in mean["parts"]) == pytest.approx(1.0, abs=1e-5)


# Pictures


def test_the_picture_is_a_part_of_its_own(workspace, seeing):
    result = seeing.measure_attention("pictures", "seeing", modality="image+text")
    by_part = {item["part"]: item for item in result["parts"]}
    assert set(by_part) == {"system", "image", "user", "form"}
    assert by_part["image"]["tokens"] >= 1
    assert sum(item["share"] for item in by_part.values()) == pytest.approx(1.0, abs=1e-5)


def test_prompts_are_compared_on_pictures_and_their_captions(workspace, seeing):
    result = seeing.bench_prompts("pictures", "seeing", presets=("none", "hierarchical"))
    assert (result["modality"], result["n"], result["labels"]) == ("image", 4, ["a", "b"])
    assert (result["n_queries"], result["n_documents"]) == (4, 4)
    first, second = result["prompts"]
    assert first["mean_cosine"] != second["mean_cosine"]
    assert second["texts"]["query"]["suffix"].startswith("\nRepresent the given text/image")
    assert {"knn", "recall_at_1", "recall_at_1_verdict"} <= set(second)
    both = seeing.bench_prompts("pictures", "seeing", presets=("none",), modality="image+text")
    assert (both["modality"], both["n_queries"]) == ("image+text", 0)
    layers = seeing.bench_layers("pictures", "seeing", preset="none")
    last = layers["layers"][-1]
    assert last["mean_cosine"] == pytest.approx(first["mean_cosine"], abs=1e-5)
    assert last["recall_at_1"] == first["recall_at_1"]


def test_rows_whose_picture_is_gone_are_left_out(workspace, seeing, tmp_path):
    (tmp_path / "3.png").unlink()
    events = []
    job = BenchPrompts("pictures", "seeing", presets=("none",))
    result = perform(job, workspace, events.append)
    # The other picture with its label has no neighbour of that label any more.
    assert result["n_documents"] == 3
    assert any("without a readable picture" in getattr(it, "message", "") for it in events)


# What cannot be


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (MeasureAttention("animals", "chat", layer=2), "has no layer 2"),
        (MeasureAttention("animals", "chat", sample=-1), "cannot be negative"),
        (MeasureAttention("animals", "chat", filter='label = "air"'), "No row of animals fits"),
        (MeasureAttention("animals", "chat", side="left"), "no side left"),
        (MeasureAttention("animals", "chat", preset="hier"), "no embedding prompt named hier"),
        (BenchLayers("animals", "chat", preset="hier"), "no embedding prompt named hier"),
        (BenchLayers("animals", "chat", k=0), "At least one neighbour"),
        (BenchLayers("animals", "chat", modality="image"), "has no pictures"),
    ],
)
def test_what_cannot_be_looked_at_says_why(workspace, corpus, chat, job, told):
    with pytest.raises(LabError, match=told):
        perform(job, workspace)


def test_an_encoder_that_cannot_be_looked_into_says_so(workspace, corpus, no_engine):
    with pytest.raises(LabError, match="does not tell what goes on inside it"):
        perform(BenchLayers("animals"), workspace)
