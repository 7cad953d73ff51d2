"""Training from the corpus to the encoder in the list: all forms and objectives, mining, names."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from study_making import make_corpus
from training_making import (
    Watched,
    add_tiny,
    make_captioned,
    make_every_form,
    make_pairs,
    tiny_job,
    use_one_thread,
)

from embedding_lab.batch_samplers.saha import Saha
from embedding_lab.contracts import Mined, MinedPairs
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import Picture
from embedding_lab.encoders.record import ONNX
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, LabError, UsageError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobCompleted, JobFailed
from embedding_lab.registry.registry import Registry
from embedding_lab.study import Study
from embedding_lab.training.offers import WAYS
from embedding_lab.training.runs import training_runs
from embedding_lab.types import Role, RowForm
from embedding_lab.workflows.mine_negatives import MineNegatives
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab.workflows.training_choices import sort_values
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.negatives_store import NegativesStore
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace

OBJECTIVES = [card.id for card in Registry().list("objectives")]
QUICK = {"steps": 3, "validate_every": 2}


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny") / "roberta"


@pytest.fixture
def ready(workspace: Workspace, own_home: Path, tiny_folder: Path) -> Workspace:
    use_one_thread()
    make_pairs(workspace)
    add_tiny(workspace, tiny_folder)
    return workspace


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


def test_an_objective_that_needs_a_teacher_or_other_rows_says_so(ready):
    taught = Watched(ready, tiny_job("pairs", objective="gist")).run()
    assert isinstance(taught, JobFailed)
    assert taught.message.endswith("learns from another encoder.")
    other = Watched(ready, tiny_job("pairs", objective="cosent")).run()
    assert isinstance(other, JobFailed)
    assert other.message == "The corpus pairs holds no pairs of texts with a score."
    assert other.hint == WAYS[RowForm.SCORED_PAIRS]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"corpus": "nothing"}, "There is no corpus named nothing."),
        ({"encoder": "nobody"}, "There is no encoder named nobody."),
        ({"objective": "cosent"}, "The corpus pairs holds no pairs of texts with a score."),
        ({"objective": "gist"}, "GIST: guided negatives learns from another encoder."),
        ({"objective": "gist", "teacher": "nobody"}, "There is no encoder named nobody."),
        ({"corpus": "captioned"}, "The encoder tiny takes no pictures."),
        ({"source": "titles"}, "The corpus pairs offers no pairs from titles."),
        ({"corpus": "judged", "split": "dev"}, "The corpus judged has no judgements named dev."),
        ({"sampler": "saha", "negatives": "none"}, "There are no negatives named none."),
        (
            {"sampler": "saha", "settings": {"batch_size": 4}},
            "A batch of 4 rows is smaller than a cluster of 8.",
        ),
        ({"negatives": "none"}, "Random batches has no use for mined negatives."),
        ({"settings": {"steps": -1}}, "Steps must be a whole number of at least 0, not -1."),
        ({"filter": "year > 3"}, "The filter names year at character 1"),
        ({"name": "tiny"}, "There is an encoder named tiny already."),
    ],
)
def test_what_cannot_be_trained_is_said_at_once_and_no_run_is_recorded(
    ready, tmp_path, choices, sentence
):
    make_every_form(ready)
    make_captioned(ready, tmp_path / "pictures", 6)
    job = TrainEncoder(**{"corpus": "pairs", "encoder": "tiny", **choices})
    with pytest.raises(LabError) as refused:
        perform(job, ready, lambda _: None)
    assert refused.value.message.startswith(sentence)
    assert training_runs(ready.runs_folder) == []


def test_what_a_sampler_lacks_is_said_before_the_engine_is_loaded(ready, monkeypatch):
    def loaded(*_given):
        raise AssertionError

    monkeypatch.setattr(pool, "load_full_engine", loaded)
    ended = Watched(ready, tiny_job(sampler="group_by_label")).run()
    assert isinstance(ended, JobFailed)
    assert ended.message == "No two rows have the same class."
    assert ended.hint == "Choose a corpus whose rows have labels."


def test_an_onnx_encoder_or_one_of_pictures_is_not_trained_on_texts(ready):
    from embedding_lab.training.requirements import require_takes, require_trainable
    from embedding_lab.training.rows import RowSource

    record = EncoderStore(ready).get("tiny")
    require_trainable(record)
    with pytest.raises(EncoderError, match="is an ONNX file"):
        require_trainable(replace(record, kind=ONNX))
    corpus = ready.corpus("pairs")
    require_takes(record, corpus, RowSource.COLUMNS)
    with pytest.raises(EncoderError, match="takes no texts"):
        require_takes(replace(record, modalities=("image",)), corpus, RowSource.COLUMNS)


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


class PlantedMiner:
    """Puts rows with neighbouring numbers into clusters of four, and counts how often it mined."""

    n_mined = 0

    def mine(self, anchors, positives, rows, check):
        PlantedMiner.n_mined += 1
        assert anchors.shape == positives.shape == (len(rows), 32)
        np.testing.assert_allclose(np.linalg.norm(anchors, axis=1), 1, atol=1e-5)
        check(len(rows))
        clusters = tuple(np.array_split(np.arange(len(rows)), len(rows) // 4))
        nothing = np.empty(0, np.int64)
        none = MinedPairs(nothing, nothing, np.empty(0, np.float32), np.empty(0, np.float32),
                          np.empty(0, np.bool_))  # fmt: skip
        return Mined(clusters, np.ones(len(clusters), np.int64), none, nothing, ("Take care.",))

    def batches(self, rows, size, rng):
        assert len(rows.clusters) == len(rows) // 4
        for number in rng.permutation(len(rows.clusters)):
            yield rows.clusters[number]


def test_a_sampler_that_mines_is_given_vectors_of_the_base_once(ready, monkeypatch):
    monkeypatch.setattr(TrainEncoder, "make_sampler", lambda self: PlantedMiner())
    PlantedMiner.n_mined = 0
    run, token = Watched(ready, tiny_job(settings={"steps": 6})), CancellationToken()
    assert isinstance(run.run(token, {3: token.cancel}), JobCancelled)
    assert isinstance(run.run(is_continued=True), JobCompleted), run.ended
    assert PlantedMiner.n_mined == 1
    assert "Take care." in run.logged
    assert "mining" in {update["stage"] for update in run.updates}


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


def test_values_find_the_part_they_are_meant_for():
    found = sort_values("info_nce", "random_batches", {
        "temperature": "0.1", "learning_rate": "1e-4", "steps": 3, "objective.is_symmetric": "yes",
    })  # fmt: skip
    assert found.objective_values == {"temperature": 0.1, "is_symmetric": True}
    assert found.settings == {"learning_rate": 1e-4, "steps": 3}
    assert found.sampler_values == {}
    with pytest.raises(UsageError, match="Did you mean temperature"):
        sort_values("info_nce", "random_batches", {"temprature": 1})
    with pytest.raises(UsageError, match="have a setting named sampler"):
        sort_values("info_nce", "random_batches", {"sampler.temperature": 1})


def test_a_plain_seed_is_the_trainings_and_a_number_of_negatives_the_samplers(ready, monkeypatch):
    found = sort_values("info_nce", "saha", {"seed": 3, "sampler.seed": 4})
    assert (found.settings, found.sampler_values) == ({"seed": 3}, {"seed": 4})
    monkeypatch.setattr(Study, "run", lambda self, job: vars(job))
    job = Study(ready).train("pairs", "tiny", sampler="saha", negatives=5, seed=2)
    assert (job["negatives"], job["sampler_values"]) == ("", {"negatives": 5})
    assert job["settings"] == {"seed": 2}
    assert (
        Study(ready).train("pairs", "tiny", sampler="saha", negatives="near")["negatives"] == "near"
    )


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


def mine_pairs(workspace: Workspace, **choices: object) -> None:
    values = {"negatives": 3, "visit_order": "shuffled"}
    perform(
        MineNegatives("pairs", "tiny", parameters=values, name="mined", **choices),
        workspace,
        lambda _: None,
    )


def test_batches_are_made_of_negatives_that_were_mined_before(ready, monkeypatch):
    mine_pairs(ready)
    monkeypatch.setattr(Saha, "mine", lambda *_: pytest.fail("mined again"))
    seen = []
    batches = Saha.batches

    def watch(self, rows, size, rng):
        seen.append(rows)
        return batches(self, rows, size, rng)

    monkeypatch.setattr(Saha, "batches", watch)
    run = Watched(ready, tiny_job(sampler="saha", negatives="mined", settings=QUICK))
    assert isinstance(run.run(), JobCompleted), run.ended
    rows, table = seen[0], NegativesStore(ready).get("mined")
    assert len(rows) == run.result["n_train"] < table.meta.n_rows
    assert 0 < len(rows.clusters) <= table.meta.n_clusters
    assert max(cluster.max() for cluster in rows.clusters) < len(rows)
    assert "mined with" not in run.logged


def test_negatives_of_other_rows_or_for_another_sampler_are_refused(ready):
    mine_pairs(ready, limit=100)
    failed = Watched(ready, tiny_job(sampler="saha", negatives="mined")).run()
    assert isinstance(failed, JobFailed)
    assert "were mined from other rows" in failed.message
    same = Watched(ready, tiny_job(sampler="saha", negatives="mined", limit=100, settings=QUICK))
    assert isinstance(same.run(), JobCompleted), same.ended
    idle = Watched(ready, tiny_job(sampler="no_duplicates", negatives="mined")).run()
    assert isinstance(idle, JobFailed)
    assert "has no use for mined negatives" in idle.message


def test_negatives_of_another_encoder_are_used_with_a_warning(ready, tmp_path):
    from transformer_making import write_text_model

    write_text_model(tmp_path / "other", "distilbert")
    EncoderStore(ready).add(tmp_path / "other", "other")
    perform(MineNegatives("pairs", "other", name="mined"), ready, lambda _: None)
    run = Watched(ready, tiny_job(sampler="saha", negatives="mined", settings=QUICK))
    assert isinstance(run.run(), JobCompleted), run.ended
    assert "were mined with other, not with" in run.logged
