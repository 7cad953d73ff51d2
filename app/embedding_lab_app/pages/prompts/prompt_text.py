"""What stands in the editors, as the core understands it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.prompts.class_list import PromptClass, class_of, require_classes
from embedding_lab.prompts.template_list import require_templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

LISTS = {".txt", ".tsv", ".csv", ".json"}
MOST_LIST_BYTES = 200_000
CLASS_COLUMNS = ("Label", "Words", "Description")


@dataclass(frozen=True)
class PromptText:
    """Classes and templates as they were typed.

    Attributes
    ----------
    classes : tuple of PromptClass
        What the rows of the table say, right or wrong.
    templates : tuple of str
        The lines.
    class_error, template_error : str
        What is wrong; empty if nothing is.
    """

    classes: tuple[PromptClass, ...] = ()
    templates: tuple[str, ...] = ()
    class_error: str = "There must be at least two classes to tell apart."
    template_error: str = "There is no template."

    @property
    def is_right(self) -> bool:
        """Whether it can be tested."""
        return not (self.class_error or self.template_error)

    def with_classes(self, rows: Iterable[Sequence[str]]) -> PromptText:
        """Return it with other classes: rows of label, words and a description.

        Further rows of one label bring further descriptions, as in a file.
        """
        values: dict[str, dict[str, Any]] = {}
        repeated: list[dict[str, Any]] = []
        for label, name, description in (tuple(cell.strip() for cell in row) for row in rows):
            key = label or name
            if key in values and description:
                values[key]["descriptions"].append(description)
                continue
            entry = {
                "label": label,
                "name": name,
                "descriptions": [description] if description else [],
            }
            if key in values:
                repeated.append(entry)
            else:
                values[key] = entry
        try:
            classes = tuple(class_of(value) for value in (*values.values(), *repeated))
            require_classes(classes)
        except LabError as error:
            return replace(self, classes=(), class_error=str(error))
        return replace(self, classes=classes, class_error="")

    def with_templates(self, text: str) -> PromptText:
        """Return it with other templates: one a line, empty lines left out."""
        lines = tuple(line.strip() for line in text.splitlines() if line.strip())
        try:
            require_templates(lines)
        except LabError as error:
            return replace(self, templates=lines, template_error=str(error))
        return replace(self, templates=lines, template_error="")

    def records(self) -> tuple[dict[str, Any], ...]:
        """Return the classes as a job takes them."""
        return tuple(item.to_record() for item in self.classes)


def rows_of(classes: Iterable[PromptClass]) -> list[tuple[str, str, str]]:
    """Return classes as rows of the table."""
    rows = []
    for item in classes:
        first, *more = item.descriptions or ("",)
        rows.append((item.label, item.name, first))
        rows += [(item.label, "", text) for text in more]
    return rows


def is_list(path: Path) -> bool:
    """Return whether a file may hold classes, templates or instructions, by its name and size."""
    if path.suffix.lower() not in LISTS or not path.is_file():
        return False
    return path.stat().st_size <= MOST_LIST_BYTES
