"""What Home shows and what its buttons lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab.jobs.events import JobState
from embedding_lab.types import counted
from embedding_lab.workspace.coverage import n_missing
from embedding_lab.workspace.workspace import WORKSPACE_FILE
from embedding_lab_app.jobs.live_embedding import live_state

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab_app.context import AppContext


@dataclass(frozen=True)
class CorpusSummary:
    """One corpus in a line, and what to do with it next, if anything."""

    corpus_id: str
    name: str
    facts: str
    next_step: str


class HomeController:
    """Reads the workspace for Home."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    @property
    def is_first_run(self) -> bool:
        """Whether nobody has done anything here: no corpus, and no other workspace opened yet."""
        context = self._context
        return not context.workspace.corpora() and not context.recent_workspaces()

    def corpora(self) -> list[CorpusSummary]:
        """Return one summary a corpus, oldest first."""
        workspace, runner = self._context.workspace, self._context.runner
        return [
            summarize(
                corpus,
                workspace.vector_sets(corpus),
                live_state(runner, corpus),
                can_embed=workspace.is_writable,
            )
            for corpus in workspace.corpora()
        ]

    def is_there(self, folder: Path) -> bool:
        """Whether a remembered workspace can be reached now; its drive may be away."""
        return (folder / WORKSPACE_FILE).exists()

    def take_next_step(self, summary: CorpusSummary) -> None:
        """Search a corpus that is embedded; lead to embedding one that is not."""
        if summary.next_step == "Search":
            self._context.navigate("search", corpus=summary.corpus_id)
        else:
            self._context.navigate("corpora", corpus=summary.corpus_id, segment="embeddings")

    def open_sample(self, sample: resources.Sample) -> None:
        """Show the preview of a bundled sample."""
        self._context.drop([resources.path(sample.name)])


def summarize(
    corpus: Corpus, vector_sets: list[VectorSet], embedding: JobState | None, *, can_embed: bool
) -> CorpusSummary:
    """Return a corpus in one line, as it is or is about to be."""
    best = max(vector_sets, key=lambda item: item.n_rows, default=None)
    is_searchable = best is not None and best.n_rows > 0
    if embedding is None:
        state = _embedded(corpus, best if is_searchable else None)
        otherwise = "Embed" if can_embed else ""
    else:
        is_waiting = embedding is JobState.QUEUED
        state = "waits to be embedded" if is_waiting else "being embedded"
        otherwise = ""
    facts = f"{counted(corpus.n_rows, 'row')} · {state}"
    return CorpusSummary(corpus.id, corpus.name, facts, "Search" if is_searchable else otherwise)


def _embedded(corpus: Corpus, best: VectorSet | None) -> str:
    if best is None:
        return "not embedded"
    if n_missing(corpus, best):
        return f"{best.n_rows:,} embedded by {best.meta.encoder_name}"
    return f"embedded by {best.meta.encoder_name}"
