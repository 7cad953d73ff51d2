"""Training from the corpus to the encoder in the list: all forms and objectives, names."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from study_making import make_corpus
from training_making import (
    QUICK,
    Watched,
    make_captioned,
    make_every_form,
    tiny_job,
    use_one_thread,
)

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import Picture
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobCompleted, JobFailed
from embedding_lab.registry.registry import Registry
from embedding_lab.study import Study
from embedding_lab.types import Role, RowForm
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import create_workspace

OBJECTIVES = [card.id for card in Registry().list("objectives")]


def test_the_tuned_encoder_is_an_ordinary_encoder_with_a_card_that_tells_all(ready):
    job = tiny_job(name="tuned", settings={"adapter": "dora", "steps": 10})
    run = Watched(ready, job)
    assert isinstance(run.run(), JobCompleted), run.ended
    record = EncoderStore(ready).get("tuned")
    assert record.id == run.result["encoder_id"]
    assert Path(record.folder).is_relative_to(ready.folder)
    assert (record.dimension, record.pooling) == (32, "mean")
    assert record.fingerprint != EncoderStore(ready).get("tiny").fingerprint
    assert "trained here from tiny" in record.origin
    assert not [name for name, _ in record.files if "adapter" in name]
    card = (Path(record.folder) / "README.md").read_text(encoding="utf-8")
    for fact in ("base_model: tiny", "objective: info_nce", "adapter: dora", "corpus: pairs",
                 f"{run.result['tuned']['mrr@10']:.4f}", f"n = {run.result['n']}"):  # fmt: skip
        assert fact in card, fact
    study = Study(ready)
    embedded = study.embed("pairs", "tuned")
    assert (embedded["rows"], embedded["dim"]) == (160, 32)
    assert study.search("pairs", "ask something", encoder="tuned", k=3)["results"]
    # The base is what it was.
    base = pool.load_alone(EncoderStore(ready).get("tiny"))
    tuned = pool.load_alone(record)
    texts = ["one text"]
    assert np.abs(base.encode(texts, role=Role.QUERY) - tuned.encode(texts, role=Role.QUERY)).max()
    assert json.dumps(run.result, allow_nan=False)


def test_a_tuned_encoder_is_exported_as_onnx_with_its_proof(ready, tmp_path):
    study = Study(ready)
    study.run(tiny_job(name="tuned", settings={"adapter": "lora", "steps": 5}))
    found = study.export_onnx("tuned", tmp_path / "out", check_corpus="pairs")
    assert found["passed"]
    assert found["min_cosine"] >= 0.9999
    # What was exported is what was tuned, not its base.
    study.add_encoder(tmp_path / "out", "exported")
    texts = ["one text", "another"]
    exported, tuned, base = (
        pool.load_alone(EncoderStore(ready).get(name)).encode(texts, role=Role.QUERY)
        for name in ("exported", "tuned", "tiny")
    )
    assert np.abs(exported - tuned).max() < 1e-5
    assert np.abs(exported - base).max() > 1e-3


def test_the_encoder_moves_with_its_workspace(ready, tmp_path):
    Watched(ready, tiny_job(name="tuned", settings=QUICK)).run()
    ready.close()
    moved = ready.folder.rename(tmp_path / "Moved.embedlab")
    from embedding_lab.workspace.workspace import open_workspace

    with open_workspace(moved) as workspace:
        record = EncoderStore(workspace).get("tuned")
        assert Path(record.folder).is_relative_to(moved)
        assert not record.warnings
        assert pool.load_alone(record).encode(["a"], role=Role.QUERY).shape == (1, 32)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_on_rows_of_its_form(ready, objective):
    make_every_form(ready)
    method = Registry().create(objective)
    corpus = "pairs" if method.form is RowForm.PAIRS else method.form.value
    run = Watched(ready, tiny_job(
        corpus, objective=objective, settings=QUICK | {"batch_size": 6},
        teacher="tiny" if method.needs_teacher else "",
    ))  # fmt: skip
    assert isinstance(run.run(), JobCompleted), run.ended
    result = run.result
    metric = {
        RowForm.SCORED_PAIRS: "spearman",
        RowForm.LABELLED: "accuracy",
    }.get(method.form, "mrr@10")
    assert result["metric"] == metric
    assert [report["step"] for report in run.reports("validation")] == [0, 2, 3]
    steps = run.reports("step")
    assert all(np.isfinite(report["loss"]) for report in steps)
    assert any(report["gradient_norm"] > 0 for report in steps)
    has_accuracy = method.form is not RowForm.SCORED_PAIRS
    assert all((report["accuracy"] is not None) == has_accuracy for report in steps)


def test_judged_queries_are_trained_on_and_judged_by_the_test_split(ready):
    make_every_form(ready)
    run = Watched(ready, tiny_job("judged", settings=QUICK))
    assert isinstance(run.run(), JobCompleted), run.ended
    assert run.result["metric"] == "ndcg@10"
    assert run.result["n"] == 12
    texts = {it["text"] for it in run.result["hurt"] + run.result["helped"]}
    asked = {query.text for query in ready.corpus("judged").queries("test")}
    assert texts <= asked


def test_pictures_and_captions_tune_both_towers(ready, tmp_path):
    from transformer_making import write_two_towers

    make_captioned(ready, tmp_path / "pictures", 6)
    EncoderStore(ready).add(write_two_towers(tmp_path / "clip", "clip"), "clip")
    settings = QUICK | {"batch_size": 6, "learning_rate": 1e-3, "adapter": "lora"}
    run = Watched(ready, TrainEncoder("captioned", "clip", name="seeing", settings=settings))
    assert isinstance(run.run(), JobCompleted), run.ended
    record = EncoderStore(ready).get("seeing")
    assert set(record.modalities) == {"text", "image"}
    shown = run.result["hurt"] + run.result["helped"]
    assert all(it["other"].endswith(".png") for it in shown)
    from PIL import Image

    picture = Picture(Image.new("RGB", (40, 30), "red"))
    vectors = pool.load_alone(record).encode_pictures([picture], role=Role.DOCUMENT)
    assert vectors.shape == (1, 24)


def test_rows_can_be_chosen_and_those_with_nothing_to_learn_from_are_told(ready):
    run = Watched(
        ready, tiny_job(settings=QUICK, rows=tuple(range(40)), filter='text contains "a"')
    )
    assert isinstance(run.run(), JobCompleted), run.ended
    assert 20 < run.result["n_train"] + run.result["n"] <= 40
    documents = [Document(text="a", extra={"p": "b"}), Document(text="c", extra={})]
    make_corpus(ready, "two", documents, roles={"p": "positive"})
    few = Watched(ready, tiny_job("two")).run()
    assert isinstance(few, JobFailed)
    assert few.message == "The corpus two has 1 row to train with, which is too few."


def test_names_are_made_unless_given_and_a_taken_one_is_refused_before_anything_is_done(ready):
    names = []
    for _ in range(2):
        run = Watched(ready, tiny_job(settings=QUICK | {"steps": 1}))
        run.run()
        names.append(run.result["encoder"])
    assert names == ["tiny on pairs", "tiny on pairs 2"]
    taken = Watched(ready, tiny_job(name="tiny on pairs"))
    ended = taken.run()
    assert isinstance(ended, JobFailed)
    assert ended.message == "There is an encoder named tiny on pairs already."
    assert not taken.updates


def test_a_run_killed_after_saving_ends_with_the_encoder_it_saved(ready, monkeypatch):
    job = tiny_job(name="once", settings=QUICK)
    run, token = Watched(ready, job), CancellationToken()
    make = EncoderStore.make

    def make_and_cancel(self, *words, **named):
        record = make(self, *words, **named)
        token.cancel()
        token.check()
        return record

    monkeypatch.setattr(EncoderStore, "make", make_and_cancel)
    assert isinstance(run.run(token), JobCancelled)
    assert isinstance(run.run(is_continued=True), JobCompleted), run.ended
    assert run.result["encoder_id"] == EncoderStore(ready).get("once").id


def test_the_starter_gets_better_at_intents_within_seconds(tmp_path, own_home, test_data):
    use_one_thread()
    with (test_data / "data" / "banking77" / "train.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    text, label = list(rows[0])[:2]
    classes = sorted({row[label] for row in rows})[:6]
    chosen = [row for row in rows if row[label] in classes][:240]
    with create_workspace(tmp_path / "Intents.embedlab") as workspace:
        make_corpus(
            workspace, "intents", [Document(text=row[text], label=row[label]) for row in chosen]
        )
        result = Study(workspace).train(
            "intents", steps=5, batch_size=8, learning_rate=5e-5, adapter="lora",
            validate_every=5, seed=1, name="banker", validation_rows=16, held_out_rows=24,
        )  # fmt: skip
        assert result["metric"] == "accuracy"
        assert result["tuned"]["accuracy"] >= result["base"]["accuracy"] - 0.05
        assert result["drift"]["base"] > 0.85
        assert abs(result["drift"]["delta"]) < 0.05
        assert EncoderStore(workspace).get("banker").dimension == 384
