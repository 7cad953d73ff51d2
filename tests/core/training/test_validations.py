"""What is measured on held-out rows, by their form; what is drawn of it; what is held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from study_making import make_corpus
from training_making import make_every_form

from embedding_lab import resources
from embedding_lab.errors import UsageError
from embedding_lab.metrics.correlation import spearman
from embedding_lab.training.data import gather
from embedding_lab.training.offers import offers
from embedding_lab.training.pictures import Axes, validation_report
from embedding_lab.training.read_rows import RowChoice, read_rows
from embedding_lab.training.report import compared, drift, general_pairs, most_changed
from embedding_lab.training.schedule import rate_factor
from embedding_lab.training.settings import PARAMETERS, TrainingSettings
from embedding_lab.training.validations.choice import validation_of
from embedding_lab.types import RowForm
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document


def pairs(workspace, n=20):
    documents = [Document(text=f"a{i}", extra={"p": f"p{i}"}) for i in range(n)]
    return read_rows(
        make_corpus(workspace, "pairs", documents, roles={"p": "positive"}), RowForm.PAIRS
    )


def encoder(rows, noise, seed=0):
    """Encode both sides of a row near the row's own direction, the rows at random."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(len(rows), 16))
    vectors = np.zeros((len(rows.contents), 16))
    for side in range(rows.sides.shape[1]):
        vectors[rows.sides[:, side]] = directions + noise * rng.normal(size=directions.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return lambda numbers, role: vectors[numbers].astype(np.float32)


def test_pairs_are_ranked_among_all_positives(workspace):
    rows = pairs(workspace)
    validation = validation_of(rows)
    perfect = validation.measure(encoder(rows, 0.0))
    assert (perfect.metric, perfect.value) == ("mrr@10", 1)
    assert perfect.others["recall@1"] == 1
    poor = validation.measure(encoder(rows, 3.0))
    cosines = poor.anchors @ poor.positives.T
    ranks = (cosines >= np.diag(cosines)[:, np.newaxis]).sum(axis=1)
    reciprocal = np.where(ranks <= 10, 1 / ranks, 0)
    np.testing.assert_allclose(poor.items, reciprocal)
    assert poor.value == pytest.approx(reciprocal.mean())
    assert poor.others["recall@1"] == pytest.approx((ranks == 1).mean())
    found = compared(validation, poor, perfect)
    assert found["verdict"] == "better"
    assert found["delta"] == pytest.approx(1 - poor.value)
    assert compared(validation, perfect, poor)["verdict"] == "worse"
    assert compared(validation, poor, poor)["verdict"] == "no difference shown"


def test_every_positive_of_an_anchor_is_a_right_answer_and_equal_texts_are_one(workspace):
    documents = [Document(text="A ", extra={"p": "x"}), Document(text="a", extra={"p": "y"}),
                 Document(text="b", extra={"p": "Y"})]  # fmt: skip
    corpus = make_corpus(workspace, "p", documents, roles={"p": "positive"})
    rows = read_rows(corpus, RowForm.PAIRS)
    validation = validation_of(rows)
    vectors = np.zeros((len(rows.contents), 3), np.float32)
    for text, vector in (("A ", (1, 0, 0)), ("a", (1, 0, 0)), ("b", (0, 0, 1)), ("x", (0, 1, 0)),
                         ("y", (0.9, 0, 0.436)), ("Y", (0.9, 0, 0.436))):  # fmt: skip
        vectors[list(rows.contents).index(text)] = vector
    measured = validation.measure(lambda numbers, role: vectors[numbers])
    # Two different anchors; the first finds y, which is as right as x.
    assert measured.items.tolist() == [1, 1]
    assert validation.item_rows().tolist() == [0, 2]


def test_the_items_that_changed_most_are_named(workspace):
    rows = pairs(workspace)
    validation = validation_of(rows)
    base = validation.measure(encoder(rows, 0.0))
    tuned = replace(base, items=base.items.copy())
    tuned.items[3], tuned.items[5] = 0.25, 0.5
    base.items[7] = 0.1

    class Reader:
        def words(self, content):
            return f"<{content}>"

    found = most_changed(validation, base, tuned, Reader())
    assert [(it["text"], it["tuned"]) for it in found["hurt"]] == [("<a3>", 0.25), ("<a5>", 0.5)]
    assert [(it["other"], it["base"], it["row"]) for it in found["helped"]] == [("<p7>", 0.1, 7)]


def test_scored_pairs_are_judged_by_rank_and_classes_by_neighbours(workspace):
    make_every_form(workspace)
    scored = read_rows(workspace.corpus("scored pairs"), RowForm.SCORED_PAIRS)
    rng = np.random.default_rng(0)
    angles = np.zeros(len(scored.contents))
    angles[scored.positives] = np.arccos(scored.scores) + 1e-6 * rng.random(len(scored))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    measured = validation_of(scored).measure(lambda numbers, role: vectors[numbers])
    assert measured.metric == "spearman"
    assert measured.value == pytest.approx(spearman(measured.similarities, scored.scores))
    assert measured.value > 0.98
    labelled = read_rows(workspace.corpus("labelled texts"), RowForm.LABELLED)
    by_class = np.eye(2, dtype=np.float32)[labelled.labels]
    validation = validation_of(labelled)
    found = validation.measure(lambda numbers, role: by_class[numbers])
    on_map = Axes.of(found).map(0, validation, found)
    names = [on_map["label_names"][label] for label in on_map["labels"]]
    assert names == [labelled.label_names[label] for label in labelled.labels[: len(names)]]
    assert (found.metric, found.value) == ("accuracy", 1)
    of_classes = read_rows(workspace.corpus("labelled texts"), RowForm.PAIRS)
    assert validation_of(of_classes).metric == "accuracy"


def test_the_map_keeps_the_axes_of_the_base(workspace, tmp_path):
    rows = pairs(workspace)
    validation = validation_of(rows)
    base = validation.measure(encoder(rows, 0.3))
    axes = Axes.of(base)
    first = axes.map(0, validation, base)
    vectors = np.concatenate([base.anchors, base.positives])
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    for shown, direction in ((first["x"], directions[0]), (first["y"], directions[1])):
        expected = centred @ direction
        sign = np.sign(expected @ np.array(shown))
        np.testing.assert_allclose(shown, sign * expected, atol=1e-3)
    # What has not moved stays where it was, whatever the others do.
    moved = replace(base, anchors=base.anchors.copy())
    moved.anchors[1:] = np.roll(moved.anchors[1:], 1, axis=0)
    second = axes.map(5, validation, moved)
    assert second["x"][0] == first["x"][0]
    assert second["x"][2] == first["x"][1]
    assert first["partners"][:1] == [20]
    report = validation_report(5, validation, moved, is_best=False)
    assert sum(report["positives"]["counts"]) == 20
    assert sum(report["negatives"]["counts"]) == 100
    assert report["alignment"] > validation_report(0, validation, base, is_best=False)["alignment"]


def test_judged_queries_search_among_other_documents_and_are_judged_by_another_split(workspace):
    make_every_form(workspace)
    data = gather(workspace.corpus("judged"), RowForm.PAIRS, RowChoice(), TrainingSettings())
    assert (len(data.train), len(data.held_out.rows)) == (36, 20)
    assert data.held_out.metric == "ndcg@10"
    # Twenty queries and all sixty documents.
    assert data.held_out.n_contents == 80
    assert len(data.numbers) == len(data.train)


def test_queries_of_the_test_split_are_not_trained_on(workspace):
    documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(40)]
    queries = {f"q{i}": f"question {i % 30}" for i in range(40)}
    judgements = [("train" if i < 30 else "test", f"q{i}", f"d{i}", 1.0) for i in range(40)]
    corpus = make_corpus(workspace, "leaky", documents, queries, judgements)
    data = gather(corpus, RowForm.PAIRS, RowChoice(), TrainingSettings())
    trained = {data.train.contents[number] for number in data.train.anchors}
    asked = {data.held_out.rows.contents[number] for number in data.held_out.rows.anchors}
    assert asked == {f"question {i}" for i in range(10)}
    assert not trained & asked
    assert data.notes == (
        "10 rows asked what is asked in the held-out rows too, and were left out.",
    )
    assert data.numbers.min() >= 10


