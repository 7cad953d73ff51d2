"""The library's guided loss, of vectors. Heavy: imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.base.losses.merged_forward import embed_columns
from sentence_transformers.sentence_transformer.losses import CachedGISTEmbedLoss
from torch.nn.functional import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sentence_transformers import SentenceTransformer
    from torch import Tensor


class GuidedLoss(CachedGISTEmbedLoss):  # type: ignore[misc]
    """Takes the teacher's vectors as labels, and the encoder's in the place of features too.

    The library asks a guide for its vectors with every batch; here they were computed once before
    training, by any engine. Given the vectors of both, a large batch is computed in parts.
    """

    def __init__(self, encoder: SentenceTransformer, *, temperature: float, margin: float) -> None:
        # The guide is never asked; the encoder in its place needs no other tokens.
        super().__init__(encoder, encoder, temperature=temperature, margin=margin)

    def sim_matrix(self, embed1: Tensor, embed2: Tensor) -> Tensor:
        """Return all cosines; the library's own takes their number times d of memory."""
        return normalize(embed1, dim=-1) @ normalize(embed2, dim=-1).T

    def forward(self, features: list[dict[str, Any]], labels: Tensor) -> Tensor:
        """Return the loss; the labels are the teacher's vectors, shape (batch, columns, d)."""
        vectors = embed_columns(self.model, features)
        return self.compute_loss_from_embeddings(vectors, labels.unbind(dim=1))

    def compute_loss_from_embeddings(
        self, vectors: Sequence[Tensor], taught: Sequence[Tensor]
    ) -> Tensor:
        """Return the loss of the encoder's vectors and the teacher's, column by column."""
        loss: Tensor = self.calculate_loss([[v] for v in vectors], [[v] for v in taught])
        return loss
