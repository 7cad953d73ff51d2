"""Mining as the lines of Python and as the command that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab_app.widgets.copy_lines import changed_fields, command_line, python_lines

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workflows.mine_negatives import MineNegatives

FLAGS = {
    "name": "--name", "source": "--source", "split": "--split", "filter": "--filter",
    "limit": "--limit", "seed": "--seed",
}  # fmt: skip


def as_python(workspace: Path, job: MineNegatives) -> str:
    """Return the Python lines that mine the same negatives."""
    choices = {"parameters": dict(job.parameters)} if job.parameters else {}
    choices |= changed_fields(job, FLAGS)
    positional = (job.corpus, job.encoder, job.sampler)
    return python_lines(workspace, "mine_negatives", positional, choices)


def as_command(workspace: Path, job: MineNegatives) -> str:
    """Return the command that mines the same negatives."""
    words = ["negatives", "mine", job.corpus, "--encoder", job.encoder, "--sampler", job.sampler]
    for name, value in job.parameters.items():
        words += ["--set", f"{name}={_written(value)}"]
    for name, value in changed_fields(job, FLAGS).items():
        words += [FLAGS[name], str(value)]
    return command_line(workspace, words)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
