"""Corpora and embeddings for tests, made without reading files or loading an encoder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.workspace.corpus_writer import CorpusWriter
from embedding_lab.workspace.vector_set import VectorSet, VectorSetMeta, VectorWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedding_lab.workspace.corpus import Corpus, Document
    from embedding_lab.workspace.workspace import Workspace


def make_corpus(
    workspace: Workspace,
    name: str,
    documents: Sequence[Document],
    queries: Mapping[str, str] | None = None,
    judgements: Sequence[tuple[str, str, str, float]] = (),
    roles: Mapping[str, str] | None = None,
) -> Corpus:
    """Publish a corpus with queries ``{id: text}`` and (split, query, document, grade).

    ``roles`` says what extra columns mean.
    """
    corpus_id = workspace.new_corpus_id(name)
    writer = CorpusWriter(workspace.cache_folder / f"staging-{corpus_id}")
    for document in documents:
        assert writer.add_document(document)
    for query_id, text in (queries or {}).items():
        assert writer.add_query(query_id, text)
    for judgement in judgements:
        assert writer.add_judgement(*judgement)
    extra = dict.fromkeys(key for document in documents for key in document.extra)
    return writer.publish(
        workspace.corpora_folder / corpus_id,
        corpus_id=corpus_id,
        name=name,
        extra_columns=list(extra),
        sources=[],
        roles=roles,
    )


def make_vectors(
    workspace: Workspace,
    corpus: Corpus,
    vectors: np.ndarray,
    rows: Sequence[int] | None = None,
    **meta: object,
) -> VectorSet:
    """Write vectors for a corpus as if an encoder had made them, in the order of ``rows``."""
    values = {
        "fingerprint": "f" * 32,
        "corpus_id": corpus.id,
        "encoder_id": "starter",
        "encoder_name": "starter",
        "prompt": "",
        "dimension": vectors.shape[1],
        "max_length": 256,
        "engine": "torch",
        "precision": "fp32",
        "created": time.time(),
    } | meta
    folder = workspace.embeddings_folder / f"{corpus.id}-{values['fingerprint'][:8]}"
    order = np.arange(len(vectors)) if rows is None else np.asarray(rows)
    with VectorWriter(folder, VectorSetMeta(**values)) as writer:
        writer.append(order.astype(np.int64), vectors.astype(np.float32))
    return VectorSet(folder)
