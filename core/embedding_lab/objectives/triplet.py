"""The triplet loss."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class Triplet:
    """The positive must be nearer to the anchor than the negative, by a margin.

    ``L = mean max(0, d(a, p) - d(a, n) + margin)`` with the cosine distance ``1 - cos``.

    Parameters
    ----------
    margin : float
        How much nearer, in cosine distance.

    References
    ----------
    Schroff et al. 2015, "FaceNet: A Unified Embedding for Face Recognition and Clustering",
    arXiv 1503.03832, equation 2.
    """

    form = RowForm.TRIPLETS
    needs_teacher = False

    def __init__(self, *, margin: float = 0.3) -> None:
        self.margin = margin

    def module(self, encoder: Any) -> Any:
        """Return the library's triplet loss."""
        from sentence_transformers.sentence_transformer.losses import (
            TripletDistanceMetric,
            TripletLoss,
        )

        return TripletLoss(
            encoder, distance_metric=TripletDistanceMetric.COSINE, triplet_margin=self.margin
        )
