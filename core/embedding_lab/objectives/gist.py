"""InfoNCE whose false negatives a teacher points out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class GIST:
    """InfoNCE without the negatives that a teacher finds nearer to the anchor than its positive.

    Anchors among each other and positives among each other are negatives too, unless the teacher
    holds them for alike.

    Parameters
    ----------
    temperature : float
        What cosines are divided by.
    margin : float
        By how much a negative must be farther than the positive, in the teacher's cosine, to be
        used.

    References
    ----------
    Solatorio et al. 2024, "GISTEmbed: Guided In-sample Selection of Training Negatives for Text
    Embedding Fine-tuning", arXiv 2402.16829, equations 2 to 6.
    """

    form = RowForm.PAIRS
    needs_teacher = True

    def __init__(self, *, temperature: float = 0.05, margin: float = 0.0) -> None:
        self.temperature = temperature
        self.margin = margin

    def teach(self, columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the teacher's vectors themselves, shape (batch, columns, d)."""
        return np.stack(columns, axis=1)

    def module(self, encoder: Any) -> Any:
        """Return the library's loss, which is given the teacher's vectors."""
        from embedding_lab.objectives.torch_guided import GuidedLoss

        return GuidedLoss(encoder, temperature=self.temperature, margin=self.margin)
