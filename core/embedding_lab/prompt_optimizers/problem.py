"""The problem every prompt optimizer is given: a library of prompts and labelled examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.contracts import PromptSet

UNIT_TOLERANCE = 1e-3


def _no_descriptions() -> NDArray[np.float32]:
    return np.zeros((0, 0), dtype=np.float32)


def _no_owners() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class LabelledPrompts:
    """Cached vectors of prompts and of labelled examples.

    Parameters
    ----------
    templates : ndarray of float32, shape (templates, classes, d)
        Unit vectors of every template filled with every class name.
    items : ndarray of float32, shape (n, d)
        Unit vectors of the examples.
    labels : ndarray of int64, shape (n,)
        The class of each example.
    descriptions : ndarray of float32, shape (descriptions, d), optional
        Unit vectors of descriptions of single classes. A class without any is told by the
        templates alone.
    owners : ndarray of int64, shape (descriptions,), optional
        The class of each description.

    Raises
    ------
    InputError
        If there is no template or no example, shapes do not fit each other, a number of a class is
        out of range, or vectors are not of length 1.
    """

    templates: NDArray[np.float32]
    items: NDArray[np.float32]
    labels: NDArray[np.int64]
    descriptions: NDArray[np.float32] = field(default_factory=_no_descriptions)
    owners: NDArray[np.int64] = field(default_factory=_no_owners)

    def __post_init__(self) -> None:
        if self.templates.ndim != 3 or not self.templates.size:
            raise InputError("There is no template to choose from.", hint="Give at least one.")
        if not len(self.items):
            raise InputError(
                "There is no labelled example.", hint="Label at least one item of some classes."
            )
        if not len(self.descriptions):
            object.__setattr__(self, "descriptions", np.zeros((0, self.dimension), np.float32))
        self._check_shapes()
        for name, vectors in (
            ("template", self.templates),
            ("example", self.items),
            ("description", self.descriptions),
        ):
            lengths = np.linalg.norm(vectors, axis=-1)
            if not np.all(np.abs(lengths - 1) < UNIT_TOLERANCE):
                raise InputError(f"The vector of some {name} does not have length 1.")

    def _check_shapes(self) -> None:
        for name, vectors, classes in (
            ("examples", self.items, self.labels),
            ("descriptions", self.descriptions, self.owners),
        ):
            if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
                raise InputError(
                    f"The {name} have vectors of another length than the {self.dimension:,} "
                    "numbers of the templates.",
                    hint="Encode everything with the same encoder.",
                )
            if classes.shape != (len(vectors),):
                raise InputError(f"There must be one class for each of the {name}.")
            if len(classes) and not 0 <= classes.min() <= classes.max() < self.n_classes:
                raise InputError(
                    f"The classes of the {name} must be numbers from 0 to {self.n_classes - 1}."
                )

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.templates.shape[1])

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self.templates.shape[2])

    @property
    def classes_without_examples(self) -> list[int]:
        """The classes that no example shows, which the fitness says nothing about."""
        return sorted(set(range(self.n_classes)) - set(self.labels.tolist()))

    def class_weights(self, prompt_set: PromptSet) -> NDArray[np.float32]:
        """Return one unit vector for each class, shape (classes, d).

        It is the normalized mean of the vectors of all templates of the set, filled with the
        class, and of those descriptions of the set that belong to the class.
        """
        total = self.templates[sorted(prompt_set.templates)].sum(axis=0)
        if prompt_set.descriptions:
            chosen = sorted(prompt_set.descriptions)
            np.add.at(total, self.owners[chosen], self.descriptions[chosen])
        return normalized(total)


def normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors scaled to length 1 along the last axis; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    lengths[lengths == 0] = 1
    scaled: NDArray[np.float32] = vectors / lengths
    return scaled