def test_general_pairs_are_two_hundred_and_their_change_is_judged():
    sample = general_pairs()
    assert len(sample.first) == len(set(zip(sample.first, sample.second, strict=True))) == 200
    counts = np.bincount(sample.grades.astype(int))
    assert len(counts) == 6
    assert counts.min() >= 30
    good = sample.grades + 0.1 * np.random.default_rng(0).normal(size=200)
    bad = np.random.default_rng(1).normal(size=200)
    found = drift(good, bad)
    assert found["base"] > 0.98
    assert found["verdict"] == "worse"


def test_the_sample_is_read_as_scored_pairs_without_being_told(workspace):
    path = resources.path("samples/pairs-with-scores")
    done = perform(
        ImportCorpus((str(path / "pairs.tsv"),), name="pairs"), workspace, lambda event: None
    )
    corpus = workspace.corpus(done["corpus"])
    assert RowForm.SCORED_PAIRS in offers(corpus)
    rows = read_rows(corpus, RowForm.SCORED_PAIRS)
    assert (len(rows), rows.scores.min(), rows.scores.max()) == (200, 0, 1)


def test_the_rate_rises_over_the_warm_up_and_falls_as_asked():
    linear = [rate_factor("linear", step, 10, 0.2) for step in range(10)]
    assert linear == pytest.approx([0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])
    cosine = [rate_factor("cosine", step, 10, 0.2) for step in range(2, 10)]
    assert cosine == pytest.approx([(1 + np.cos(np.pi * i / 8)) / 2 for i in range(8)])
    assert {rate_factor("constant", step, 10, 0.2) for step in range(2, 10)} == {1}
    assert rate_factor("linear", 0, 10, 0.0) == 1


def test_settings_are_checked_and_only_what_differs_is_kept():
    assert [item.name for item in PARAMETERS] == [*TrainingSettings.__dataclass_fields__]
    settings = TrainingSettings.chosen({"steps": 5, "adapter": "lora", "seed": 0})
    assert settings.differing() == {"steps": 5, "adapter": "lora"}
    assert TrainingSettings(epochs=2, batch_size=10, accumulation=2).n_steps(95) == 10
    for values, sentence in (
        ({"adapter": "qlora"}, "Adapter must be one of none, lora, dora"),
        ({"learning_rate": 0}, "Learning rate must be a number from"),
        ({"step": 1}, "no setting named step"),
        ({"batch_size": 2.5}, "Batch size must be a whole number"),
    ):
        with pytest.raises(UsageError, match=sentence):
            TrainingSettings.chosen(values)
