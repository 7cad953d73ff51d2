"""The labelled rows of a corpus, with their vectors where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.sample_rows import drawn_rows
from embedding_lab.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet

NO_LABEL, NO_CLASS = -1, -2
BLOCK_ROWS = 1 << 14
LABELS_TOLD = 5


class ItemVectors:
    """Some vectors of a memory-mapped file; only what is asked for is copied.

    Parameters
    ----------
    vectors : ndarray of float32, shape (m, d)
        All vectors, one per slot.
    slots : ndarray of int64, shape (n,)
        Which of them.
    """

    def __init__(self, vectors: NDArray[np.float32], slots: NDArray[np.int64]) -> None:
        self._vectors = vectors
        self._slots = slots

    def __len__(self) -> int:
        return len(self._slots)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(self._vectors[self._slots[chosen]])

    def only(self, chosen: NDArray[np.int64]) -> ItemVectors:
        """Return some of the items, by their places."""
        return ItemVectors(self._vectors, self._slots[chosen])

    def mean(self, check: Callable[[], None] = lambda: None) -> NDArray[np.float32]:
        """Return the mean vector, shape (d,); zeros without any item."""
        total = np.zeros(self._vectors.shape[1], dtype=np.float64)
        for first in range(0, len(self), BLOCK_ROWS):
            check()
            total += self[slice(first, first + BLOCK_ROWS)].sum(axis=0, dtype=np.float64)
        mean: NDArray[np.float32] = (total / max(len(self), 1)).astype(np.float32)
        return mean


@dataclass(frozen=True)
class LabelledItems:
    """Rows to test on, n of them, ascending.

    Attributes
    ----------
    rows, true : ndarray of int64, shape (n,)
        Corpus rows and their class numbers.
    vectors : ItemVectors
        Their vectors.
    pool : ItemVectors
        Vectors of all rows looked at, with or without a label.
    without_class : dict
        For each label that is no class's, how many rows have it.
    n_unlabelled, n_without_vector : int
        Rows left out for having no label, and for having no vector.
    n_labelled : int
        How many rows of a class there are, of which these were drawn.
    """

    rows: NDArray[np.int64]
    true: NDArray[np.int64]
    vectors: ItemVectors
    pool: ItemVectors
    without_class: dict[str, int] = field(default_factory=dict)
    n_unlabelled: int = 0
    n_without_vector: int = 0
    n_labelled: int = 0

    def only(self, chosen: NDArray[np.int64]) -> LabelledItems:
        """Return some of the items, by their places; what else is told stays."""
        rows, true, vectors = self.rows[chosen], self.true[chosen], self.vectors.only(chosen)
        return replace(self, rows=rows, true=true, vectors=vectors)


def labelled_items(
    corpus: Corpus,
    vector_set: VectorSet,
    classes: Sequence[PromptClass],
    fits: NDArray[np.bool_],
    sample: int = 0,
    seed: int = 0,
) -> LabelledItems:
    """Find the rows of a corpus that a test can be made on.

    Parameters
    ----------
    corpus : Corpus
        With labels.
    vector_set : VectorSet
        Vectors of its rows.
    classes : sequence of PromptClass
        Rows with any other label are left out and counted.
    fits : ndarray of bool, shape (n_rows,)
        Which rows to look at.
    sample : int, default 0
        Draw so many of the labelled rows at random; 0 for all.
    seed : int, default 0
        For the draw.

    Raises
    ------
    UsageError
        If no row is left; the hint tells why.
    """
    numbers = _class_numbers(corpus, classes)
    rows, slots = vector_set.in_row_order()
    is_wanted = fits[rows]
    rows, slots = rows[is_wanted], slots[is_wanted]
    true = numbers[rows]
    is_item = true >= 0
    without_class = _without_class(corpus, classes, rows[true == NO_CLASS])
    if not is_item.any():
        raise UsageError(
            f"No embedded row of {corpus.name} that was asked for has the label of a class.",
            hint=_why_none(corpus, classes, without_class),
        )
    chosen = np.flatnonzero(is_item)
    n_labelled = len(chosen)
    if 0 < sample < n_labelled:
        chosen = drawn_rows(chosen, sample, seed)
    vectors = vector_set.vectors()
    return LabelledItems(
        rows=rows[chosen],
        true=true[chosen],
        vectors=ItemVectors(vectors, slots[chosen]),
        pool=ItemVectors(vectors, slots),
        without_class=without_class,
        n_unlabelled=int(np.count_nonzero(true == NO_LABEL)),
        n_without_vector=int(np.count_nonzero(fits)) - len(rows),
        n_labelled=n_labelled,
    )


def _class_numbers(corpus: Corpus, classes: Sequence[PromptClass]) -> NDArray[np.int64]:
    number = {item.label: i for i, item in enumerate(classes)}
    with corpus.connect() as connection:
        cursor = connection.execute(
            "SELECT label FROM documents WHERE row < ? ORDER BY row", (corpus.n_rows,)
        )
        return np.fromiter(
            (number.get(label, NO_CLASS) if label else NO_LABEL for (label,) in cursor),
            dtype=np.int64,
        )


def _without_class(
    corpus: Corpus, classes: Sequence[PromptClass], rows: NDArray[np.int64]
) -> dict[str, int]:
    if len(rows) == 0:
        return {}
    known = {item.label for item in classes}
    is_left_out = np.zeros(corpus.n_rows, dtype=np.bool_)
    is_left_out[rows] = True
    found: dict[str, int] = {}
    with corpus.connect() as connection:
        for row, label in connection.execute(
            "SELECT row, label FROM documents WHERE row < ? AND label IS NOT NULL", (corpus.n_rows,)
        ):
            if label not in known and is_left_out[row]:
                found[label] = found.get(label, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _why_none(corpus: Corpus, classes: Sequence[PromptClass], without_class: dict[str, int]) -> str:
    if not corpus.has_labels:
        return "It has no labels; import it with --role COLUMN=label."
    if not without_class:
        return "None of these rows has a label."
    first = next(iter(without_class))
    known = did_you_mean(first, [item.label for item in classes], "Labels of the classes")
    return f"Its labels are {', '.join(list(without_class)[:LABELS_TOLD])}. {known}"
