"""Training rows: what an encoder learns from, each distinct content stored once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.contracts import BatchRows
from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


NO_LABEL = -1


class RowSource(StrEnum):
    """Where in a corpus the two sides of a training row come from."""

    COLUMNS = "columns"
    JUDGEMENTS = "judgements"
    CAPTIONS = "captions"
    TITLES = "titles"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True)
class PictureContent:
    """A picture of the corpus as one side of a row, by the digest it is stored under."""

    digest: str


Content = str | PictureContent


@dataclass(frozen=True)
class TrainingRows:
    """Rows to train or to validate with.

    Attributes
    ----------
    form : RowForm
        What each row holds.
    source : RowSource
        Where the sides come from.
    contents : sequence of str or PictureContent
        Every distinct text or picture, in the order it was met.
    identities : ndarray of int64, shape (contents,)
        Equal for contents that say the same: texts that differ in case and white space only.
    sides : ndarray of int64, shape (n, k)
        Numbers of contents: the anchor, then the positive (or second text), then negatives.
    corpus_rows : ndarray of int64, shape (n,)
        The corpus row that a training row stands in, or whose document is its positive.
    labels : ndarray of int64, shape (n,)
        The class of each row, a number into ``label_names``; -1 for none.
    scores : ndarray of float32, shape (n,)
        From 0 to 1 how much a scored pair says the same, or the grade of a judged pair; NaN for
        rows without.
    n_left_out : int
        Rows that lack a side, a score or a class.
    """

    form: RowForm
    source: RowSource
    contents: Sequence[Content]
    identities: NDArray[np.int64]
    sides: NDArray[np.int64]
    corpus_rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    label_names: tuple[str, ...] = ()
    n_left_out: int = 0

    def __len__(self) -> int:
        return len(self.sides)

    @property
    def kind(self) -> str:
        """What the rows are and where they come from: ``pairs from judgements``."""
        return (
            self.form.value if self.form is RowForm.LABELLED else f"{self.form} from {self.source}"
        )

    @property
    def anchors(self) -> NDArray[np.int64]:
        """The number of each row's first content, shape (n,)."""
        return self.sides[:, 0]

    @property
    def positives(self) -> NDArray[np.int64]:
        """The number of each row's second content, shape (n,); the first where there is one."""
        return self.sides[:, min(1, self.sides.shape[1] - 1)]

    def batch_rows(self, clusters: Sequence[NDArray[np.int64]] = ()) -> BatchRows:
        """Return what a batch sampler may look at."""
        return BatchRows(
            anchors=self.identities[self.anchors],
            positives=self.identities[self.positives],
            labels=self.labels,
            clusters=clusters,
        )

    def take(self, numbers: NDArray[np.int64]) -> TrainingRows:
        """Return some of the rows; the contents stay as they are."""
        return replace(
            self,
            sides=self.sides[numbers],
            corpus_rows=self.corpus_rows[numbers],
            labels=self.labels[numbers],
            scores=self.scores[numbers],
        )

    def with_contents(self, texts: Sequence[str]) -> tuple[TrainingRows, NDArray[np.int64]]:
        """Return the rows with further contents, and the numbers of these, shape (texts,)."""
        numbers = {content: number for number, content in enumerate(self.contents)}
        known = {
            fold(content): int(identity)
            for content, identity in zip(self.contents, self.identities, strict=True)
        }
        fresh = [text for text in dict.fromkeys(texts) if text not in numbers]
        identities = [known.setdefault(fold(text), len(known)) for text in fresh]
        numbers |= {text: len(self.contents) + place for place, text in enumerate(fresh)}
        more = replace(
            self,
            contents=[*self.contents, *fresh],
            identities=np.concatenate([self.identities, np.array(identities, dtype=np.int64)]),
        )
        return more, np.array([numbers[text] for text in texts], dtype=np.int64)

    def content(self, number: int, side: int) -> Content:
        """Return one side of one row."""
        return self.contents[int(self.sides[number, side])]

    def digest(self) -> str:
        """Return SHA-256 over all that is trained on: equal digests, equal rows in equal order."""
        found = sha256(f"{self.form}\n{self.source}\n{self.sides.shape}".encode())
        for array in (self.sides, self.labels, self.scores):
            found.update(np.ascontiguousarray(array).tobytes())
        for content in self.contents:
            kind, text = ("t", content) if isinstance(content, str) else ("p", content.digest)
            encoded = text.encode("utf-8", "surrogatepass")
            found.update(f"{kind}{len(encoded)}\n".encode())
            found.update(encoded)
        return found.hexdigest()


class RowBuilder:
    """Collects rows, storing every distinct content once."""

    def __init__(self) -> None:
        self._numbers: dict[Content, int] = {}
        self._identity_of: dict[Content, int] = {}
        self._identities: list[int] = []
        self._label_numbers: dict[str, int] = {}
        self._sides: list[tuple[int, ...]] = []
        self._corpus_rows: list[int] = []
        self._labels: list[int] = []
        self._scores: list[float] = []
        self.n_left_out = 0

    def __len__(self) -> int:
        return len(self._sides)

    def add(
        self,
        contents: Sequence[Content],
        corpus_row: int,
        label: str | None = None,
        score: float = float("nan"),
    ) -> None:
        """Add one row; all rows have equally many contents."""
        self._sides.append(tuple(self._number(content) for content in contents))
        self._corpus_rows.append(corpus_row)
        self._labels.append(NO_LABEL if label is None else self._label(label))
        self._scores.append(score)

    def _number(self, content: Content) -> int:
        found = self._numbers.get(content)
        if found is None:
            found = self._numbers[content] = len(self._numbers)
            folded = fold(content)
            self._identities.append(self._identity_of.setdefault(folded, len(self._identity_of)))
        return found

    def _label(self, label: str) -> int:
        return self._label_numbers.setdefault(label, len(self._label_numbers))

    def rows(self, form: RowForm, source: RowSource) -> TrainingRows:
        """Return what was collected."""
        width = len(self._sides[0]) if self._sides else 1
        return TrainingRows(
            form=form,
            source=source,
            contents=list(self._numbers),
            identities=np.array(self._identities, dtype=np.int64),
            sides=np.array(self._sides, dtype=np.int64).reshape(len(self), width),
            corpus_rows=np.array(self._corpus_rows, dtype=np.int64),
            labels=np.array(self._labels, dtype=np.int64),
            scores=np.array(self._scores, dtype=np.float32),
            label_names=tuple(self._label_numbers),
            n_left_out=self.n_left_out,
        )


def fold(content: Content) -> Content:
    """Return a content without what does not count: case and white space of a text."""
    return " ".join(content.split()).casefold() if isinstance(content, str) else content
