"""Jobs about ONNX files as the lines of Python and as the command that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.workflows.export_onnx import ExportOnnx
from embedding_lab.workflows.inspect_onnx import InspectOnnx
from embedding_lab.workflows.prepare_encoder import PrepareEncoder
from embedding_lab.workflows.shrink_encoder import ShrinkEncoder
from embedding_lab_app.widgets.copy_lines import changed_fields, command_line, python_lines

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.job import Job

PROOF_FLAGS = {"check_corpus": "--check-corpus", "n_rows": "--rows"}
EXPORT_FLAGS = PROOF_FLAGS | {"min_cosine": "--min-cosine", "keeps_failed": "--keep-failed"}
SHRINK_FLAGS = {
    "recipes": "--recipe", "n_rows": "--rows", "repeats": "--repeats", "scores": "--no-scores",
}  # fmt: skip


def as_python(workspace: Path, job: Job[Any]) -> str:
    """Return the Python lines that do what a job does."""
    if isinstance(job, PrepareEncoder):
        return python_lines(workspace, "prepare", (job.encoder,), changed_fields(job, PROOF_FLAGS))
    if isinstance(job, ExportOnnx):
        choices = changed_fields(job, EXPORT_FLAGS)
        return python_lines(workspace, "export_onnx", (job.encoder, job.to), choices)
    if isinstance(job, ShrinkEncoder):
        choices = changed_fields(job, SHRINK_FLAGS)
        return python_lines(workspace, "shrink", (job.encoder, job.to, job.corpus), choices)
    if isinstance(job, InspectOnnx):
        files = [job.path, *([job.against] if job.against else [])]
        return python_lines(workspace, "inspect_onnx", files, {})
    raise TypeError(f"{job.title} has no Python lines")


def as_command(workspace: Path, job: Job[Any]) -> str:
    """Return the shell command that does what a job does."""
    if isinstance(job, PrepareEncoder):
        words = ["prepare", job.encoder, *_flags(job, PROOF_FLAGS)]
    elif isinstance(job, ExportOnnx):
        words = ["export-onnx", job.encoder, "--to", job.to, *_flags(job, EXPORT_FLAGS)]
    elif isinstance(job, ShrinkEncoder):
        words = ["shrink", job.encoder, "--to", job.to, "--corpus", job.corpus]
        words += _flags(job, SHRINK_FLAGS)
    elif isinstance(job, InspectOnnx):
        words = ["inspect", job.path, *(["--against", job.against] if job.against else [])]
    else:
        raise TypeError(f"{job.title} has no command")
    return command_line(workspace, ["encoder", *words])


def _flags(job: Job[Any], flags: dict[str, str]) -> list[str]:
    words: list[str] = []
    for name, value in changed_fields(job, flags).items():
        words.append(flags[name])
        if isinstance(value, tuple):
            words += value
        elif not isinstance(value, bool):
            words.append(str(value))
    return words
