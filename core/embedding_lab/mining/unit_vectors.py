"""Vectors as a miner needs them: finite, and of length 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import InputError
from embedding_lab.types import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Half precision rounds a length by less than this.
LENGTH_TOLERANCE = 2e-3


def unit_vectors(
    vectors: NDArray[np.floating], side: str
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return vectors of length 1, and a note if they had to be made so.

    Parameters
    ----------
    vectors : ndarray of float, shape (n, d)
        One vector for each row.
    side : str
        What they are vectors of, for sentences: ``anchor``.

    Returns
    -------
    (ndarray of float32, tuple of str)
        The same array if all lengths are 1 within 0.002 already.

    Raises
    ------
    InputError
        If a vector is not finite or has no direction; the sentence names the row.
    """
    found = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(found, axis=1)
    for is_bad, why in ((~np.isfinite(lengths), "is not finite"), (lengths == 0, "is zero")):
        if is_bad.any():
            n_others = int(is_bad.sum()) - 1
            others = f", and so it is in {counted(n_others, 'other row')}" if n_others else ""
            raise InputError(
                f"The vector of the {side} in row {int(np.argmax(is_bad)):,} {why}{others}.",
                hint="Look at what the row holds, and leave it out.",
            )
    is_off = np.abs(lengths - 1) > LENGTH_TOLERANCE
    if not is_off.any():
        return found, ()
    n_off = counted(int(is_off.sum()), f"{side} vector")
    note = f"{n_off} of another length than 1 had to be normalized."
    return found / lengths[:, np.newaxis], (note,)
