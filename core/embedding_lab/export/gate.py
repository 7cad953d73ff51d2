"""The gate: does an exported encoder say the same as the original on real rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.prepare import prepare
from embedding_lab.encoders.ways import encode_sorted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.export.proof_inputs import ProofInput
    from embedding_lab.types import Modality

# Rows in the order they come, so that long and short ones share a batch and most of it is filling.
PADDED_ROWS = 96
PADDED_BATCH = 8


@dataclass(frozen=True)
class Limits:
    """What must be reached: the smallest cosine, and the share of the ten nearest rows kept."""

    min_cosine: float
    neighbour_overlap: float = 0.0

    def are_reached(self, min_cosine: float | None, neighbour_overlap: float | None) -> bool:
        """Whether the figures reach the limits; what could not be compared is not held against."""
        return (min_cosine is None or min_cosine >= self.min_cosine) and (
            neighbour_overlap is None or neighbour_overlap >= self.neighbour_overlap
        )


EXACT = Limits(0.9999, 0.99)
# A smaller file is a choice: these only catch one that is broken.
SMALLER = Limits(0.8, 0.6)


@dataclass(frozen=True)
class Proof:
    """How far an exported encoder's vectors are from the original's.

    Attributes
    ----------
    modality : str
        What was encoded.
    rows : int
        How many rows were compared.
    min_cosine, mean_cosine, max_abs_diff : float
        Between the two vectors of each row, in the best and the worst kind of batch.
    neighbour_overlap, top1_agreement : float
        Share of each row's ten nearest rows, and of its nearest one, that stay the same.
    worst_row : str
        The row with the smallest cosine.
    min_cosine_asked, neighbour_overlap_asked : float
        What must be reached.
    problem : str
        What is wrong beyond the figures; empty if nothing is.
    passed : bool
        Whether everything was reached.
    """

    modality: str
    rows: int
    min_cosine: float
    mean_cosine: float
    max_abs_diff: float
    neighbour_overlap: float
    top1_agreement: float
    worst_row: str
    min_cosine_asked: float
    neighbour_overlap_asked: float
    problem: str
    passed: bool

    def to_record(self) -> dict[str, Any]:
        """Return the proof as a JSON object."""
        return asdict(self)


def encode_for_proof(
    encoder: Encoder,
    inputs: list[ProofInput],
    modality: Modality,
    on_rows: Callable[[int], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> list[NDArray[np.float32]]:
    """Return vectors of all rows in tight batches, and of the first ones in loose batches.

    Each is of shape (m, d), the second with m at most :data:`PADDED_ROWS`.
    """
    options = EncodeOptions(modality=modality)
    values = [item.value for item in inputs]
    tight = encode_sorted(encoder, enumerate(values), options, on_rows, check)
    # The extremes come last in the list; here they come first.
    loose = []
    for start in range(0, min(PADDED_ROWS, len(values)), PADDED_BATCH):
        check()
        part = values[::-1][start : start + PADDED_BATCH]
        loose.append(encoder.forward(prepare(encoder, part, options), options))
        on_rows(len(part))
    return [tight.vectors, np.concatenate(loose)[: len(values)]]


def prove(
    inputs: list[ProofInput],
    modality: Modality,
    reference: NDArray[np.float32],
    found: list[NDArray[np.float32]],
    limits: Limits,
) -> Proof:
    """Compare vectors of :func:`encode_for_proof` with the original's, shape (n, d)."""
    tight, loose = (np.nan_to_num(item) for item in found)
    is_finite = all(bool(np.isfinite(item).all()) for item in found)
    same = agreement(reference, tight)
    padded = agreement(reference[::-1][: len(loose)], loose)
    if same.min_cosine is None or padded.min_cosine is None:
        problem = f"its vectors have {tight.shape[1]:,} numbers instead of {reference.shape[1]:,}"
    else:
        problem = "" if is_finite else "its vectors hold numbers that are not finite"
    cosines = _worst_cosines(reference, tight, loose)
    min_cosine = min(same.min_cosine or 0.0, padded.min_cosine or 0.0)
    overlap = 1.0 if same.neighbour_overlap is None else same.neighbour_overlap
    passed = not problem and limits.are_reached(min_cosine, overlap)
    return Proof(
        modality=modality.value,
        rows=len(inputs),
        min_cosine=min_cosine,
        mean_cosine=same.mean_cosine or 0.0,
        max_abs_diff=max(same.max_abs_diff or 0.0, padded.max_abs_diff or 0.0),
        neighbour_overlap=overlap,
        top1_agreement=1.0 if same.top1_agreement is None else same.top1_agreement,
        worst_row=inputs[int(np.argmin(cosines))].name if len(cosines) else "",
        min_cosine_asked=limits.min_cosine,
        neighbour_overlap_asked=limits.neighbour_overlap,
        problem=problem,
        passed=bool(passed),
    )


def _worst_cosines(
    reference: NDArray[np.float32], tight: NDArray[np.float32], loose: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return each row's cosine in the worse of its batches, shape (n,); empty if none compare."""
    if reference.shape != tight.shape:
        return np.zeros(0, np.float32)
    worst = _cosines(reference, tight)
    places = np.arange(len(reference))[::-1][: len(loose)]
    worst[places] = np.minimum(worst[places], _cosines(reference[places], loose))
    return worst


def _cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    both_zero = ~first.any(axis=1) & ~second.any(axis=1)
    return np.where(both_zero, 1.0, np.einsum("nd,nd->n", first, second)).astype(np.float32)
