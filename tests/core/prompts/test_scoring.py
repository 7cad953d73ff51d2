"""The zero-shot classifier against its definition, written down plainly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.prompts import scoring
from embedding_lab.prompts.class_list import PromptClass, require_classes
from embedding_lab.prompts.combine import reciprocal_rank_fusion, vote
from embedding_lab.prompts.few_shot import mixed, prototypes
from embedding_lab.prompts.items import ItemVectors
from embedding_lab.prompts.scoring import (
    PromptVectors,
    class_texts,
    normalized,
    prompt_vectors,
    score_items,
)
from embedding_lab.prompts.selection import choose_templates, search_templates


def unit(rng, *shape):
    return normalized(rng.normal(size=shape).astype(np.float32))


def setting(seed=0, n=60, n_templates=5, n_classes=4, d=16, *, has_descriptions=False):
    rng = np.random.default_rng(seed)
    descriptions = np.zeros((n_classes, d), dtype=np.float32)
    if has_descriptions:
        descriptions[1] = unit(rng, 3, d).sum(axis=0)
    return unit(rng, n, d), PromptVectors(unit(rng, n_templates, n_classes, d), descriptions)


def plain_ensemble(items, texts_by_class):
    """Predict as the definition says: one class, one mean, one item at a time."""
    weights = []
    for texts in texts_by_class:
        mean = np.mean(np.array(texts, dtype=np.float64), axis=0)
        weights.append(mean / np.linalg.norm(mean))
    return items.astype(np.float64) @ np.array(weights).T


@pytest.mark.parametrize("has_descriptions", [False, True])
def test_the_ensemble_is_the_normalized_mean_of_all_texts_of_a_class(has_descriptions):
    rng = np.random.default_rng(1)
    made = {}

    def encode(texts):
        for text in texts:
            made.setdefault(text, unit(rng, 12))
        return np.stack([made[text] for text in texts])

    described = ("d one", "d two") if has_descriptions else ()
    classes = (PromptClass("a", "ape"), PromptClass("b", "bear", described))
    vectors = prompt_vectors(classes, ("{}", "a {}"), encode)
    items = unit(rng, 30, 12)
    expected = plain_ensemble(
        items,
        [
            [made["ape"], made["a ape"]],
            [made["bear"], made["a bear"], *(made[text] for text in described)],
        ],
    )
    np.testing.assert_allclose(score_items(items, vectors).ensemble, expected, atol=1e-6)


def test_class_texts_stand_template_by_template_with_descriptions_last():
    classes = require_classes([{"label": "a", "descriptions": ["x", "y"]}, "b"])
    assert class_texts(classes, ["{}", "a {}"]) == ["a", "b", "a a", "a b", "x", "y"]


@pytest.mark.parametrize("has_descriptions", [False, True])
def test_every_template_alone_and_the_ensemble_without_it_follow_their_definitions(
    has_descriptions,
):
    items, vectors = setting(has_descriptions=has_descriptions)
    scores = score_items(items, vectors)
    for number, texts in enumerate(vectors.templates):
        np.testing.assert_array_equal(scores.single[:, number], (items @ texts.T).argmax(axis=1))
        others = PromptVectors(np.delete(vectors.templates, number, axis=0), vectors.descriptions)
        expected = (items @ others.class_vectors().T).argmax(axis=1)
        np.testing.assert_array_equal(scores.without[:, number], expected)


def test_the_vote_counts_templates_and_breaks_ties_by_summed_similarity():
    items, vectors = setting(n=200)
    scores = score_items(items, vectors)
    n_ties = 0
    for item, predictions, won in zip(items, scores.single.tolist(), scores.vote, strict=True):
        counts = Counter(predictions)
        sums = (vectors.templates @ item).sum(axis=0)
        leaders = [label for label, n in counts.items() if n == max(counts.values())]
        n_ties += len(leaders) > 1
        assert won == max(leaders, key=lambda label: sums[label])
    assert n_ties > 10


def test_blocks_change_nothing(monkeypatch):
    items, vectors = setting(n=97, has_descriptions=True)
    whole = score_items(items, vectors)
    monkeypatch.setattr(scoring, "NUMBERS_AT_ONCE", 150)
    order = np.random.default_rng(0).permutation(97)
    stored = np.empty_like(items)
    stored[order] = items
    parts = score_items(ItemVectors(stored, order), vectors)
    np.testing.assert_allclose(parts.ensemble, whole.ensemble, atol=1e-6)
    for name in ("single", "without", "vote"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_one_template_cannot_be_left_out():
    items, vectors = setting(n_templates=1)
    scores = score_items(items, vectors)
    assert scores.without.shape == (60, 0)
    np.testing.assert_array_equal(scores.mean, scores.vote)


def test_no_item_scores_nothing():
    _, vectors = setting()
    scores = score_items(np.zeros((0, 16), dtype=np.float32), vectors)
    assert scores.ensemble.shape == (0, 4)
    assert len(scores.mean) == 0


def test_scoring_can_be_cancelled_between_blocks():
    items, vectors = setting()
    token = CancellationToken()
    token.cancel()
    with pytest.raises(Cancelled):
        score_items(items, vectors, token.check)


def test_the_mean_of_items_is_that_of_their_vectors():
    items, _ = setting()
    slots = np.array([3, 1, 59])
    np.testing.assert_allclose(
        ItemVectors(items, slots).mean(), items[slots].mean(axis=0), atol=1e-6
    )


# Few shots, votes and fusion


def test_prototypes_are_means_and_mix_with_names():
    shots = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    means = prototypes(shots, np.array([0, 0, 1]), 2)
    np.testing.assert_allclose(means, [[0.5, 0.5], [0, 1]])
    names = np.array([[1, 0], [1, 0]], dtype=np.float32)
    np.testing.assert_allclose(mixed(names, means, beta=0.0), names)
    half = np.array([1.5, 0.5]) / np.hypot(1.5, 0.5)
    np.testing.assert_allclose(mixed(names, means)[0], half, atol=1e-6)
    without = prototypes(shots[:2], np.array([1, 1]), 2)
    np.testing.assert_allclose(mixed(names, without)[0], names[0])


def test_votes_and_ties():
    assert vote(["A", "B", "B", "C"], [9, 1, 1, 9]) == "B"
    assert vote(["A", "A", "B", "B"], [0.4, 0.3, 0.5, 0.1]) == "A"
    assert vote(["A", "A", "B", "B"], [0.4, 0.3, 0.5, 0.4]) == "B"


def test_reciprocal_ranks_are_fused_with_the_constant_60():
    assert reciprocal_rank_fusion((1, 3)) == pytest.approx(0.032266, abs=5e-7)
    assert reciprocal_rank_fusion((2, 1)) == pytest.approx(0.032522, abs=5e-7)


# Search


def poor_and_good(n=400, seed=2):
    """Items near their class; two templates that say the classes, six that say nothing."""
    rng = np.random.default_rng(seed)
    centres = unit(rng, 3, 24)
    true = rng.integers(0, 3, n)
    items = normalized(centres[true] + 1.2 * unit(rng, n, 24))
    good = [normalized(centres + 0.35 * unit(rng, 3, 24)) for _ in range(2)]
    poor = [unit(rng, 3, 24) for _ in range(6)]
    templates = np.stack([poor[0], good[0], poor[1], good[1], *poor[2:]])
    return items, true, PromptVectors(templates, np.zeros((3, 24), dtype=np.float32))


def test_greedy_search_takes_what_helps_and_its_accuracy_never_falls():
    items, true, vectors = poor_and_good()
    found = choose_templates(items, true, vectors)
    assert found.chosen[0] in {1, 3}
    assert list(found.accuracies) == sorted(found.accuracies)
    predicted = (items @ vectors.only(found.chosen).class_vectors().T).argmax(axis=1)
    assert np.mean(predicted == true) == pytest.approx(found.accuracies[-1])


def test_search_is_told_on_the_half_that_did_not_choose():
    items, true, vectors = poor_and_good()
    found = search_templates(items, true, vectors, seed=5)
    assert found == search_templates(items, true, vectors, seed=5)
    assert found["n"] + found["n_chosen_on"] == 400
    assert "other half" in found["note"]
    assert found["accuracy"] > found["all_accuracy"]
    assert found["difference"] == pytest.approx(found["accuracy"] - found["all_accuracy"])
    assert found["verdict"] == "better"
    assert found["accuracy_ci"][0] < found["accuracy"] < found["accuracy_ci"][1]


def test_search_can_be_cancelled_between_candidates():
    items, true, vectors = poor_and_good()
    token = CancellationToken()
    token.cancel()
    with pytest.raises(Cancelled):
        choose_templates(items, true, vectors, token.check)
