"""CoSENT: scored pairs in the right order."""

from __future__ import annotations

from typing import Any

from embedding_lab.types import RowForm


class CoSENT:
    """Pairs with a higher score must have a higher cosine, whatever the scores' scale.

    ``L = log(1 + sum exp((cos_k - cos_i) / temperature))`` over all pairs ``i, k`` of the batch
    where ``score_i > score_k``.

    Parameters
    ----------
    temperature : float
        What similarities are divided by.

    References
    ----------
    Su et al. 2022, "CoSENT: a more efficient sentence vector scheme than Sentence-BERT".
    """

    form = RowForm.SCORED_PAIRS
    needs_teacher = False

    def __init__(self, *, temperature: float = 0.05) -> None:
        self.temperature = temperature

    def module(self, encoder: Any) -> Any:
        """Return the library's loss."""
        from sentence_transformers.sentence_transformer.losses import CoSENTLoss

        return CoSENTLoss(encoder, scale=1 / self.temperature)
