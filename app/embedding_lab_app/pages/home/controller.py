"""What Home shows and what its buttons lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab.types import counted
from embedding_lab.workspace.workspace import WORKSPACE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab_app.context import AppContext


@dataclass(frozen=True)
class CorpusSummary:
    """One corpus in a line, and what to do with it next."""

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
        workspace = self._context.workspace
        return [summarize(corpus, workspace.vector_sets(corpus)) for corpus in workspace.corpora()]

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


def summarize(corpus: Corpus, vector_sets: list[VectorSet]) -> CorpusSummary:
    """Return a corpus in one line."""
    facts = counted(corpus.n_rows, "row")
    best = max(vector_sets, key=lambda item: item.n_rows, default=None)
    if best is None or best.n_rows == 0:
        facts += " · not embedded"
    elif best.n_rows < corpus.n_rows:
        facts += f" · {best.n_rows:,} embedded by {best.meta.encoder_name}"
    else:
        facts += f" · embedded by {best.meta.encoder_name}"
    is_searchable = best is not None and best.n_rows > 0
    return CorpusSummary(corpus.id, corpus.name, facts, "Search" if is_searchable else "Embed")
