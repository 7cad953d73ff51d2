"""What was done on the page as Python lines and as commands for a shell."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from embedding_lab.workflows.measure_attention import MeasureAttention
from embedding_lab_app.widgets.copy_lines import changed_fields, command_line, python_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from embedding_lab.workflows.bench_layers import BenchLayers
    from embedding_lab.workflows.bench_prompts import BenchPrompts
    from embedding_lab.workflows.compare_instructions import CompareInstructions
    from embedding_lab.workflows.labelled_choices import LabelledChoices
    from embedding_lab.workflows.optimize_prompts import OptimizePrompts
    from embedding_lab.workflows.score_prompts import ScorePrompts

# Fields of a test beside corpus, encoder, classes and templates, and their options.
OPTIONS = {
    "modality": "--modality",
    "filter": "--filter",
    "sample": "--sample",
    "prompt": "--prompt",
    "pool": "--pool",
    "top_k": "--top-k",
    "scale": "--scale",
    "synonym_cosine": "--synonym-cosine",
    "shots": "--shots",
    "beta": "--beta",
    "searches": "--search",
    "seed": "--seed",
}
SEARCH_OPTIONS = ("modality", "filter", "sample", "prompt", "shots", "seed")
JUDGED_BY = {"split": "--split", "k": "-k"}
MEAN = "mean"
BENCH_FLAGS = {
    "pooling": "--pooling",
    "layer": "--layer",
    "k": "-k",
    "modality": "--modality",
}
CLASS_FILE, TEMPLATE_FILE, INSTRUCTION_FILE = "classes", "templates.txt", "instructions.txt"


def test_as_python(workspace: Path, job: ScorePrompts) -> str:
    """Return the Python lines of a test."""
    choices = _prompts(job) | changed_fields(job, OPTIONS)
    return python_lines(workspace, "score_prompts", [job.corpus, job.encoder], choices)


def test_as_command(workspace: Path, job: ScorePrompts) -> str:
    """Return shell lines that write what was typed into two files, and test it."""
    written, words = _files(job)
    words = ["prompts", "test", job.corpus, "--encoder", job.encoder, *words, *_options(job)]
    return "\n".join([*written, command_line(workspace, words)])


def search_as_python(workspace: Path, job: OptimizePrompts) -> str:
    """Return the Python lines of a search for better prompts."""
    choices = _prompts(job) | changed_fields(job, (*SEARCH_OPTIONS, "method"))
    choices |= {"parameters": job.parameters} if job.parameters else {}
    return python_lines(workspace, "optimize_prompts", [job.corpus, job.encoder], choices)


def search_as_command(workspace: Path, job: OptimizePrompts) -> str:
    """Return shell lines that write what was typed into two files, and search from there."""
    written, words = _files(job)
    words = ["prompts", "optimize", job.corpus, "--encoder", job.encoder, *words]
    words += ["--method", job.method, *_options(job, SEARCH_OPTIONS)]
    for name, value in job.parameters.items():
        words += ["--set", f"{name}={value}"]
    return "\n".join([*written, command_line(workspace, words)])


def comparison_as_python(workspace: Path, first: str, second: str, mode: str) -> str:
    """Return the Python lines that compare two saved tests."""
    choices = {"mode": mode} if mode != MEAN else {}
    return python_lines(workspace, "compare_prompts", [first, second], choices)


def comparison_as_command(workspace: Path, first: str, second: str, mode: str) -> str:
    """Return the command that compares two saved tests."""
    words = ["--mode", mode] if mode != MEAN else []
    return command_line(workspace, ["prompts", "compare", first, second, *words])


def instructions_as_python(workspace: Path, job: CompareInstructions) -> str:
    """Return the Python lines that compare instructions."""
    choices = changed_fields(job, ("documents", *JUDGED_BY))
    positional = [job.corpus, job.encoder, *job.queries]
    return python_lines(workspace, "compare_instructions", positional, choices)


def instructions_as_command(workspace: Path, job: CompareInstructions) -> str:
    """Return shell lines that write the instructions into a file, and compare them."""
    documents = job.documents or ("",) * len(job.queries)
    lines = [
        f"{query or '-'}\t{document or '-'}" if job.documents else query or "-"
        for query, document in zip(job.queries, documents, strict=True)
    ]
    words = ["prompts", "instructions", job.corpus, "--encoder", job.encoder]
    words += ["--instructions", INSTRUCTION_FILE]
    for name, value in changed_fields(job, JUDGED_BY).items():
        words += [JUDGED_BY[name], str(value)]
    return f"{_written(lines, INSTRUCTION_FILE)}\n{command_line(workspace, words)}"


def _prompts(job: LabelledChoices) -> dict[str, Any]:
    return {
        "classes": [_brief(item) for item in job.classes],
        "templates": list(job.templates),
    }


def _files(job: LabelledChoices) -> tuple[list[str], list[str]]:
    """Return lines that write classes and templates into files, and the options that name them."""
    if any(item["descriptions"] for item in job.classes):
        file, lines = f"{CLASS_FILE}.json", [json.dumps(list(job.classes), ensure_ascii=False)]
    else:
        file = f"{CLASS_FILE}.txt"
        lines = [f"{item['label']}\t{item['name']}" for item in job.classes]
    written = [_written(lines, file), _written(job.templates, TEMPLATE_FILE)]
    return written, ["--classes", file, "--templates", TEMPLATE_FILE]


def _options(job: LabelledChoices, names: Iterable[str] = OPTIONS) -> list[str]:
    """Return the options for what differs from the defaults."""
    words = []
    for name, value in changed_fields(job, names).items():
        words.append(OPTIONS[name])
        if isinstance(value, tuple):
            words += map(str, value)
        elif value is not True:
            words.append(str(value))
    return words


def bench_as_python(workspace: Path, job: BenchPrompts) -> str:
    """Return the Python lines that compare embedding prompts."""
    choices = {"presets": job.presets} | changed_fields(job, BENCH_FLAGS)
    choices |= {"changes": job.changes} if job.changes else {}
    return python_lines(workspace, "bench_prompts", [job.corpus, job.encoder], choices)


def bench_as_command(workspace: Path, job: BenchPrompts) -> str:
    """Return the command that compares embedding prompts."""
    words = ["prompts", "bench", job.corpus, "--encoder", job.encoder]
    words += ["--presets", *job.presets] if job.presets else []
    for name, value in changed_fields(job, BENCH_FLAGS).items():
        words += [BENCH_FLAGS[name], str(value)]
    for name, text in job.changes.items():
        words += ["--set", f"{name}={text}"]
    return command_line(workspace, words)


def inner_as_python(workspace: Path, job: BenchLayers | MeasureAttention) -> str:
    """Return the Python lines that look into a model."""
    choices = changed_fields(job, _inner_flags(job)) | {"preset": job.preset}
    choices |= {"changes": job.changes} if job.changes else {}
    method = "measure_attention" if isinstance(job, MeasureAttention) else "bench_layers"
    return python_lines(workspace, method, [job.corpus, job.encoder], choices)


def inner_as_command(workspace: Path, job: BenchLayers | MeasureAttention) -> str:
    """Return the command that looks into a model."""
    name = "attention" if isinstance(job, MeasureAttention) else "layers"
    words = ["prompts", name, job.corpus, "--encoder", job.encoder, "--preset", job.preset]
    flags = _inner_flags(job)
    for field, value in changed_fields(job, flags).items():
        words += [flags[field], str(value)]
    for text_name, text in job.changes.items():
        words += ["--set", f"{text_name}={text}"]
    return command_line(workspace, words)


def _inner_flags(job: BenchLayers | MeasureAttention) -> dict[str, str]:
    own = {"layer": "--layer"} if isinstance(job, MeasureAttention) else {"k": "-k"}
    return {"side": "--side", "pooling": "--pooling", "modality": "--modality"} | own


def _brief(item: dict[str, Any]) -> Any:
    return item if item["descriptions"] else (item["label"], item["name"])


def _written(lines: Iterable[str], file: str) -> str:
    words = ["printf", r"%s\n", *lines]
    return f"{shlex.join(words)} > {file}"
