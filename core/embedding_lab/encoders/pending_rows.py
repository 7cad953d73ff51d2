"""The rows of a corpus that wait for a vector, as an encoder takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.contract import Picture
from embedding_lab.errors import WorkspaceError
from embedding_lab.pictures import PictureError, open_picture
from embedding_lab.types import Modality
from embedding_lab.workspace.corpus_pictures import picture_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Input
    from embedding_lab.workspace.corpus import Corpus, Document

PROBLEMS_KEPT = 20
# When fewer than one row in so many waits, the others are not read.
FEW_IN = 20
CHUNK = 500


class PendingRows:
    """Yields every row without a vector, and counts those that cannot have one.

    Parameters
    ----------
    corpus : Corpus
        Whose rows.
    is_done : array, shape (n,)
        Which of the wanted rows have a vector.
    modality : Modality
        What is encoded of a row.
    check : callable
        Called now and then; may raise to stop.
    takes_empty : bool
        Whether empty texts are encoded as the empty string.

    Attributes
    ----------
    n_empty : int
        Rows met that have no text, or no picture where pictures are encoded.
    n_unreadable : int
        Rows met whose picture is gone, changed or damaged.
    problems : list of str
        What is wrong with the first of those.
    """

    def __init__(
        self,
        corpus: Corpus,
        is_done: NDArray[np.bool_],
        modality: Modality,
        check: Callable[[], None],
        *,
        takes_empty: bool,
    ) -> None:
        self.n_empty = 0
        self.n_unreadable = 0
        self.problems: list[str] = []
        self.n_pending = int(np.count_nonzero(~is_done))
        self._corpus = corpus
        self._is_done = is_done
        self._modality = modality
        self._check = check
        self._takes_empty = takes_empty

    @property
    def n_left_out(self) -> int:
        """How many rows met so far got nothing to encode."""
        is_text = self._modality is Modality.TEXT
        n_empty = 0 if is_text and self._takes_empty else self.n_empty
        return n_empty + self.n_unreadable

    def __iter__(self) -> Iterator[tuple[int, Input]]:
        rows = np.flatnonzero(~self._is_done)
        if len(rows) == 0:
            return
        for document in self._documents(rows):
            if self._is_done[document.row]:
                continue
            is_text = self._modality is Modality.TEXT
            found = self._text(document) if is_text else self._picture(document)
            if found is not None:
                yield document.row, found

    def _documents(self, rows: NDArray[np.int64]) -> Iterator[Document]:
        """Yield the documents of ``rows``, or all of that stretch where it has few others."""
        first, last = int(rows[0]), int(rows[-1]) + 1
        if len(rows) * FEW_IN > last - first:
            for document in self._corpus.documents(first, last):
                if document.row % 1000 == 0:
                    self._check()
                yield document
            return
        for start in range(0, len(rows), CHUNK):
            self._check()
            yield from self._corpus.documents_at(rows[start : start + CHUNK])

    def _text(self, document: Document) -> str | None:
        text = document.full_text
        is_empty = not text.strip()
        self.n_empty += is_empty
        return None if is_empty and not self._takes_empty else text

    def _picture(self, document: Document) -> Picture | None:
        if document.picture is None:
            self.n_empty += 1
            return None
        try:
            image = open_picture(picture_content(self._corpus, document.picture))
        except (WorkspaceError, PictureError) as error:
            self.n_unreadable += 1
            if len(self.problems) < PROBLEMS_KEPT:
                self.problems.append(f"Row {document.row:,}: {error}")
            return None
        with_text = self._modality is Modality.IMAGE_TEXT
        return Picture(image, document.full_text if with_text else "")
