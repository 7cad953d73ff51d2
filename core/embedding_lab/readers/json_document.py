"""JSON files: lists of objects or texts, objects of lists, objects of objects, single objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from embedding_lab.readers.items import Finding, excerpt
from embedding_lab.readers.json_lines import row_of
from embedding_lab.readers.json_scanner import BrokenJson, JsonScanner, array_items, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from embedding_lab.readers.items import Item

KEY_COLUMN = "key"
LIST_NAMES = ("data", "rows", "items", "records", "documents", "texts", "sentences")


class JsonShape(StrEnum):
    """How a JSON file holds its rows."""

    LIST = "list"
    """``[{...}, {...}]`` or ``["...", "..."]``."""
    LISTS_OF_OBJECTS = "lists of objects"
    """``{"data": [{...}, {...}]}``; every such list is read."""
    COLUMNS = "columns"
    """``{"text": ["...", "..."], "label": ["...", "..."]}``."""
    MEMBERS = "members"
    """``{"a": {...}, "b": {...}}``: one row a member, its name in a column."""
    OBJECTS = "objects"
    """One object, or several one after the other."""


@dataclass(frozen=True)
class JsonLayout:
    """A JSON file's shape; for columns also their names, and those of members that are none."""

    shape: JsonShape
    columns: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()


def guess_layout(file: TextIO) -> JsonLayout:
    """Return how a JSON file holds its rows, from its beginning."""
    scanner = JsonScanner(file)
    if scanner.peek() == "[":
        return JsonLayout(JsonShape.LIST)
    starts: dict[str, str] = {}
    try:
        for _, name in members(scanner):
            starts[name] = _start(scanner)
            _pass_over(scanner, starts[name])
    except BrokenJson:
        pass  # the beginning of a file ends anywhere
    if "[{" in starts.values():
        return JsonLayout(JsonShape.LISTS_OF_OBJECTS)
    lists = tuple(name for name, start in starts.items() if start == "[")
    others = tuple(name for name in starts if name not in lists)
    # An object with a list among its values is one row; a list of texts beside a version is not.
    if len(lists) > len(others) or any(name.lower() in LIST_NAMES for name in lists):
        return JsonLayout(JsonShape.COLUMNS, lists, others)
    is_all_objects = bool(starts) and set(starts.values()) == {"{"}
    return JsonLayout(JsonShape.MEMBERS if is_all_objects else JsonShape.OBJECTS)


def _start(scanner: JsonScanner) -> str:
    start = scanner.peek()
    if start != "[":
        return start
    scanner.take("[")
    return "[{" if scanner.peek() == "{" else "["


def _pass_over(scanner: JsonScanner, start: str) -> None:
    """Move behind a value of which :func:`_start` has looked at the start."""
    if not start.startswith("["):
        scanner.value()
        return
    for _, value in array_items(scanner):
        if isinstance(value, BrokenJson):
            raise value


def read_json(
    file: TextIO,
    shape: JsonShape,
    columns: tuple[str, ...],
    reopen: Callable[[], TextIO],
) -> Iterator[Item]:
    """Yield the rows of a JSON file.

    Parameters
    ----------
    file : TextIO
        The text, with line ends translated.
    shape : JsonShape
        From :func:`guess_layout`.
    columns : tuple of str
        From :func:`guess_layout`.
    reopen : callable
        Opens the same text once more; lists that are columns are read side by side.
    """
    scanner = JsonScanner(file)
    if shape is JsonShape.LIST:
        yield from _rows(array_items(scanner), scanner)
        if scanner.peek():
            rest = excerpt(scanner.excerpt())
            yield Finding(scanner.line, "text behind the end of the list, not read", rest)
    elif shape is JsonShape.COLUMNS:
        yield from _read_columns(columns, reopen)
    elif shape is JsonShape.OBJECTS:
        yield from _rows(_values(scanner), scanner)
    else:
        try:
            yield from _read_members(scanner, shape)
        except BrokenJson as error:
            reason = f"{error}; nothing behind this can be read"
            yield Finding(scanner.line, reason, excerpt(scanner.excerpt()))


def _rows(values: Iterator[tuple[int, Any]], scanner: JsonScanner) -> Iterator[Item]:
    for line, value in values:
        if isinstance(value, BrokenJson):
            yield Finding(line, str(value), excerpt(scanner.excerpt()))
        else:
            yield row_of(line, value)


def _values(scanner: JsonScanner) -> Iterator[tuple[int, Any]]:
    while scanner.peek():
        line = scanner.line
        try:
            yield line, scanner.value()
        except BrokenJson as error:
            yield line, error
            if not scanner.recover():
                return


def _read_members(scanner: JsonScanner, shape: JsonShape) -> Iterator[Item]:
    for line, name in members(scanner):
        if shape is JsonShape.MEMBERS:
            value = scanner.value()
            row = {KEY_COLUMN: name, **value} if isinstance(value, dict) else value
            yield row_of(line, row)
        elif (start := _start(scanner)) == "[{":
            yield from _rows(array_items(scanner), scanner)
        else:
            yield Finding(line, f"the member {name} was passed over", is_rejected=False)
            _pass_over(scanner, start)


def _read_columns(columns: tuple[str, ...], reopen: Callable[[], TextIO]) -> Iterator[Item]:
    absent = (0, BrokenJson("its list ends before this row"))
    cells = zip_longest(*(_column(reopen(), name) for name in columns), fillvalue=absent)
    for row in cells:
        line = next((line for line, _ in row if line), 0)
        broken = [
            f"{name}: {value}"
            for name, (_, value) in zip(columns, row, strict=True)
            if isinstance(value, BrokenJson)
        ]
        if broken:
            yield Finding(line, "; ".join(broken))
        else:
            yield row_of(line, {name: cell[1] for name, cell in zip(columns, row, strict=True)})


def _column(file: TextIO, wanted: str) -> Iterator[tuple[int, Any]]:
    with file:
        scanner = JsonScanner(file)
        try:
            for _, name in members(scanner):
                if name == wanted:
                    yield from array_items(scanner)
                    return
                _pass_over(scanner, _start(scanner))
        except BrokenJson as error:
            yield scanner.line, error
