"""Classes to tell apart: the label in the data, the words for it, and perhaps descriptions."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.list_file import read_lines, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus

DESCRIPTIONS = ("descriptions", "description")


@dataclass(frozen=True)
class PromptClass:
    """One class: its ``label`` in the data, its ``name`` in words, and whole ``descriptions``."""

    label: str
    name: str
    descriptions: tuple[str, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Return the class as a JSON object."""
        return {"label": self.label, "name": self.name, "descriptions": list(self.descriptions)}


def class_of(value: Any) -> PromptClass:
    """Make a class of a label, of ``(label, name)``, or of an object with these and descriptions.

    Raises
    ------
    UsageError
        If it is something else or has no label.
    """
    if isinstance(value, PromptClass):
        return value
    if isinstance(value, str):
        value = {"label": value}
    elif isinstance(value, list | tuple) and 1 <= len(value) <= 2:
        value = dict(zip(("label", "name"), value, strict=False))
    if not isinstance(value, dict):
        raise UsageError(f"A class is a label, or a label with a name, not {value!r}.")
    label = str(value.get("label") or value.get("name") or "").strip()
    if not label:
        raise UsageError("A class has neither a label nor a name.")
    given = next((value[key] for key in DESCRIPTIONS if value.get(key)), ())
    descriptions = (given,) if isinstance(given, str) else given
    return PromptClass(
        label,
        str(value.get("name") or label).strip(),
        tuple(text for item in descriptions if (text := str(item).strip())),
    )


def require_classes(classes: Iterable[Any]) -> tuple[PromptClass, ...]:
    """Return classes that can be told apart.

    Raises
    ------
    UsageError
        If there are fewer than two, or two have one label or one name.
    """
    made = tuple(class_of(value) for value in classes)
    if len(made) < 2:
        raise UsageError("There must be at least two classes to tell apart.")
    for values, what in (
        ([item.label for item in made], "label"),
        ([item.name for item in made], "name"),
    ):
        twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
        if twice is not None:
            raise UsageError(
                f"Two classes have the {what} {twice}.", hint="Give each class words of its own."
            )
    return made


def read_classes(path: Path) -> tuple[PromptClass, ...]:
    """Return the classes of a file.

    A text file has one class a line, ``label<TAB>name`` where they differ. A CSV or TSV file has
    the columns ``label`` and, where they differ, ``name`` and ``description``; further rows of one
    label bring further descriptions. A JSON file has a list of such objects, or an object
    ``{label: name}`` or ``{label: [descriptions]}``.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or does not name at least two different classes; the
        sentence names the file and, where there is one, the line.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        values = _json_values(path)
    elif suffix == ".csv" or (suffix == ".tsv" and _has_header(path)):
        values = _table_values(path, "\t" if suffix == ".tsv" else ",")
    else:
        values = _line_values(path)
    try:
        return require_classes(values)
    except UsageError as error:
        raise InputError(f"In {path}: {error.message}", hint=error.hint) from error


def classes_of_labels(corpus: Corpus) -> tuple[PromptClass, ...]:
    """Return a class for each label of a corpus, in alphabetical order, named by the label.

    Raises
    ------
    UsageError
        If the corpus has fewer than two labels.
    """
    labels = sorted(corpus.labels())
    if len(labels) < 2:
        raise UsageError(
            f"The corpus {corpus.name} has {len(labels) or 'no'} "
            f"{'label' if len(labels) == 1 else 'labels'}, so there is nothing to tell apart.",
            hint="Import it with --role COLUMN=label, or name a file of classes.",
        )
    return require_classes((label, label.replace("_", " ")) for label in labels)


def _line_values(path: Path) -> list[dict[str, Any]]:
    values = []
    for number, line in read_lines(path):
        label, tab, name = line.partition("\t")
        if not label.strip() or (tab and not name.strip()):
            raise InputError(
                f"Line {number} of {path} has a tab but no {'name' if label.strip() else 'label'}.",
                hint="Write label, tab, name; or the name alone.",
            )
        values.append({"label": label.strip(), "name": name.strip()})
    return values


def _has_header(path: Path) -> bool:
    return "label" in read_lines(path)[0][1].split("\t")


def _table_values(path: Path, delimiter: str) -> list[dict[str, Any]]:
    read_lines(path)
    table = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
    columns = [column.strip() for column in table.fieldnames or ()]
    if "label" not in columns and "name" not in columns:
        raise InputError(
            f"The table {path} has no column label or name; its columns are {', '.join(columns)}.",
            hint="Name the columns in the first line: label, name, description.",
        )
    found: dict[str, dict[str, Any]] = {}
    for row in table:
        entry = {str(key).strip(): value or "" for key, value in row.items() if key is not None}
        label = (entry.get("label") or entry.get("name") or "").strip()
        if not label:
            raise InputError(f"Line {table.line_num} of {path} has neither a label nor a name.")
        described = [entry[key] for key in DESCRIPTIONS if entry.get(key, "").strip()]
        if label in found and not described:
            raise InputError(f"Line {table.line_num} of {path} repeats the label {label}.")
        kept = found.setdefault(label, entry | {"label": label, "descriptions": []})
        kept["descriptions"] += described
    return list(found.values())


def _json_values(path: Path) -> list[Any]:
    try:
        value = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(
            f"The file {path} is no JSON: line {error.lineno}, {error.msg.lower()}."
        ) from error
    if isinstance(value, dict) and isinstance(value.get("classes"), list):
        value = value["classes"]
    if isinstance(value, dict):
        return [_named(label, item) for label, item in value.items()]
    if isinstance(value, list):
        return value
    raise InputError(
        f"The file {path} holds neither a list of classes nor an object of them.",
        hint='Such as [{"label": "a", "name": "the letter a", "descriptions": []}].',
    )


def _named(label: str, item: Any) -> Mapping[str, Any]:
    if isinstance(item, dict):
        return {"label": label, **item}
    return {"label": label, "descriptions" if isinstance(item, list) else "name": item}
