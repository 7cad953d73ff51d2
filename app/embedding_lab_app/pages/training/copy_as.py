"""A training run as Python lines and as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab_app.widgets.copy_lines import changed_fields, command_line, python_lines

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workflows.train_encoder import TrainEncoder

CHOICES = ("name", "teacher", "source", "split", "filter", "limit", "negatives")


def run_as_python(workspace: Path, job: TrainEncoder) -> str:
    """Return the Python lines of a run."""
    methods: dict[str, Any] = {"objective": job.objective}
    methods |= {"objective_values": job.objective_values} if job.objective_values else {}
    methods |= {"sampler": job.sampler}
    methods |= {"sampler_values": job.sampler_values} if job.sampler_values else {}
    choices = methods | changed_fields(job, CHOICES)
    choices |= {"settings": job.settings} if job.settings else {}
    return python_lines(workspace, "train", [job.corpus, job.encoder], choices)


def run_as_command(workspace: Path, job: TrainEncoder) -> str:
    """Return the command of a run."""
    words = ["train", "--encoder", job.encoder, "--data", job.corpus]
    words += ["--objective", job.objective, "--sampler", job.sampler]
    parts = {
        "objective.": job.objective_values, "sampler.": job.sampler_values, "": job.settings,
    }  # fmt: skip
    for before, values in parts.items():
        for name, value in values.items():
            words += ["--set", f"{before}{name}={value}"]
    for name, value in changed_fields(job, CHOICES).items():
        words += [f"--{name}", str(value)]
    return command_line(workspace, words)
