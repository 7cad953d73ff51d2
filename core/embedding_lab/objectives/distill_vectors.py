"""Distillation of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class DistillVectors:
    """The vector of every text becomes the teacher's.

    ``L = mean (1 - cos(s, t))`` over all texts of the batch, or their mean squared difference.

    Parameters
    ----------
    distance : str
        ``cosine`` or ``mse``.

    References
    ----------
    Reimers et al. 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge
    Distillation", arXiv 2004.09813, equation 1.
    """

    form = RowForm.PAIRS
    needs_teacher = True

    def __init__(self, *, distance: str = "cosine") -> None:
        self.distance = distance

    def teach(self, columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the teacher's vectors themselves, shape (batch, columns, d)."""
        return np.stack(columns, axis=1)

    def module(self, encoder: Any) -> Any:
        """Return the library's loss."""
        from sentence_transformers.sentence_transformer.losses import EmbedDistillLoss

        return EmbedDistillLoss(encoder, distance_metric=self.distance)
