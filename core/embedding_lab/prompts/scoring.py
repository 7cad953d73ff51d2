"""The zero-shot classifier: items against class vectors, all ensembles from one matrix product.

The vector of class c is ``w_c = normalise(sum of the unit vectors of its texts)``: every template
filled with its name, and its descriptions. Because that is linear before it is normalized, the
ensemble, every template alone and the ensemble without it all come from the same similarities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from embedding_lab.prompts.template_list import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from embedding_lab.prompts.class_list import PromptClass

# So many similarities are held at once.
NUMBERS_AT_ONCE = 1 << 22
# A sum of unit vectors shorter than this points nowhere.
SHORTEST = 1e-6


class Vectors(Protocol):
    """Unit vectors, n of them: an array of shape (n, d), or something that reads them in parts."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: slice | NDArray[np.int64], /) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class PromptVectors:
    """The texts of all classes as vectors.

    Attributes
    ----------
    templates : ndarray of float32, shape (t, c, d)
        Unit vectors of every template filled with every class's name.
    descriptions : ndarray of float32, shape (c, d)
        For each class the sum of its descriptions' unit vectors; zeros where it has none.
    """

    templates: NDArray[np.float32]
    descriptions: NDArray[np.float32]

    @property
    def sums(self) -> NDArray[np.float32]:
        """The sum of each class's texts, shape (c, d)."""
        total: NDArray[np.float32] = self.templates.sum(axis=0) + self.descriptions
        return total

    def class_vectors(self) -> NDArray[np.float32]:
        """Return the unit vector of each class, shape (c, d)."""
        return normalized(self.sums)

    def only(self, chosen: Sequence[int]) -> PromptVectors:
        """Return the same classes with some of the templates."""
        return PromptVectors(self.templates[list(chosen)], self.descriptions)


def normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors of length 1, shape (…, d); those of no length stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > SHORTEST
    )
    return unit


def class_texts(classes: Sequence[PromptClass], templates: Sequence[str]) -> list[str]:
    """Return every text of every class: template by template, then the descriptions."""
    filled = [fill(template, item.name) for template in templates for item in classes]
    return filled + [text for item in classes for text in item.descriptions]


def prompt_vectors(
    classes: Sequence[PromptClass],
    templates: Sequence[str],
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
) -> PromptVectors:
    """Encode the texts of all classes.

    Parameters
    ----------
    classes : sequence of PromptClass
        What to tell apart, c of them.
    templates : sequence of str
        Texts with ``{}``, t of them.
    encode : callable
        Returns the unit vectors of texts, such as
        :meth:`~embedding_lab.prompts.text_vectors.TextVectors.get`.
    """
    vectors = encode(class_texts(classes, templates))
    n_filled = len(templates) * len(classes)
    descriptions = np.zeros((len(classes), vectors.shape[1]), dtype=np.float32)
    owners = [i for i, item in enumerate(classes) for _ in item.descriptions]
    np.add.at(descriptions, owners, vectors[n_filled:])
    filled = vectors[:n_filled].reshape(len(templates), len(classes), -1)
    return PromptVectors(np.ascontiguousarray(filled), descriptions)


def nearest_classes(
    items: Vectors,
    class_vectors: NDArray[np.float32],
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """Return the class whose vector is nearest to each item, shape (n,).

    Parameters
    ----------
    items : Vectors, n of length d
        What to classify; read block by block.
    class_vectors : ndarray of float32, shape (c, d)
        One vector of each class.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    found = np.empty(len(items), dtype=np.int64)
    step = max(1, NUMBERS_AT_ONCE // max(class_vectors.shape))
    for first in range(0, len(items), step):
        check()
        part = slice(first, first + step)
        found[part] = (items[part] @ class_vectors.T).argmax(axis=1)
    return found


@dataclass(frozen=True)
class Scores:
    """What the classifier says of n items, in every way at once.

    Attributes
    ----------
    ensemble : ndarray of float32, shape (n, c)
        Cosine of each item with each class vector.
    single : ndarray of int64, shape (n, t)
        The class each template alone predicts.
    without : ndarray of int64, shape (n, t) or (n, 0)
        The class the ensemble predicts without each template; no columns where a class would be
        left without any text.
    vote : ndarray of int64, shape (n,)
        The class most templates predict; of equal votes the one with the larger summed similarity.
    """

    ensemble: NDArray[np.float32]
    single: NDArray[np.int64]
    without: NDArray[np.int64]
    vote: NDArray[np.int64]

    @property
    def mean(self) -> NDArray[np.int64]:
        """The class the ensemble predicts, shape (n,)."""
        predicted: NDArray[np.int64] = self.ensemble.argmax(axis=1)
        return predicted


def score_items(
    items: Vectors,
    vectors: PromptVectors,
    check: Callable[[], None] = lambda: None,
) -> Scores:
    """Compare items with all classes under all templates.

    Parameters
    ----------
    items : Vectors, n of length d
        What to classify; read block by block.
    vectors : PromptVectors
        The texts of the classes.
    check : callable, optional
        Called between blocks; may raise to stop.
    """
    n_templates, n_classes, dimension = vectors.templates.shape
    classifier = _Classifier(vectors)
    n = len(items)
    ensemble = np.empty((n, n_classes), dtype=np.float32)
    single = np.empty((n, n_templates), dtype=np.int64)
    without = np.empty((n, n_templates if classifier.can_leave_out else 0), dtype=np.int64)
    vote = np.empty(n, dtype=np.int64)
    step = max(1, NUMBERS_AT_ONCE // max(n_templates * n_classes, dimension))
    for first in range(0, n, step):
        check()
        part = slice(first, min(first + step, n))
        block = np.ascontiguousarray(items[part])
        classifier.score(block, ensemble[part], single[part], without[part], vote[part])
    return Scores(ensemble, single, without, vote)


class _Classifier:
    """Class texts, made ready for scoring block by block."""

    def __init__(self, vectors: PromptVectors) -> None:
        n_templates, n_classes, dimension = vectors.templates.shape
        self._shape = n_templates, n_classes
        self._texts = vectors.templates.reshape(-1, dimension)
        self._descriptions = vectors.descriptions
        self._has_descriptions = bool(np.any(vectors.descriptions))
        sums = vectors.sums
        self._lengths = np.maximum(np.linalg.norm(sums, axis=1), SHORTEST)
        remaining = np.linalg.norm(sums[np.newaxis] - vectors.templates, axis=2)
        self.can_leave_out = bool((remaining > 1e-3).all())
        self._shares = 1 / np.maximum(remaining, SHORTEST)

    def score(
        self,
        items: NDArray[np.float32],
        ensemble: NDArray[np.float32],
        single: NDArray[np.int64],
        without: NDArray[np.int64],
        vote: NDArray[np.int64],
    ) -> None:
        """Fill in what :class:`Scores` holds, for one block of items."""
        # One product of all texts takes half the time of one for each template (measured).
        similarities = (items @ self._texts.T).reshape(len(items), *self._shape)
        total = similarities.sum(axis=1)
        similarities.argmax(axis=2, out=single)
        counts = np.zeros(ensemble.shape, dtype=np.int32)
        at = np.arange(len(items))
        for predicted in single.T:
            counts[at, predicted] += 1
        is_most = counts == counts.max(axis=1, keepdims=True)
        vote[:] = np.where(is_most, total, -np.inf).argmax(axis=1)
        if self._has_descriptions:
            total += items @ self._descriptions.T
        np.divide(total, self._lengths, out=ensemble)
        for number in range(without.shape[1]):
            rest = total - similarities[:, number]
            rest *= self._shares[number]
            without[:, number] = rest.argmax(axis=1)
