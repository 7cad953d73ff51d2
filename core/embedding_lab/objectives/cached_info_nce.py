"""InfoNCE of large batches in little memory."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class CachedInfoNCE:
    """InfoNCE whose batch is encoded in small pieces, with the same loss and gradients.

    All pieces are encoded without a graph, the gradient of the loss with respect to the vectors is
    kept, and each piece is encoded again to carry its part of the gradient back.

    Parameters
    ----------
    temperature : float
        What cosines are divided by.
    is_symmetric : bool
        Whether the anchors are told apart by the positives too.
    piece : int
        Rows that are encoded at a time; memory grows with it, the result does not change.

    References
    ----------
    Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup",
    arXiv 2101.06983, section 3.
    """

    form = RowForm.PAIRS
    needs_teacher = False

    def __init__(
        self, *, temperature: float = 0.05, is_symmetric: bool = False, piece: int = 16
    ) -> None:
        self.temperature = temperature
        self.is_symmetric = is_symmetric
        self.piece = piece

    def module(self, encoder: Any) -> Any:
        """Return the library's cached multiple negatives ranking loss."""
        from sentence_transformers.sentence_transformer.losses import (
            CachedMultipleNegativesRankingLoss,
        )

        directions = ("query_to_doc", "doc_to_query") if self.is_symmetric else ("query_to_doc",)
        return CachedMultipleNegativesRankingLoss(
            encoder,
            scale=1 / self.temperature,
            mini_batch_size=self.piece,
            directions=directions,
            partition_mode="per_direction",
        )
