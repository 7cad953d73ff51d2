"""The jobs that embed corpora right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.workflows.embed_corpus import EmbedCorpus

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobState
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.entry import JobEntry
    from embedding_lab_app.jobs.runner import JobRunner


def live_embedding(runner: JobRunner, corpus: Corpus) -> JobEntry | None:
    """Return the running or waiting job that embeds a corpus, or None.

    Parameters
    ----------
    runner : JobRunner
        The window's.
    corpus : Corpus
        Jobs call it by its name or its id.
    """
    for entry in runner.live_entries():
        if isinstance(entry.job, EmbedCorpus) and entry.job.corpus in {corpus.name, corpus.id}:
            return entry
    return None


def live_embeddings(runner: JobRunner) -> list[tuple[str, JobState]]:
    """Return which runs embed something now, and whether they wait or run.

    What is shown of corpora changes with it, and not with every progress of such a job.
    """
    live = runner.live_entries()
    return [(entry.run_id, entry.state) for entry in live if isinstance(entry.job, EmbedCorpus)]
