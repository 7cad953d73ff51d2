"""Values of any kind as text, under column names of which no two are equal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH = 3
ENCODE = json.JSONEncoder(ensure_ascii=False, default=str).encode


def unique_name(name: str, taken: Iterable[str]) -> str:
    """Return ``name``, or ``name#2``, ``name#3``... if it is taken."""
    result, number = name, 2
    while result in taken:
        result, number = f"{name}#{number}", number + 1
    return result


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return column names as they are, numbered where they repeat, named where they are empty."""
    found: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        found[unique_name(name.strip() or f"column_{position}", found)] = None
    return tuple(found)


def as_text(value: Any) -> str:
    """Return a value as text: numbers and truth values as JSON writes them, lists as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return ENCODE(value)
    if isinstance(value, bytes):
        return bytes_as_text(value)
    return str(value)


def bytes_as_text(value: bytes) -> str:
    """Return bytes as the text they hold, or as a word about their size if they hold none."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return f"({len(value):,} bytes)"


def flatten(value: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, str]:
    """Return an object's members as text, inner objects under dotted names.

    Objects more than three deep are written as JSON; members that are null are left out.
    """
    flat: dict[str, str] = {}
    for key, member in value.items():
        name = prefix + key
        if isinstance(member, str):
            _put(flat, name, member)
        elif isinstance(member, dict) and depth < MAX_DEPTH:
            for inner, text in flatten(member, f"{name}.", depth + 1).items():
                _put(flat, inner, text)
        elif member is not None:
            _put(flat, name, as_text(member))
    return flat


def _put(flat: dict[str, str], name: str, text: str) -> None:
    flat[unique_name(name, flat) if name in flat else name] = text


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object, numbering keys that repeat instead of forgetting their values."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    value = {}
    for key, member in pairs:
        value[unique_name(key, value)] = member
    return value


def clean(text: str) -> str:
    """Return text without what no store can hold: NUL characters and halves of characters.

    Halves (lone surrogates) become the replacement character.
    """
    text = text.replace("\0", "")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def needs_cleaning(text: str) -> bool:
    """Return whether :func:`clean` would change ``text``."""
    if "\0" in text:
        return True
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
