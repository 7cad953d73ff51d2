"""Templates: texts with ``{}`` where the name of a class goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.list_file import read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACEHOLDER = "{}"
PLAIN = (PLACEHOLDER,)


def fill(template: str, name: str) -> str:
    """Return a template with the name in every ``{}``.

    It is plain replacement, done once: other braces stay as they are, and a ``{}`` inside the name
    is not filled again.
    """
    return name.join(template.split(PLACEHOLDER))


def read_templates(path: Path) -> tuple[str, ...]:
    """Return the templates of a file, one a line.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or a line has no ``{}`` or is there twice; the
        sentence names the line.
    """
    first_seen: dict[str, int] = {}
    for number, line in read_lines(path):
        template = line.strip()
        if PLACEHOLDER not in template:
            raise InputError(
                f"Line {number} of {path} has no {PLACEHOLDER} for the name of the class: "
                f"{template[:80]}",
                hint="Write one template a line, such as: a photo of a {}",
            )
        if template in first_seen:
            raise InputError(
                f"Line {number} of {path} repeats the template of line {first_seen[template]}.",
                hint="Remove one of the two.",
            )
        first_seen[template] = number
    return tuple(first_seen)


def require_templates(templates: Sequence[str]) -> tuple[str, ...]:
    """Return templates as they are if they can be used.

    Raises
    ------
    UsageError
        If there are none, or one has no ``{}`` or is there twice.
    """
    if not templates:
        raise UsageError("There is no template.", hint="The plainest is {} alone.")
    for template in templates:
        if PLACEHOLDER not in template:
            raise UsageError(
                f"The template {template!r} has no {PLACEHOLDER} for the name of the class."
            )
    if len(set(templates)) < len(templates):
        twice = next(item for item in templates if list(templates).count(item) > 1)
        raise UsageError(f"The template {twice!r} is there twice.", hint="Remove one of the two.")
    return tuple(templates)
