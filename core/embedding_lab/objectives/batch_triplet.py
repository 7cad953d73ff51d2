"""Triplets found in the batch by class."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class BatchTriplet:
    """Triplets are made from the classes of a batch: same class positive, other class negative.

    Parameters
    ----------
    triplets : str
        Which are used: ``hard`` takes the farthest positive and the nearest negative of every
        anchor, ``semi-hard`` negatives that are farther than the positive but within the margin,
        ``all`` every triplet that is not satisfied yet.
    margin : float
        How much nearer the positive must be, in cosine distance.

    References
    ----------
    Hermans et al. 2017, "In Defense of the Triplet Loss for Person Re-Identification",
    arXiv 1703.07737, equations 3 to 5.
    """

    form = RowForm.LABELLED
    needs_teacher = False

    def __init__(self, *, triplets: str = "hard", margin: float = 0.3) -> None:
        self.triplets = triplets
        self.margin = margin

    def module(self, encoder: Any) -> Any:
        """Return the library's loss of that kind."""
        from sentence_transformers.sentence_transformer import losses

        kind = {
            "hard": losses.BatchHardTripletLoss,
            "semi-hard": losses.BatchSemiHardTripletLoss,
            "all": losses.BatchAllTripletLoss,
        }[self.triplets]
        distance = losses.BatchHardTripletLossDistanceFunction.cosine_distance
        return kind(encoder, distance_metric=distance, margin=self.margin)
