"""The library's guided loss with vectors in the place of a guide. Heavy: imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.sentence_transformer.losses import GISTEmbedLoss
from torch import nn

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor


class RememberedGuide(nn.Module):  # type: ignore[misc]
    """Answers with vectors it was given, column by column, whatever it is asked.

    The teacher's vectors are computed once before training, by any engine; the library asks its
    guide for them in the order of the columns.
    """

    def __init__(self, encoder: SentenceTransformer) -> None:
        super().__init__()
        # What the library compares to decide whether the guide needs other tokens: it never does.
        self.tokenizer = encoder.tokenizer
        self.max_seq_length = encoder.max_seq_length
        self.columns: list[Tensor] = []

    def forward(self, features: dict[str, Any]) -> dict[str, Tensor]:
        """Return the vectors of the next column, or of several that were put together."""
        n_rows = len(next(iter(features.values())))
        vectors = [self.columns.pop(0)]
        while sum(len(column) for column in vectors) < n_rows:
            vectors.append(self.columns.pop(0))
        return {"sentence_embedding": torch.cat(vectors)}


class GuidedLoss(nn.Module):  # type: ignore[misc]
    """Called with features and the teacher's vectors, shape (batch, columns, d), as labels."""

    def __init__(self, encoder: SentenceTransformer, *, temperature: float, margin: float) -> None:
        super().__init__()
        self.guide = RememberedGuide(encoder)
        self.loss = GISTEmbedLoss(encoder, self.guide, temperature=temperature, margin=margin)

    def forward(self, features: list[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """Return the loss."""
        self.guide.columns = list(labels.unbind(dim=1))
        loss: Tensor = self.loss(features, None)
        return loss
