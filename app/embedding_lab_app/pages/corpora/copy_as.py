"""What was just done, as the lines of Python and as the command that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab_app.widgets.copy_lines import changed_fields, command_line, python_lines

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.job import Job

IMPORT_FLAGS = {"encoding": "--encoding", "delimiter": "--delimiter", "text_unit": "--text-unit"}
EMBED_FLAGS = {
    "prompt": "--prompt",
    "prompt_name": "--prompt-name",
    "precision": "--precision",
    "engine": "--engine",
    "limit": "--limit",
    "modality": "--modality",
    "embedding_prompt": "--embedding-prompt",
    "pooling": "--pooling",
    "layer": "--layer",
}


def as_python(workspace: Path, job: Job[Any]) -> str:
    """Return the Python lines for an import or an embedding."""
    if isinstance(job, ImportCorpus):
        choices = changed_fields(job, ("name", "into", "again")) | import_options(job)
        return python_lines(workspace, "import_corpus", job.paths, choices)
    if isinstance(job, EmbedCorpus):
        choices = changed_fields(job, (*EMBED_FLAGS, "encodes_empty"))
        return python_lines(workspace, "embed", (job.corpus, job.encoder), choices)
    raise TypeError(f"{job.title} has no Python lines")


def as_command(workspace: Path, job: Job[Any]) -> str:
    """Return the shell command for an import or an embedding."""
    if isinstance(job, ImportCorpus):
        words = ["corpus", "import", *job.paths, *_import_words(job)]
    elif isinstance(job, EmbedCorpus):
        changed = changed_fields(job, EMBED_FLAGS)
        words = ["embed", job.corpus, "--encoder", job.encoder]
        words += [word for name in changed for word in (EMBED_FLAGS[name], str(changed[name]))]
        words += ["--encode-empty"] if job.encodes_empty else []
    else:
        raise TypeError(f"{job.title} has no command")
    return command_line(workspace, words)


def import_options(job: ImportCorpus) -> dict[str, Any]:
    """Return the reading options that the user decided; the rest is guessed again."""
    return {
        name: value for name, value in job.options.items() if value not in ("", None, False, {})
    } | ({"has_header": False} if job.options.get("has_header") is False else {})


def _import_words(job: ImportCorpus) -> list[str]:
    words: list[str] = []
    for name, flag in {"name": "--name", "into": "--into"}.items():
        words += [flag, getattr(job, name)] if getattr(job, name) else []
    options = import_options(job)
    for name, flag in IMPORT_FLAGS.items():
        words += [flag, options[name]] if name in options else []
    for column, role in options.get("roles", {}).items():
        words += ["--role", f"{column}={role}"]
    words += ["--no-header"] if options.get("has_header") is False else []
    words += ["--keep-empty"] if "keeps_empty" in options else []
    return [*words, "--again"] if job.again else words
