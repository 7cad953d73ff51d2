"""The last search as Python lines and as a command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workflows.search_corpus import SearchCorpus


def search_as_python(workspace: Path, job: SearchCorpus) -> str:
    """Return the Python lines that search the same."""
    arguments = [repr(job.corpus)]
    arguments.append(f"like_row={job.like_row}" if job.like_row >= 0 else repr(job.query))
    arguments.append(f"encoder={job.encoder!r}")
    arguments += [f"k={job.k}"] if job.k != 10 else []
    arguments += [f"filter={job.filter!r}"] if job.filter else []
    opened = f"with lab.open_workspace({str(workspace)!r}) as ws:"
    call = f"result = ws.search({', '.join(arguments)})"
    return f"import embedding_lab as lab\n\n{opened}\n    {call}\n"


def search_as_command(workspace: Path, job: SearchCorpus) -> str:
    """Return the shell command that searches the same."""
    words = ["embedding-lab", "--workspace", str(workspace), "search", job.corpus]
    words += ["--like", str(job.like_row)] if job.like_row >= 0 else [job.query]
    words += ["--encoder", job.encoder, "-k", str(job.k)]
    words += ["--filter", job.filter] if job.filter else []
    return shlex.join(words)
