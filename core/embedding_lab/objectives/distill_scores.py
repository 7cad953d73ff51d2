"""Distillation of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class DistillScores:
    """The softmax over positive and negatives becomes the teacher's softmax.

    ``L = KL(softmax(t / temperature) || softmax(s / temperature)) temperature^2`` over the
    candidates of a row, with cosines ``s`` of the student and ``t`` of the teacher.

    Parameters
    ----------
    temperature : float
        What the cosines of both are divided by before the softmax.

    References
    ----------
    Lin et al. 2020, "Distilling Dense Representations for Ranking using Tightly-Coupled Teachers",
    arXiv 2010.11386, equation 4.
    """

    form = RowForm.TRIPLETS
    needs_teacher = True

    def __init__(self, *, temperature: float = 0.05) -> None:
        self.temperature = temperature

    def teach(self, columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the teacher's cosines of anchor and candidates, shape (batch, candidates)."""
        anchor, *candidates = columns
        return np.stack([(anchor * other).sum(axis=1) for other in candidates], axis=1)

    def module(self, encoder: Any) -> Any:
        """Return the library's loss."""
        from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss
        from sentence_transformers.util import pairwise_cos_sim

        return DistillKLDivLoss(
            encoder, similarity_fct=pairwise_cos_sim, temperature=self.temperature
        )
