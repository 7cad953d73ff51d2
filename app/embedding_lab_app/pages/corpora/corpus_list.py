"""What the list of corpora says of each: name, rows, and what embedded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.workspace.coverage import n_missing
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
    names: dict[str, str] = {}
    for item in vector_sets:
        if item.n_rows:
            is_whole = not n_missing(corpus, item)
            name = item.meta.encoder_name
            names[name] = name if is_whole else names.get(name, f"{item.n_rows:,} by {name}")
    embedded = "being embedded" if is_embedding else ", ".join(names.values()) or "not embedded"
    return NamedLine(corpus.id, corpus.name, f"{count(corpus.n_rows, 'row')} · {embedded}")
