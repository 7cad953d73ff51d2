"""The library's loss of several lengths, of vectors too. Heavy: imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss
from torch.nn.functional import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class NestedLoss(MatryoshkaLoss):  # type: ignore[misc]
    """Takes vectors besides features, so that a large batch is computed in parts.

    The library's own takes features only; the wrapped loss must be one that takes vectors.
    """

    def compute_loss_from_embeddings(
        self, vectors: Sequence[Tensor], labels: Tensor | None
    ) -> Tensor:
        """Return the sum of the wrapped loss over all lengths."""
        losses: list[Tensor] = [
            self.loss.compute_loss_from_embeddings(
                [normalize(side[..., :length], dim=-1) for side in vectors], labels
            )
            for length in self.matryoshka_dims
        ]
        return sum(losses[1:], losses[0])
