"""AnglE: scored pairs in the right order."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class AnglE:
    """CoSENT on angle differences in complex space, whose gradient does not vanish near 1 and -1.

    The halves of a vector are read as the real and imaginary parts of complex numbers; the angle
    between two vectors takes the place of their cosine.

    Parameters
    ----------
    temperature : float
        What similarities are divided by.

    References
    ----------
    Li et al. 2023, "AnglE-optimized Text Embeddings", arXiv 2309.12871, equations 3 to 6.
    """

    form = RowForm.SCORED_PAIRS
    needs_teacher = False

    def __init__(self, *, temperature: float = 0.05) -> None:
        self.temperature = temperature

    def module(self, encoder: Any) -> Any:
        """Return the library's loss."""
        from sentence_transformers.sentence_transformer.losses import AnglELoss

        return AnglELoss(encoder, scale=1 / self.temperature)
