"""A corpus to embed, embedding it as a job, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.jobs.events import JobCompleted, JobFailed, JobLogged
from embedding_lab.jobs.run import run_job
from embedding_lab.types import Role
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.vector_set import VectorSet

if TYPE_CHECKING:
    from encoder_making import HashEncoder

    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def documents(n: int, seed: int = 0) -> list[Document]:
    lengths = np.random.default_rng(seed).integers(0, 60, n)
    return [
        Document(text=f"row {row} " + "word " * length, title="Title" if row % 5 == 0 else None)
        for row, length in enumerate(lengths)
    ]


def embed(workspace: Workspace, **inputs: Any) -> dict[str, Any]:
    result, _ = embed_and_watch(workspace, **inputs)
    return result


def embed_and_watch(workspace: Workspace, **inputs: Any) -> tuple[dict[str, Any], list[Event]]:
    events: list[Event] = []
    terminal = run_job(EmbedCorpus(**{"corpus": "study"} | inputs), workspace, events.append)
    assert isinstance(terminal, JobCompleted), terminal
    return terminal.result, events


def failure(workspace: Workspace, **inputs: Any) -> JobFailed:
    terminal = run_job(EmbedCorpus(**{"corpus": "study"} | inputs), workspace, lambda _: None)
    assert isinstance(terminal, JobFailed), terminal
    return terminal


def warnings_of(events: list[Event]) -> list[str]:
    return [e.message for e in events if isinstance(e, JobLogged) and e.level == "warning"]


def vectors_by_row(workspace: Workspace, key: str) -> np.ndarray:
    vector_set = VectorSet(workspace.embeddings_folder / key)
    rows, slots = vector_set.in_row_order()
    assert len(np.unique(rows)) == len(rows)
    return np.asarray(vector_set.vectors())[slots]


def expected(encoder: HashEncoder, corpus: Corpus, prompt: str = "") -> np.ndarray:
    texts = [prompt + document.full_text for document in corpus.documents()]
    return encoder.encode(texts, role=Role.DOCUMENT, prompt="")
