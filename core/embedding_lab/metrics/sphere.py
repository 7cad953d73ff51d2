"""How vectors lie on the sphere: pairs that belong together close, all others spread evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# So many distances are held at once.
NUMBERS_AT_ONCE = 1 << 22


def alignment(first: NDArray[np.float32], second: NDArray[np.float32], alpha: float = 2.0) -> float:
    """Return the mean distance of vectors that belong together, to the power of ``alpha``.

    0 is the best; unit vectors that have nothing in common are at 2 with the usual ``alpha``.

    Parameters
    ----------
    first, second : ndarray of float32, shape (n, d)
        Unit vectors; those at the same place belong together. At least one.
    alpha : float, default 2
        The power.

    References
    ----------
    Wang and Isola 2020, "Understanding Contrastive Representation Learning through Alignment and
    Uniformity on the Hypersphere", arXiv 2005.10242, section 4.1.
    """
    distances = np.linalg.norm(first.astype(np.float64) - second, axis=1)
    return float(np.mean(distances**alpha))


def uniformity(
    vectors: NDArray[np.float32], t: float = 2.0, check: Callable[[], None] = lambda: None
) -> float:
    """Return the logarithm of the mean Gaussian potential of all pairs of different vectors.

    0 where all are the same vector; the lower, the more evenly they spread. With ``t`` of 2, evenly
    spread unit vectors of many dimensions come to about -4.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Unit vectors; at least two.
    t : float, default 2
        How fast the potential falls with the squared distance.
    check : callable, optional
        Called between blocks; may raise to stop.

    References
    ----------
    Wang and Isola 2020, arXiv 2005.10242, section 4.1.
    """
    n = len(vectors)
    total = 0.0
    step = max(1, NUMBERS_AT_ONCE // n)
    for start in range(0, n, step):
        check()
        cosines = vectors[start : start + step].astype(np.float64) @ vectors.T.astype(np.float64)
        total += float(np.exp(-t * np.maximum(2 - 2 * cosines, 0)).sum())
    # Each vector meets itself at a distance of 0, which counts 1.
    return float(np.log((total - n) / (n * (n - 1))))
