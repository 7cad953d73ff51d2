"""What every measurement on rows that were not trained on has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.paired_tests import compare_means

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.intervals import Interval
    from embedding_lab.metrics.paired_tests import Difference
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.types import Role

    Encode = Callable[[NDArray[np.int64], Role], NDArray[np.float32]]

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
