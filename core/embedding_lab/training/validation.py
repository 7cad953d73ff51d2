"""How well an encoder does on rows it was not trained on, by what suits their form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.correlation import (
    compare_spearman,
    ranks,
    spearman,
    spearman_interval,
)
from embedding_lab.metrics.neighbours import leave_one_out
from embedding_lab.metrics.paired_tests import compare_accuracy, compare_means
from embedding_lab.metrics.ranking import Metric, judge
from embedding_lab.training.rows import NO_LABEL, RowSource
from embedding_lab.types import Role, RowForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval
    from embedding_lab.metrics.paired_tests import Difference
    from embedding_lab.training.rows import TrainingRows

    Encode = Callable[[NDArray[np.int64], Role], NDArray[np.float32]]

DEPTH = 10
NEIGHBOURS = 5
# Of pairs with scores, those this alike belong together, and those this different do not.
ALIKE, DIFFERENT = 0.8, 0.2
# So many other rows stand for all that do not belong to a row.
SHIFTS = 5


@dataclass(frozen=True)
class Measurement:
    """What was measured of an encoder.

    Attributes
    ----------
    metric : str
        The name of the main score, of which more is better.
    value, interval : float, (float, float)
        It, and its 95 % interval.
    items : ndarray of float64, shape (n,)
        The score of every item: query, text or pair.
    anchors, positives : ndarray of float32, shape (rows, d)
        The vectors of both sides of every row; the same where there is one side.
    others : dict
        Further metrics.
    similarities : ndarray of float64, shape (n,)
        The cosine of each scored pair; empty for other forms.
    """

    metric: str
    value: float
    interval: Interval
    items: NDArray[np.float64]
    anchors: NDArray[np.float32]
    positives: NDArray[np.float32]
    others: dict[str, float] = field(default_factory=dict)
    similarities: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


class Validation(ABC):
    """Rows to measure on.

    Parameters
    ----------
    rows : TrainingRows
        The rows; at least two.
    """

    def __init__(self, rows: TrainingRows) -> None:
        self.rows = rows

    @property
    @abstractmethod
    def metric(self) -> str:
        """The name of the main score."""

    @property
    def n_contents(self) -> int:
        """How many texts or pictures each measurement encodes."""
        return len(np.unique(self.rows.sides))

    @abstractmethod
    def item_rows(self) -> NDArray[np.int64]:
        """Return for every item a row that shows it, shape (n,)."""

    @abstractmethod
    def measure(self, encode: Encode, check: Callable[[], None] = lambda: None) -> Measurement:
        """Encode the rows and return what was measured.

        Parameters
        ----------
        encode : callable
            Takes numbers of contents and their role, returns their unit vectors, shape (n, d).
        check : callable
            Called now and then; may raise to stop.
        """

    def compare(
        self, base: Measurement, tuned: Measurement, check: Callable[[], None] = lambda: None
    ) -> Difference:
        """Return the tuned encoder less the base, item by item."""
        return compare_means(base.items, tuned.items, check=check)

    def close_pairs(self) -> NDArray[np.bool_]:
        """Return which rows are pairs that belong together, shape (rows,)."""
        return np.ones(len(self.rows), dtype=np.bool_)

    def cosines(self, measured: Measurement) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return cosines of pairs that belong together, and of pairs that do not."""
        close = self.close_pairs()
        own = np.einsum("ij,ij->i", measured.anchors, measured.positives)
        identities = self.rows.identities
        anchors, positives = identities[self.rows.anchors], identities[self.rows.positives]
        others = []
        for shift in range(1, min(SHIFTS, len(self.rows) - 1) + 1):
            rolled = np.roll(np.arange(len(self.rows)), -shift)
            differs = (positives[rolled] != positives) & (anchors[rolled] != anchors)
            cosines = np.einsum("ij,ij->i", measured.anchors, measured.positives[rolled])
            others.append(cosines[differs])
        return own[close], np.concatenate(others) if others else np.empty(0, np.float32)


