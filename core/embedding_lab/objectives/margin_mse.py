"""Margin MSE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class MarginMSE:
    """The margin between positive and negative becomes the teacher's margin.

    ``L = mean ((q.p - q.n) - (t(q, p) - t(q, n)))^2`` with unit vectors and the teacher's cosines.

    References
    ----------
    Hofstätter et al. 2020, "Improving Efficient Neural Ranking Models with Cross-Architecture
    Knowledge Distillation", arXiv 2010.02666, equation 1.
    """

    form = RowForm.TRIPLETS
    needs_teacher = True

    def teach(self, columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the teacher's cosines of anchor and candidates, shape (batch, candidates)."""
        anchor, *candidates = columns
        return np.stack([(anchor * other).sum(axis=1) for other in candidates], axis=1)

    def module(self, encoder: Any) -> Any:
        """Return the library's loss."""
        from sentence_transformers.sentence_transformer.losses import MarginMSELoss
        from sentence_transformers.util import pairwise_cos_sim

        return MarginMSELoss(encoder, similarity_fct=pairwise_cos_sim)
