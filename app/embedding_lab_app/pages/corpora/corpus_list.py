"""What the list of corpora says of each: name, rows, and what embedded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.widgets.named_list import NamedLine
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet


def corpus_line(
    corpus: Corpus, vector_sets: Sequence[VectorSet], *, is_embedding: bool
) -> NamedLine:
    """Return name, number of rows and what embedded them, or that it is being done."""
    encoders = list(dict.fromkeys(item.meta.encoder_name for item in vector_sets if item.n_rows))
    embedded = "being embedded" if is_embedding else ", ".join(encoders) or "not embedded"
    return NamedLine(corpus.id, corpus.name, f"{count(corpus.n_rows, 'row')} · {embedded}")
