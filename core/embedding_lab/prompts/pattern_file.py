"""Prompt patterns in files, and templates as patterns."""

from __future__ import annotations

import json
import time
import tomllib
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.list_file import read_text
from embedding_lab.prompts.marks import render
from embedding_lab.prompts.patterns import Pattern, Slot, Step, patterns_from
from embedding_lab.prompts.template_list import PLACEHOLDER, require_templates
from embedding_lab.storage import replaced_whole
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CLASS = "class"
ENSEMBLE, OWN = "ensemble", "Own patterns"
CLASS_HELP = "The name of the class in plain words."


def read_patterns(path: Path) -> tuple[Pattern, ...]:
    """Return the patterns of a JSON file (``patterns``, or a list) or a TOML file (``pattern``).

    Raises
    ------
    InputError
        If the file cannot be read, or one of its patterns is not whole.
    """
    text = read_text(path)
    try:
        value: Any = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"The file {path} cannot be read as patterns: {error}.") from error
    if isinstance(value, dict):
        value = value.get("patterns", value.get("pattern"))
    if not isinstance(value, list) or not value:
        raise InputError(
            f"The file {path} holds no pattern.",
            hint="`prompts patterns export` writes files that can be read.",
        )
    return patterns_from(value, path.name)


def write_patterns(path: Path, patterns: Sequence[Pattern]) -> None:
    """Write patterns to a JSON file that :func:`read_patterns` reads.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    value = {"patterns": [item.to_record() for item in patterns]}
    try:
        with replaced_whole(path) as file:
            file.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The file {path} cannot be written: {error.strerror or error}.",
            hint="Name another file.",
        ) from error


def pattern_of(title: str, templates: Sequence[str], idea: str = "") -> Pattern:
    """Return templates of a test as a pattern with one slot, the class.

    Parameters
    ----------
    title : str
        What it is called; its id is made of it.
    templates : sequence of str
        Texts with ``{}``.
    idea : str, optional
        What it is for.

    Raises
    ------
    UsageError
        If there is no title, or the templates cannot be used.
    """
    if not title.strip():
        raise UsageError("A pattern needs a title.")
    marked = [_marked(template) for template in require_templates(templates)]
    steps = tuple(
        Step(template, f"vector_{number}", combine="mean")
        for number, template in enumerate(marked, 1)
    )
    is_one = len(marked) == 1
    return Pattern(
        id=slug(title),
        title=title.strip(),
        area=OWN,
        year=time.localtime().tm_year,
        idea=idea.strip() or "Templates that were tested, kept to be tested again.",
        needs=("encoder",),
        slots=(Slot(CLASS, "class", help=CLASS_HELP),),
        embedding_use=ENSEMBLE,
        cost=len(marked),
        limits="Known from your own rows only.",
        source="Your own",
        template=marked[0] if is_one else "",
        steps=() if is_one else steps,
    )


def has_templates(pattern: Pattern) -> bool:
    """Return whether a pattern can be filled in as templates of a test: it has a class."""
    return pattern.embedding_use == ENSEMBLE and any(it.kind == CLASS for it in pattern.slots)


def templates_of(pattern: Pattern, values: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return a pattern as templates of a test, ``{}`` where the class goes.

    Parameters
    ----------
    pattern : Pattern
        With a slot for the class.
    values : mapping, optional
        Texts for its other slots, in place of their defaults.

    Raises
    ------
    UsageError
        If it has no class, or a required slot is not filled.
    """
    if not has_templates(pattern):
        raise UsageError(
            f"{pattern.title} has no place for the name of a class, so it is no template.",
            hint="Copy its text and use it with a language model.",
        )
    filled = {slot.name: slot.default for slot in pattern.slots if not slot.required}
    filled |= {name: value for name, value in (values or {}).items() if value}
    filled |= {slot.name: PLACEHOLDER for slot in pattern.slots if slot.kind == CLASS}
    texts = [pattern.template] if pattern.template else [step.template for step in pattern.steps]
    return require_templates(tuple(dict.fromkeys(render(text, filled) for text in texts)))


def _marked(template: str) -> str:
    """Return a template with its ``{}`` as the mark of the class, and other braces doubled."""
    parts = template.split(PLACEHOLDER)
    return "{class}".join(part.replace("{", "{{").replace("}", "}}") for part in parts)
