"""Classes by labelled examples, alone or mixed with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.prompts.scoring import normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray


def prototypes(
    shots: NDArray[np.float32], true: NDArray[np.int64], n_classes: int
) -> NDArray[np.float32]:
    """Return the mean vector of each class's examples, shape (c, d); zeros for one without any.

    Parameters
    ----------
    shots : ndarray of float32, shape (m, d)
        Unit vectors of labelled examples.
    true : ndarray of int64, shape (m,)
        Their class numbers.
    n_classes : int
        How many classes there are.
    """
    counts = np.maximum(np.bincount(true, minlength=n_classes), 1)
    sums = np.zeros((n_classes, shots.shape[1]), dtype=np.float32)
    np.add.at(sums, true, shots)
    means: NDArray[np.float32] = (sums / counts[:, np.newaxis]).astype(np.float32)
    return means


def mixed(
    names: NDArray[np.float32], means: NDArray[np.float32], beta: float = 1.0
) -> NDArray[np.float32]:
    """Return ``normalise(name vector + beta * mean of the examples)`` for each class.

    A class without examples keeps the vector of its texts.

    Parameters
    ----------
    names : ndarray of float32, shape (c, d)
        Unit vectors of the classes' texts.
    means : ndarray of float32, shape (c, d)
        What :func:`prototypes` returns.
    beta : float, default 1
        The weight of the examples.
    """
    return normalized(names + np.float32(beta) * means)
