"""What can be mined from so many rows, and what the user should know about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.types import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.mining.contents import PairContents


def require_minable(contents: PairContents, n_negatives: int) -> None:
    """Raise a :class:`UsageError` unless anchors can have so many negatives.

    An anchor cannot have as many negatives as there are distinct positives, since one of those is
    its own.
    """
    if len(contents.usable) == 0:
        raise UsageError("There are no rows with two different sides to mine negatives from.")
    if contents.n_queries == 1:
        raise UsageError(
            f"All rows have the same query as row {contents.usable[0]:,}, so none of them can be "
            "a negative of another."
        )
    if n_negatives >= len(contents):
        raise UsageError(
            f"{counted(n_negatives, 'negative')} for each anchor cannot be chosen among "
            f"{counted(len(contents), 'distinct positive')}, one of which is its own.",
            hint=f"Ask for at most {len(contents) - 1:,}."
            if len(contents) > 1
            else "The rows need more than one positive.",
        )


def owners_to_collect(
    n_negatives: int, multiplier: int, n_rows: int
) -> tuple[int, tuple[str, ...]]:
    """Return how many hard rows are collected for an anchor, with a note if too many were asked.

    Twice as many candidates are looked at, so at most half of the rows can be collected.
    """
    wanted = n_negatives * multiplier
    most = max(n_negatives, n_rows // 2)
    if wanted <= most:
        return wanted, ()
    note = (
        f"{counted(n_rows, 'row')} are few: {most:,} hard rows are collected for each anchor "
        f"instead of {wanted:,}."
    )
    return most, (note,)


def say_neighbourhoods(labels: NDArray[np.int64], n_owners: int) -> list[str]:
    """Return a warning if the filter reaches past the rows that are alike.

    The rows of one label are a neighbourhood. Where more than half of it is collected, those with
    the least similar queries lie outside it, and are easy.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        -1 where a row has none.
    n_owners : int
        How many rows are collected for each anchor.
    """
    known = labels[labels >= 0]
    if not len(known):
        return []
    _, inverse, sizes = np.unique(known, return_inverse=True, return_counts=True)
    median = float(np.median(sizes[inverse]))
    if n_owners <= median / 2:
        return []
    return [
        f"{n_owners:,} hard rows are collected for each anchor, more than half of the "
        f"{median:,.0f} rows that usually share its label: many of the negatives will be easy. "
        "Ask for fewer negatives or a smaller multiplier."
    ]
