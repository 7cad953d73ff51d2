"""Whether pairs are as near as they are said to be alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.correlation import (
    compare_spearman,
    ranks,
    spearman,
    spearman_interval,
)
from embedding_lab.training.validations.validation import Measurement, Validation
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.paired_tests import Difference
    from embedding_lab.training.validations.validation import Encode

# Pairs this alike belong together, and those this different do not.
ALIKE, DIFFERENT = 0.8, 0.2


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
