"""Whether labelled texts lie beside others of their class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.bootstrap import bootstrap_intervals
from embedding_lab.metrics.neighbours import leave_one_out
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.training.validations.validation import SHIFTS, Measurement, Validation
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.metrics.paired_tests import Difference
    from embedding_lab.training.validations.validation import Encode

NEIGHBOURS = 5


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
