"""The jobs that embed corpora right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.jobs.events import JobState
    from embedding_lab.workflows.embed_corpus import EmbedCorpus
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.jobs.entry import JobEntry
    from embedding_lab_app.jobs.runner import JobRunner


def live_embedding(runner: JobRunner, corpus: Corpus) -> tuple[JobEntry, EmbedCorpus] | None:
    """Return the running or waiting job that embeds a corpus, as it is known and itself, or None.

    Parameters
    ----------
    runner : JobRunner
        The window's.
    corpus : Corpus
        Jobs call it by its name or its id.
    """
    for entry, job in _embeddings(runner):
        if job.corpus in {corpus.name, corpus.id}:
            return entry, job
    return None


def live_state(runner: JobRunner, corpus: Corpus) -> JobState | None:
    """Return whether the embedding of a corpus waits or runs; None if there is none."""
    live = live_embedding(runner, corpus)
    return live[0].state if live is not None else None


def live_embeddings(runner: JobRunner) -> list[tuple[str, JobState]]:
    """Return which runs embed something now, and whether they wait or run.

    What is shown of corpora changes with it, and not with every progress of such a job.
    """
    return [(entry.run_id, entry.state) for entry, _ in _embeddings(runner)]


def _embeddings(runner: JobRunner) -> Iterator[tuple[JobEntry, EmbedCorpus]]:
    live = runner.live_entries()
    if live:
        # Home asks before the window is shown, which is not to wait for these modules.
        from embedding_lab.workflows.embed_corpus import EmbedCorpus

        for entry in live:
            if isinstance(entry.job, EmbedCorpus):
                yield entry, entry.job
