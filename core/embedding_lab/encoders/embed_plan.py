"""What embedding a corpus comes down to: which rows, with which encoder, into which folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.workspace.vector_set import (
    STATE_FILE,
    VectorSet,
    VectorSetMeta,
    VectorSetState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus


@dataclass(frozen=True)
class EmbedPlan:
    """One corpus, one encoder and its options, and the vector set they belong to."""

    corpus: Corpus
    record: EncoderRecord
    options: EncodeOptions
    fingerprint: str
    folder: Path
    n_target: int
    encodes_empty: bool

    def state(self) -> VectorSetState:
        """Return how far the vectors have come."""
        is_there = (self.folder / STATE_FILE).exists()
        return VectorSet(self.folder).state if is_there else VectorSetState()

    def is_done(self) -> NDArray[np.bool_]:
        """Return for each of the wanted rows whether it has a vector, shape (n_target,)."""
        mask = np.zeros(self.n_target, dtype=np.bool_)
        if (self.folder / STATE_FILE).exists():
            rows = VectorSet(self.folder).rows()
            mask[rows[rows < self.n_target]] = True
        return mask

    def meta(self) -> VectorSetMeta:
        """Return the record of a new vector set."""
        return VectorSetMeta(
            fingerprint=self.fingerprint,
            corpus_id=self.corpus.id,
            encoder_id=self.record.id,
            encoder_name=self.record.name,
            prompt=self.options.prompt,
            dimension=self.record.dimension,
            max_length=self.record.max_length,
            engine=self.record.engine,
            precision=self.options.precision.value,
            created=time.time(),
            encodes_empty=self.encodes_empty,
        )


class PendingTexts:
    """Yields ``(row, text)`` of every row without a vector, and counts the empty ones."""

    def __init__(
        self,
        corpus: Corpus,
        is_done: NDArray[np.bool_],
        check: Callable[[], None],
        *,
        takes_empty: bool,
    ) -> None:
        self.n_empty = 0
        self.n_pending = int(np.count_nonzero(~is_done))
        self._corpus = corpus
        self._is_done = is_done
        self._check = check
        self._takes_empty = takes_empty

    def __iter__(self) -> Iterator[tuple[int, str]]:
        rows = np.flatnonzero(~self._is_done)
        if len(rows) == 0:
            return
        for document in self._corpus.documents(int(rows[0]), int(rows[-1]) + 1):
            if document.row % 1000 == 0:
                self._check()
            if self._is_done[document.row]:
                continue
            text = document.full_text
            is_empty = not text.strip()
            self.n_empty += is_empty
            if self._takes_empty or not is_empty:
                yield document.row, text