class RankingValidation(Validation):
    """Anchors look for their positives among those of all rows, and among further contents.

    Parameters
    ----------
    rows : TrainingRows
        Pairs or triplets.
    others : ndarray of int64, optional
        Numbers of further contents to find the positives among.
    """

    def __init__(self, rows: TrainingRows, others: NDArray[np.int64] | None = None) -> None:
        super().__init__(rows)
        candidates = rows.sides[:, 1:].ravel()
        self._candidates = np.unique(candidates if others is None else [*candidates, *others])
        self._is_judged = rows.source is RowSource.JUDGEMENTS

    @property
    def metric(self) -> str:
        """The nDCG at 10 for judged queries, the mean reciprocal rank at 10 for pairs."""
        return f"ndcg@{DEPTH}" if self._is_judged else f"mrr@{DEPTH}"

    @property
    def n_contents(self) -> int:
        """How many texts or pictures each measurement encodes."""
        return len(np.unique(self.rows.anchors)) + len(self._candidates)

    @cached_property
    def _queries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A row of every different anchor, and for every row the place of its anchor."""
        _, first, place = np.unique(
            self.rows.identities[self.rows.anchors], return_index=True, return_inverse=True
        )
        return first, place

    def item_rows(self) -> NDArray[np.int64]:
        """Return for every different anchor the first row that has it."""
        return self._queries[0]

    @cached_property
    def _grades(self) -> list[dict[str, float]]:
        grades: list[dict[str, float]] = [{} for _ in self._queries[0]]
        relevant = self.rows.identities[self.rows.positives].tolist()
        for row, (query, identity) in enumerate(zip(self._queries[1], relevant, strict=True)):
            grade = float(self.rows.scores[row]) if self._is_judged else 1.0
            grades[query][str(identity)] = max(grade, grades[query].get(str(identity), 0.0))
        return grades

    def measure(self, encode: Encode, check: Callable[[], None] = lambda: None) -> Measurement:
        """Rank all candidates for every different anchor."""
        anchors, places = np.unique(self.rows.anchors, return_inverse=True)
        anchor_vectors = encode(anchors, Role.QUERY)
        candidate_vectors = encode(self._candidates, Role.DOCUMENT)
        of_row = anchor_vectors[places]
        rankings = self._rankings(of_row[self._queries[0]], candidate_vectors, check)
        judged = judge(rankings, self._grades, DEPTH)
        names = ("ndcg", "mrr", "recall") if self._is_judged else ("mrr", "ndcg", "recall")
        metrics = [Metric(name, DEPTH) for name in names] + [Metric("recall", 1)]
        values = np.stack([metric(judged) for metric in metrics], axis=1)
        low, high = bootstrap_intervals(values[:, :1], check=check)[0]
        means = values.mean(axis=0)
        where = np.searchsorted(self._candidates, self.rows.positives)
        return Measurement(
            metric=self.metric,
            value=float(means[0]),
            interval=(float(low), float(high)),
            items=values[:, 0],
            anchors=of_row,
            positives=candidate_vectors[where],
            others={str(m): float(v) for m, v in zip(metrics[1:], means[1:], strict=True)},
        )

    def _rankings(
        self,
        queries: NDArray[np.float32],
        candidates: NDArray[np.float32],
        check: Callable[[], None],
    ) -> list[list[str]]:
        identities = self.rows.identities[self._candidates]
        # Contents that say the same are one answer, not several.
        _, first = np.unique(identities, return_index=True)
        names = [str(identity) for identity in identities[first].tolist()]
        kept = candidates[first]
        rankings = []
        for start in range(0, len(queries), 256):
            check()
            cosines = queries[start : start + 256] @ kept.T
            best = np.argsort(-cosines, axis=1, kind="stable")[:, :DEPTH]
            rankings += [[names[place] for place in row] for row in best]
        return rankings


class ClassValidation(Validation):
    """Labelled texts are given the label of their nearest others."""

    metric = "accuracy"

    def item_rows(self) -> NDArray[np.int64]:
        """Return every row."""
        return np.arange(len(self.rows))

    def measure(self, encode: Encode, check: Callable[[], None] = lambda: None) -> Measurement:
        """Let the five nearest others of every text vote on its label."""
        contents, places = np.unique(self.rows.anchors, return_inverse=True)
        vectors = encode(contents, Role.QUERY)[places]
        is_right = leave_one_out(vectors, self.rows.labels, NEIGHBOURS, check) == self.rows.labels
        values = is_right.astype(np.float64)
        low, high = bootstrap_intervals(values[:, np.newaxis], check=check)[0]
        return Measurement(
            metric=self.metric,
            value=float(values.mean()),
            interval=(float(low), float(high)),
            items=values,
            anchors=vectors,
            positives=vectors[self._partners()],
        )

    def compare(
        self, base: Measurement, tuned: Measurement, check: Callable[[], None] = lambda: None
    ) -> Difference:
        """Return the difference in accuracy, by the texts that one of the two gets right."""
        return compare_accuracy(base.items > 0.5, tuned.items > 0.5, check=check)

    def close_pairs(self) -> NDArray[np.bool_]:
        """Return which texts have another of their class."""
        partners = self._partners()
        found: NDArray[np.bool_] = partners != np.arange(len(self.rows))
        return found

    def cosines(self, measured: Measurement) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return cosines of texts of the same class, and of different classes."""
        own = np.einsum("ij,ij->i", measured.anchors, measured.positives)[self.close_pairs()]
        others = []
        for shift in range(1, min(SHIFTS, len(self.rows) - 1) + 1):
            cosines = np.einsum(
                "ij,ij->i", measured.anchors, np.roll(measured.anchors, -shift, axis=0)
            )
            others.append(cosines[self.rows.labels != np.roll(self.rows.labels, -shift)])
        return own, np.concatenate(others) if others else np.empty(0, np.float32)

    def _partners(self) -> NDArray[np.int64]:
        """Return for each text the next of its class; itself where it has none."""
        partners = np.arange(len(self.rows))
        for label in np.unique(self.rows.labels):
            members = np.flatnonzero(self.rows.labels == label)
            partners[members] = np.roll(members, -1)
        return partners


