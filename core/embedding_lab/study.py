"""The Python door: a workspace with methods that run the same jobs as window and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.study_encoders import EncoderStudy
from embedding_lab.study_negatives import NegativesStudy
from embedding_lab.study_prompts import PromptStudy
from embedding_lab.study_training import TrainingStudy
from embedding_lab.workspace import workspace as workspaces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.jobs.events import Event
    from embedding_lab.jobs.job import Job
    from embedding_lab.jobs.record import RunRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.subsets import Subset
    from embedding_lab.workspace.workspace import Workspace


class Study(EncoderStudy, PromptStudy, NegativesStudy, TrainingStudy):
    """An open workspace to work with from Python.

    Methods that run a job return the same JSON object that the command line prints with
    ``--json``, and raise a :class:`~embedding_lab.errors.LabError` with a plain sentence if the
    job fails. Use it in a ``with`` statement, or call :meth:`close`, to let go of the folder.

    Parameters
    ----------
    workspace : Workspace
        The open workspace.
    on_event : callable, optional
        Receives every event of every job: progress, log lines, how it ended.
    """

    def __init__(
        self, workspace: Workspace, on_event: Callable[[Event], None] | None = None
    ) -> None:
        self.workspace = workspace
        self._on_event = on_event or (lambda _: None)

    @property
    def folder(self) -> Path:
        """Where the workspace lies."""
        return self.workspace.folder

    def close(self) -> None:
        """Let go of the workspace, so that others may write to it."""
        self.workspace.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run any job of :mod:`embedding_lab.workflows` and return its result."""
        from embedding_lab.workflows.perform import perform

        return perform(job, self.workspace, self._on_event)

    # Corpora

    def corpora(self) -> list[Corpus]:
        """Return all corpora, oldest first."""
        return self.workspace.corpora()

    def corpus(self, name: str) -> Corpus:
        """Return the corpus with this name or id."""
        return self.workspace.corpus(name)

    def import_corpus(
        self,
        *paths: str | Path,
        name: str = "",
        into: str = "",
        again: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Read files and folders into a new corpus, or behind the rows of an old one.

        Parameters
        ----------
        *paths : str or Path
            What to read.
        name : str, optional
            What to call the new corpus.
        into : str, optional
            The corpus to add the rows to.
        again : bool, default False
            Read files that the workspace holds already.
        **options
            Fields of :class:`~embedding_lab.readers.options.ReadOptions`: ``roles``, ``encoding``,
            ``delimiter``...
        """
        from embedding_lab.workflows.import_corpus import ImportCorpus

        return self.run(
            ImportCorpus(
                paths=tuple(str(path) for path in paths),
                name=name,
                options=options,
                into=into,
                again=again,
            )
        )

    def delete_corpus(self, name: str) -> None:
        """Move a corpus, its embeddings and negatives to the trash."""
        self.workspace.delete_corpus(self.corpus(name))

    def export_rows(self, corpus: str, to: str | Path, **choices: Any) -> dict[str, Any]:
        """Write rows to a CSV, TSV or JSON Lines file.

        ``choices`` are further fields of :class:`~embedding_lab.workflows.export_rows.ExportRows`:
        ``filter``, ``rows``, ``scores``.
        """
        from embedding_lab.workflows.export_rows import ExportRows

        return self.run(ExportRows(corpus, str(to), **choices))

    def save_subset(self, corpus: str, name: str, rows: Sequence[int]) -> Subset:
        """Keep rows of a corpus under a name; the filter ``in subset "name"`` takes them."""
        self.workspace.require_writable()
        held = self.corpus(corpus)
        return held.subsets.save(name, rows, n_rows=held.n_rows)

    def subsets(self, corpus: str) -> list[Subset]:
        """Return the subsets of a corpus, oldest first."""
        return self.corpus(corpus).subsets.list()

    def delete_subset(self, corpus: str, name: str) -> None:
        """Forget a subset; its rows stay."""
        self.workspace.require_writable()
        self.corpus(corpus).subsets.delete(name)

    # Embeddings

    def estimate(self, corpus: str, encoder: str = "starter", **choices: Any) -> dict[str, Any]:
        """Tell what :meth:`embed` with the same choices would take, encoding a few rows only."""
        from embedding_lab.workflows.estimate_embedding import EstimateEmbedding

        return self.run(EstimateEmbedding(corpus, encoder, **choices))

    def embed(self, corpus: str, encoder: str = "starter", **choices: Any) -> dict[str, Any]:
        """Encode the rows that have no vector yet.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.embed_corpus.EmbedCorpus`: ``prompt``, ``prompt_name``,
        ``precision``, ``limit``, ``encodes_empty``, ``modality``, ``embedding_prompt``,
        ``changes``, ``pooling``, ``layer``.
        """
        from embedding_lab.workflows.embed_corpus import EmbedCorpus

        return self.run(EmbedCorpus(corpus, encoder, **choices))

    def vectors(
        self, corpus: str, encoder: str = ""
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return corpus rows, ascending, and their vectors, shapes (n,) and (n, d)."""
        from embedding_lab.workflows.search_corpus import embedded

        vector_set, _ = embedded(self.workspace, self.corpus(corpus), encoder)
        rows, slots = vector_set.in_row_order()
        return rows, vector_set.vectors()[slots]

    def export_vectors(
        self, corpus: str, to: str | Path, encoder: str = "starter", ids_to: str | Path = ""
    ) -> dict[str, Any]:
        """Write the vectors as one ``.npy`` file in the corpus's row order."""
        from embedding_lab.workflows.export_vectors import ExportVectors

        return self.run(ExportVectors(corpus, encoder, to=str(to), ids_to=str(ids_to)))

    # Search and evaluation

    def search(self, corpus: str, query: str = "", **choices: Any) -> dict[str, Any]:
        """Find the rows nearest to a query.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.search_corpus.SearchCorpus`: ``like_row`` (instead of a
        query), ``image`` (a picture's file instead), ``encoder``, ``k``, ``filter``, ``prompt``,
        ``modality``, ``embedding_prompt``.
        """
        from embedding_lab.workflows.search_corpus import SearchCorpus

        return self.run(SearchCorpus(corpus, query, **choices))

    def evaluate(self, corpus: str, encoder: str = "starter", **choices: Any) -> dict[str, Any]:
        """Score an encoder on the judged queries of a corpus.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.evaluate_retrieval.EvaluateRetrieval`: ``split``, ``k``,
        ``embedding_prompt``.
        """
        from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval

        return self.run(EvaluateRetrieval(corpus, encoder, **choices))

    # Jobs

    def jobs(self) -> list[RunRecord]:
        """Return the records of all runs, newest first."""
        from embedding_lab.jobs.record import list_runs

        return list_runs(self.workspace.runs_folder)

    def continue_job(self, run_id: str) -> dict[str, Any]:
        """Go on with a job that was cancelled, failed or was cut short."""
        from embedding_lab.jobs.record import find_run
        from embedding_lab.workflows.perform import continue_run

        run = find_run(self.workspace.runs_folder, run_id)
        return continue_run(run, self.workspace, self._on_event)


def create_workspace(
    folder: str | Path, name: str = "", *, on_event: Callable[[Event], None] | None = None
) -> Study:
    """Make a workspace folder, new or empty, and open it."""
    return Study(workspaces.create_workspace(folder, name), on_event)


def open_workspace(folder: str | Path, *, on_event: Callable[[Event], None] | None = None) -> Study:
    """Open a workspace; read-only if a window or another program is writing to it."""
    return Study(workspaces.open_workspace(folder), on_event)


def upgrade_workspace(folder: str | Path) -> dict[str, Any]:
    """Bring a workspace of an earlier version to the present format; a backup is kept inside it.

    Returns what ``embedding-lab workspace upgrade`` prints with ``--json``.
    """
    from dataclasses import asdict

    from embedding_lab.workspace import upgrade

    return asdict(upgrade.upgrade_workspace(folder))
