"""Any objective at several lengths of the vector at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError
from embedding_lab.registry.registry import method

if TYPE_CHECKING:
    from embedding_lab.contracts import Objective
    from embedding_lab.types import RowForm


class Matryoshka:
    """Another objective, summed over the whole vector and its first dimensions.

    Parameters
    ----------
    objective : str
        The objective that is wrapped, with its other parameters at their defaults.
    dimensions : str
        The lengths to train beside the whole vector, with commas between.
    temperature : float
        The temperature of the wrapped objective.

    Raises
    ------
    UsageError
        If the dimensions are no numbers above zero.

    References
    ----------
    Kusupati et al. 2022, "Matryoshka Representation Learning", arXiv 2205.13147, equation 1.
    """

    needs_teacher = False

    def __init__(
        self,
        *,
        objective: str = "info_nce",
        dimensions: str = "256, 128, 64",
        temperature: float = 0.05,
    ) -> None:
        self.inner: Objective = method(objective).create(temperature=temperature)
        self.dimensions = _numbers(dimensions)

    @property
    def form(self) -> RowForm:
        """That of the wrapped objective."""
        return self.inner.form

    def module(self, encoder: Any) -> Any:
        """Return the library's wrapper; lengths that the encoder does not have are left out."""
        from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

        from embedding_lab.objectives.torch_nested import NestedLoss

        whole = int(encoder.get_embedding_dimension())
        lengths = [whole, *(length for length in self.dimensions if length < whole)]
        inner = self.inner.module(encoder)
        takes_vectors = hasattr(inner, "compute_loss_from_embeddings")
        return (NestedLoss if takes_vectors else MatryoshkaLoss)(encoder, inner, lengths)


def _numbers(text: str) -> list[int]:
    try:
        numbers = sorted({int(part) for part in text.split(",") if part.strip()}, reverse=True)
    except ValueError:
        numbers = []
    if not numbers or numbers[-1] < 1:
        raise UsageError(
            f"The dimensions {text!r} are not numbers above zero.",
            hint="Write them with commas between, such as 256, 128, 64.",
        )
    return numbers
