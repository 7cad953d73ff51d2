"""InfoNCE with in-batch negatives."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class InfoNCE:
    """The positive of a row must be nearer to its anchor than all other positives of the batch.

    With unit vectors ``q`` and ``d`` of a batch of M rows, ``L = -(1/M) sum_i log softmax_j(
    q_i . d_j / temperature)[i]``. Negatives of triplets join the columns.

    Parameters
    ----------
    temperature : float
        What cosines are divided by; smaller looks at the hardest negatives only.
    is_symmetric : bool
        Whether the anchors are told apart by the positives too, as CLIP does.

    References
    ----------
    van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding",
    arXiv 1807.03748, equation 4.
    """

    form = RowForm.PAIRS
    needs_teacher = False

    def __init__(self, *, temperature: float = 0.05, is_symmetric: bool = False) -> None:
        self.temperature = temperature
        self.is_symmetric = is_symmetric

    def module(self, encoder: Any) -> Any:
        """Return the library's multiple negatives ranking loss."""
        from sentence_transformers.sentence_transformer.losses import (
            MultipleNegativesRankingLoss,
        )

        directions = ("query_to_doc", "doc_to_query") if self.is_symmetric else ("query_to_doc",)
        return MultipleNegativesRankingLoss(
            encoder,
            scale=1 / self.temperature,
            directions=directions,
            partition_mode="per_direction",
        )
