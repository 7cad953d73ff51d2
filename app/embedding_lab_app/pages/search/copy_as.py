"""The last search as Python lines and as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab_app.widgets.copy_lines import command_line, python_lines

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workflows.search_corpus import SearchCorpus


def search_as_python(workspace: Path, job: SearchCorpus) -> str:
    """Return the Python lines that search the same."""
    asked: dict[str, Any] = {"like_row": job.like_row} if job.like_row >= 0 else {}
    asked |= {"image": job.image} if job.image else {}
    choices = asked | {"encoder": job.encoder, "k": job.k}
    choices |= {"filter": job.filter} if job.filter else {}
    choices |= {"prompt": job.prompt} if job.prompt is not None else {}
    choices |= {"modality": job.modality} if job.modality else {}
    if job.embedding_prompt is not None:
        choices |= {"embedding_prompt": job.embedding_prompt}
    return python_lines(workspace, "search", [job.corpus, *([] if asked else [job.query])], choices)


def search_as_command(workspace: Path, job: SearchCorpus) -> str:
    """Return the shell command that searches the same."""
    words = ["search", job.corpus]
    if job.image:
        words += ["--image", job.image]
    else:
        words += ["--like", str(job.like_row)] if job.like_row >= 0 else [job.query]
    words += ["--encoder", job.encoder, "-k", str(job.k)]
    words += ["--filter", job.filter] if job.filter else []
    words += ["--prompt", job.prompt] if job.prompt is not None else []
    words += ["--modality", job.modality] if job.modality else []
    if job.embedding_prompt is not None:
        name = job.embedding_prompt
        words += ["--embedding-prompt", name] if name else ["--no-embedding-prompt"]
    return command_line(workspace, words)
