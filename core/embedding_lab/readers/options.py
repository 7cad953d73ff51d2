"""How files are read, as far as the user said so; everything left empty is guessed."""

from __future__ import annotations

import codecs
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from embedding_lab.errors import UsageError
from embedding_lab.types import ColumnRole

NO_DELIMITER = "none"


class TextUnit(StrEnum):
    """What makes one document of a text file."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    FILE = "file"


class Quoting(StrEnum):
    """Whether a double quote at the start of a field opens a quoted field."""

    DOUBLE = "double"
    NONE = "none"


@dataclass(frozen=True)
class ReadOptions:
    """What the user decided about reading; an empty value leaves the decision to the guess.

    Parameters
    ----------
    encoding : str
        A text encoding Python knows, such as ``utf-8`` or ``cp1252``.
    delimiter : str
        One character between the fields of a table, or ``none`` for one field a line.
    has_header : bool or None
        Whether the first record of a table names its columns.
    roles : dict
        What columns mean: column name to the value of a :class:`ColumnRole`. Several ``text``
        columns are joined by a line break, several ``title`` columns by a space; of several ``id``
        or ``label`` columns the first counts and the others stay as plain columns.
    keeps_empty : bool
        Whether rows with neither text nor title come in as well.
    text_unit : str
        What makes one document of a ``.txt`` or ``.md`` file: a line, a paragraph or the file.
        Guessed: the file if three or more text files are read together, else the paragraph for
        Markdown and the line for plain text.
    quoting : str
        ``double`` or ``none``; guessed from the fields of the first rows.
    """

    encoding: str = ""
    delimiter: str = ""
    has_header: bool | None = None
    roles: dict[str, str] = field(default_factory=dict)
    keeps_empty: bool = False
    text_unit: str = ""
    quoting: str = ""

    def __post_init__(self) -> None:
        _require_one_of("column role", ColumnRole, self.roles.values())
        _require_one_of("unit of text", TextUnit, [self.text_unit] if self.text_unit else [])
        _require_one_of("way of quoting", Quoting, [self.quoting] if self.quoting else [])
        if self.delimiter not in {"", NO_DELIMITER} and (
            len(self.delimiter) != 1 or self.delimiter in '\r\n"'
        ):
            raise UsageError(
                f"{self.delimiter!r} cannot separate fields.",
                hint=f"Give one character, or {NO_DELIMITER!r} for one field a line.",
            )
        if self.encoding:
            require_encoding(self.encoding)

    def to_record(self) -> dict[str, Any]:
        """Return the options as a JSON object."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> ReadOptions:
        """Make options from what :meth:`to_record` returned; missing entries are guessed.

        Raises
        ------
        UsageError
            If the record holds an option or a value that there is not.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(record.keys() - known)
        if unknown:
            raise UsageError(
                f"There is no reading option named {unknown[0]}.",
                hint=f"Options: {', '.join(sorted(known))}.",
            )
        return cls(**record)


def require_encoding(name: str) -> None:
    """Raise a :class:`UsageError` unless ``name`` is an encoding of text."""
    try:
        # Some of Python's codecs turn bytes into bytes; decoding text with those is refused.
        b"a".decode(codecs.lookup(name).name, "replace")
    except LookupError as error:
        raise UsageError(
            f"There is no text encoding named {name}.", hint="Common ones: utf-8, utf-16, cp1252."
        ) from error


def _require_one_of(what: str, choices: type[StrEnum], values: Any) -> None:
    allowed = [choice.value for choice in choices]
    for value in values:
        if value not in allowed:
            raise UsageError(
                f"There is no {what} named {value}.", hint=f"Choose one of: {', '.join(allowed)}."
            )
