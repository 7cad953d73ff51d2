"""How much of a corpus a vector set holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet


def n_without_vector(corpus: Corpus, vector_set: VectorSet) -> int:
    """Return how many rows of a corpus can have no vector in a set: they are empty."""
    if vector_set.meta.modality != Modality.TEXT:
        return corpus.n_rows - corpus.n_pictures
    return 0 if vector_set.meta.encodes_empty else corpus.n_empty


def n_missing(corpus: Corpus, vector_set: VectorSet) -> int:
    """Return how many rows of a corpus could have a vector in a set and have none yet."""
    return max(0, corpus.n_rows - n_without_vector(corpus, vector_set) - vector_set.n_rows)
