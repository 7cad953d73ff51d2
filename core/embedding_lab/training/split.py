"""Holding rows out without letting equal contents stand on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.training.rows import RowSource, fold
from embedding_lab.types import RowForm, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.training.rows import TrainingRows

# A split that holds out less than this share of what was asked for is none.
ENOUGH = 0.5


@dataclass(frozen=True)
class RowSplit:
    """Rows to train with, to watch training by, and to judge the result by.

    ``train``, ``validation`` and ``held_out`` are ascending row numbers, shapes (n,);
    ``notes`` say in sentences what the user should know of the split.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    held_out: NDArray[np.int64]
    notes: tuple[str, ...] = ()


def split_rows(
    rows: TrainingRows, n_validation: int, n_held_out: int, *, seed: int = 0
) -> RowSplit:
    """Hold rows out for validation and for the final report.

    Rows that share a content on either side, directly or through others, stay together: nothing
    that is validated on was trained on. Judged pairs are kept together by their query alone, since
    all queries search the same documents; so are pairs whose contents hang together too much to
    be parted, which ``notes`` then tells.

    Parameters
    ----------
    rows : TrainingRows
        All rows there are.
    n_validation, n_held_out : int
        How many rows to hold out for each; may come out lower.
    seed : int
        Which rows are drawn.
    """
    rng = np.random.default_rng(seed)
    if rows.source is RowSource.JUDGEMENTS:
        return _drawn(rows.identities[rows.anchors], n_validation, n_held_out, rng)
    components = _components(rows)
    # A text labelled twice is one group; a class is not.
    found = _drawn(components, n_validation, n_held_out, rng)
    wanted = n_validation + n_held_out
    n_out = len(found.validation) + len(found.held_out)
    if n_out >= ENOUGH * wanted or rows.form is RowForm.LABELLED:
        return found
    by_anchor = _drawn(rows.identities[rows.anchors], n_validation, n_held_out, rng)
    note = (
        f"The rows share so many contents that only {counted(n_out, 'row')} could be held out "
        "with nothing in common with the others. They were held out by their anchors instead: a "
        "positive may stand on both sides."
    )
    return RowSplit(by_anchor.train, by_anchor.validation, by_anchor.held_out, (note,))


def without_leaks(rows: TrainingRows, held_out: TrainingRows) -> NDArray[np.int64]:
    """Return the numbers of the rows whose anchor is not among the anchors of others.

    Parameters
    ----------
    rows, held_out : TrainingRows
        Rows to train with, and rows of another split that they will be judged by; each has its
        own contents.
    """
    known = {fold(held_out.contents[number]) for number in np.unique(held_out.anchors)}
    fresh = [fold(rows.contents[number]) not in known for number in rows.anchors]
    return np.flatnonzero(np.array(fresh, dtype=np.bool_))


def _components(rows: TrainingRows) -> NDArray[np.int64]:
    """Return a number for each row, equal for rows that hang together by equal contents."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    anchors, positives = rows.identities[rows.anchors], rows.identities[rows.positives]
    n = int(rows.identities.max(initial=-1)) + 1
    links = coo_array((np.ones(len(rows), np.int8), (anchors, positives)), shape=(n, n))
    _, component = connected_components(links, directed=False)
    found: NDArray[np.int64] = component[anchors].astype(np.int64)
    return found


def _drawn(
    groups: NDArray[np.int64], n_validation: int, n_held_out: int, rng: np.random.Generator
) -> RowSplit:
    """Draw whole groups, shape (n,), until enough rows are held out."""
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    place = np.zeros(len(sizes), dtype=np.int8)
    room = {1: n_validation, 2: n_held_out}
    for group in rng.permutation(len(sizes)):
        for part in (2, 1):
            if sizes[group] <= room[part]:
                place[group] = part
                room[part] -= int(sizes[group])
                break
        if not any(room.values()):
            break
    parts = place[group_of]
    train, validation, held_out = (np.flatnonzero(parts == part) for part in range(3))
    return RowSplit(train, validation, held_out)
