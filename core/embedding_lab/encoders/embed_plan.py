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
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.encoders.two_sided import TwoSidedRendering
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
    rendering: TwoSidedRendering | None = None

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
            modality=self.options.modality.value,
            rendering=self.rendering.to_record() if self.rendering else None,
        )
