"""What comes with the program: prompt patterns, sets of templates, classes for the samples."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.prompts.class_list import read_classes
from embedding_lab.prompts.patterns import patterns_from
from embedding_lab.prompts.template_list import require_templates

if TYPE_CHECKING:
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.prompts.patterns import Pattern


@dataclass(frozen=True)
class TemplateSet:
    """A named set of templates for one kind of items."""

    name: str
    title: str
    summary: str
    templates: tuple[str, ...]


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return the bundled patterns, in the order of the survey they follow."""
    path = resources.path("patterns/patterns.toml")
    return patterns_from(tomllib.loads(path.read_text(encoding="utf-8"))["pattern"], path.name)


def pattern(name: str) -> Pattern:
    """Return the pattern with this id.

    Raises
    ------
    UsageError
        If there is none; the hint proposes the nearest.
    """
    for item in patterns():
        if item.id == name:
            return item
    known = did_you_mean(name, [item.id for item in patterns()], "Patterns")
    raise UsageError(f"There is no pattern named {name}.", hint=known)


@cache
def template_sets() -> dict[str, TemplateSet]:
    """Return the bundled sets of templates by name."""
    path = resources.path("patterns/template-sets.toml")
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: TemplateSet(
            name, item["title"], item["summary"], require_templates(item["templates"])
        )
        for name, item in found.items()
    }


def template_set(name: str) -> TemplateSet:
    """Return the set of templates with this name.

    Raises
    ------
    UsageError
        If there is none; the hint proposes the nearest.
    """
    if name not in template_sets():
        known = did_you_mean(name, template_sets(), "Sets of templates")
        raise UsageError(f"There is no set of templates named {name}.", hint=known)
    return template_sets()[name]


def sample_class_names() -> list[str]:
    """Return the names of the samples that come with a list of classes."""
    return sorted(path.stem for path in resources.path("patterns/classes").glob("*.tsv"))


def sample_classes(name: str) -> tuple[PromptClass, ...]:
    """Return the classes of a bundled sample, in plain words.

    Raises
    ------
    UsageError
        If there are none of that name.
    """
    if name not in sample_class_names():
        known = did_you_mean(name, sample_class_names(), "Lists of classes")
        raise UsageError(f"There is no bundled list of classes named {name}.", hint=known)
    return read_classes(resources.path(f"patterns/classes/{name}.tsv"))