class ScoreValidation(Validation):
    """The cosines of pairs should rank them as their scores do."""

    metric = "spearman"

    def item_rows(self) -> NDArray[np.int64]:
        """Return every row."""
        return np.arange(len(self.rows))

    def measure(self, encode: Encode, check: Callable[[], None] = lambda: None) -> Measurement:
        """Correlate the cosines with the scores."""
        sides = []
        for numbers, role in (
            (self.rows.anchors, Role.QUERY),
            (self.rows.positives, Role.DOCUMENT),
        ):
            contents, places = np.unique(numbers, return_inverse=True)
            sides.append(encode(contents, role)[places])
        anchors, positives = sides
        cosines = np.einsum("ij,ij->i", anchors, positives).astype(np.float64)
        scores = self.rows.scores
        misplaced = np.abs(ranks(cosines) - ranks(scores)) / len(scores)
        return Measurement(
            metric=self.metric,
            value=spearman(cosines, scores),
            interval=spearman_interval(cosines, scores, check=check),
            items=1 - misplaced,
            anchors=anchors,
            positives=positives,
            similarities=cosines,
        )

    def compare(
        self, base: Measurement, tuned: Measurement, check: Callable[[], None] = lambda: None
    ) -> Difference:
        """Return the difference of the correlations on the same pairs."""
        return compare_spearman(
            base.similarities, tuned.similarities, self.rows.scores, check=check
        )

    def close_pairs(self) -> NDArray[np.bool_]:
        """Return which pairs say the same."""
        found: NDArray[np.bool_] = self.rows.scores >= ALIKE
        return found

    def cosines(self, measured: Measurement) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return cosines of pairs that say the same, and of pairs that say something else."""
        cosines = measured.similarities.astype(np.float32)
        return cosines[self.close_pairs()], cosines[self.rows.scores <= DIFFERENT]


def validation_of(rows: TrainingRows, others: NDArray[np.int64] | None = None) -> Validation:
    """Return the measurement that suits the form of some rows.

    Parameters
    ----------
    rows : TrainingRows
        At least two rows.
    others : ndarray of int64, optional
        For pairs, numbers of further contents to find the positives among.
    """
    if rows.form is RowForm.SCORED_PAIRS:
        return ScoreValidation(rows)
    # Of pairs made from classes, every text of the class would be a right answer.
    if rows.form is RowForm.LABELLED or (rows.labels != NO_LABEL).all():
        return ClassValidation(rows)
    return RankingValidation(rows, others)
