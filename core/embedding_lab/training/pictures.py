"""What is drawn of validation vectors: histograms of cosines, and a map whose axes stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.metrics.sphere import alignment, uniformity
from embedding_lab.training.live import Histogram, MapReport, ValidationReport

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.training.validations.validation import Measurement, Validation

BINS = 40
MOST_ON_MAP = 500


def validation_report(
    step: int, validation: Validation, measured: Measurement, *, is_best: bool
) -> ValidationReport:
    """Return what was measured after a step."""
    close = validation.close_pairs()
    own, others = validation.cosines(measured)
    return ValidationReport(
        kind="validation",
        step=step,
        metric=measured.metric,
        value=measured.value,
        ci=list(measured.interval),
        others=measured.others,
        n=len(measured.items),
        alignment=alignment(measured.anchors[close], measured.positives[close])
        if close.any()
        else None,
        uniformity=uniformity(measured.anchors),
        positives=_histogram(own),
        negatives=_histogram(others),
        is_best=is_best,
    )


def _histogram(cosines: NDArray[np.float32]) -> Histogram:
    counts, edges = np.histogram(np.clip(cosines, -1, 1), bins=BINS, range=(-1, 1))
    return Histogram(edges=[round(float(edge), 4) for edge in edges], counts=counts.tolist())


@dataclass(frozen=True)
class Axes:
    """The middle, shape (d,), and the two main axes, shape (2, d), of the base's vectors."""

    middle: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def of(cls, measured: Measurement) -> Axes:
        """Return the axes in which the base encoder's validation vectors vary most."""
        vectors = _on_map(measured)
        middle = vectors.mean(axis=0)
        centred = (vectors - middle).astype(np.float64)
        _, directions = np.linalg.eigh(centred.T @ centred)
        axes = directions[:, ::-1][:, :2].T
        # An axis may point either way; this choice makes it the same every time.
        signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
        return cls(middle, (axes * signs[:, np.newaxis]).astype(np.float32))

    def map(self, step: int, validation: Validation, measured: Measurement) -> MapReport:
        """Return where the vectors lie now."""
        x, y = (self.axes @ (_on_map(measured) - self.middle).T).round(4)
        n = _n_rows(measured)
        has_two = measured.positives is not measured.anchors and validation.rows.sides.shape[1] > 1
        n_sides = 2 if has_two else 1
        labels = validation.rows.labels[:n].tolist()
        places = list(range(n))
        return MapReport(
            kind="map",
            step=step,
            x=[float(value) for value in x[: n_sides * n]],
            y=[float(value) for value in y[: n_sides * n]],
            sides=[side for side in range(n_sides) for _ in range(n)],
            labels=labels * n_sides,
            label_names=list(validation.rows.label_names),
            partners=[place + n for place in places] + places if has_two else [-1] * n,
        )


def _n_rows(measured: Measurement) -> int:
    return min(len(measured.anchors), MOST_ON_MAP // 2)


def _on_map(measured: Measurement) -> NDArray[np.float32]:
    n = _n_rows(measured)
    return np.concatenate([measured.anchors[:n], measured.positives[:n]])
