"""Which classes to edit together: the worst, those they are taken for, and clusters of classes."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.prompt_optimizers.fitness import log_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.contracts import PromptProblem, PromptSet

TOP = 5
GROUP_FACTOR, CONSIDERED_FACTOR = 2.5, 10
MOST_CLUSTERS = 8
MOST_ROUNDS = 50


def sample_groups(
    problem: PromptProblem,
    prompt_set: PromptSet,
    scale: float,
    max_groups: int,
    rng: np.random.Generator,
) -> list[list[int]]:
    """Return groups of classes whose descriptions are worth editing, the worst group first.

    Of C classes, the ``int(10 ln C)`` with the highest cross-entropy are considered. The first
    group is the worst of them with the classes that most often stand beside it among the five
    best answers; the others are clusters of their class vectors, by k-means with the number of
    clusters of the highest mean silhouette. A group holds ``int(2.5 ln C)`` classes at most.

    Parameters
    ----------
    problem : PromptProblem
        The prompts and the examples.
    prompt_set : PromptSet
        The set whose mistakes count.
    scale : float
        What cosines are multiplied by.
    max_groups : int
        How many groups to return at most.
    rng : numpy.random.Generator
        Where k-means begins.
    """
    weights = problem.class_weights(prompt_set)
    n_classes = len(weights)
    log_probability = log_probabilities(scale * (problem.items @ weights.T))
    losses, confusions = class_errors(log_probability, problem.labels)
    order = np.lexsort((-confusions.sum(axis=1), -np.nan_to_num(losses, nan=-1.0)))
    worst_first = [c for c in order.tolist() if not np.isnan(losses[c])]
    considered = worst_first[: max(1, int(CONSIDERED_FACTOR * log(n_classes)))]
    size = max(1, int(GROUP_FACTOR * log(n_classes)))
    worst = considered[0]
    rivals = [c for c in np.argsort(-confusions[worst], kind="stable").tolist() if c != worst]
    groups = [[worst, *rivals[: size - 1]]]
    clusters = best_clusters(weights[considered].astype(np.float64), rng)
    found = [
        [c for c, own in zip(considered, clusters, strict=True) if own == number]
        for number in set(clusters.tolist())
    ]
    found.sort(key=lambda group: -float(np.mean(losses[group])))
    groups += [group[:size] for group in found if set(group[:size]) != set(groups[0])]
    return groups[:max_groups]


def class_errors(
    log_probability: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each class's cross-entropy and what its examples are taken for.

    Parameters
    ----------
    log_probability : ndarray of float64, shape (n, classes)
        Log probabilities of the classes.
    labels : ndarray of int64, shape (n,)
        The true classes.

    Returns
    -------
    losses : ndarray of float64, shape (classes,)
        Mean negative log probability of the true class; NaN without an example.
    confusions : ndarray of float64, shape (classes, classes)
        Probability that went to the other classes among the five best answers, summed over the
        examples of a class.
    """
    n, n_classes = log_probability.shape
    counts = np.bincount(labels, minlength=n_classes)
    own = log_probability[np.arange(n), labels]
    sums = np.bincount(labels, weights=-own, minlength=n_classes)
    losses = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    answers = np.argsort(-log_probability, axis=1, kind="stable")[:, :TOP]
    confusions = np.zeros((n_classes, n_classes))
    mass = np.exp(np.take_along_axis(log_probability, answers, axis=1))
    np.add.at(confusions, (labels[:, np.newaxis], answers), mass)
    np.fill_diagonal(confusions, 0)
    return losses, confusions


def best_clusters(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the cluster of each point, with as many clusters as separate the points best.

    Two or fewer points are one cluster.
    """
    best, best_score = np.zeros(len(points), dtype=np.int64), -np.inf
    for k in range(2, min(MOST_CLUSTERS, len(points) - 1) + 1):
        clusters = k_means(points, k, rng)
        score = silhouette(points, clusters)
        if score > best_score:
            best, best_score = clusters, score
    return best


def k_means(points: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the cluster of each point by Lloyd's iteration from k-means++ centres, shape (n,)."""
    centres = points[[rng.integers(len(points))]]
    while len(centres) < k:
        nearest = _squared_distances(points, centres).min(axis=1)
        total = nearest.sum()
        shares = nearest / total if total > 0 else None
        centres = np.vstack([centres, points[rng.choice(len(points), p=shares)]])
    clusters = np.full(len(points), -1)
    for _ in range(MOST_ROUNDS):
        found = _squared_distances(points, centres).argmin(axis=1)
        if np.array_equal(found, clusters):
            break
        clusters = found
        for number in set(clusters.tolist()):
            centres[number] = points[clusters == number].mean(axis=0)
    return clusters


def silhouette(points: NDArray[np.float64], clusters: NDArray[np.int64]) -> float:
    """Return the mean silhouette of a clustering, from -1 to 1 (Rousseeuw 1987).

    A point alone in its cluster counts 0; one cluster in all counts -1.
    """
    names = sorted(set(clusters.tolist()))
    if len(names) < 2:
        return -1.0
    distances = np.sqrt(_squared_distances(points, points))
    is_in = np.array([clusters == name for name in names])
    sizes = is_in.sum(axis=1)
    totals = distances @ is_in.T
    own = np.searchsorted(names, clusters)
    rows = np.arange(len(points))
    inside = totals[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = totals / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    largest = np.maximum(np.maximum(inside, outside), np.finfo(np.float64).tiny)
    scores = np.where(sizes[own] > 1, (outside - inside) / largest, 0.0)
    return float(scores.mean())


def _squared_distances(
    points: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    difference = points[:, np.newaxis] - centres[np.newaxis]
    found: NDArray[np.float64] = (difference**2).sum(axis=2)
    return found
