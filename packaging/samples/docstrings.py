"""Collect the documented public functions, classes and methods of modules."""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

LONGEST_TEXT = 1500
LONGEST_SIGNATURE = 100
LONGEST_DEFAULT = 24
FEWEST_WORDS = 3

SAYS_NOTHING = re.compile(
    r"Alias for field number|See help\(type\(|The most base type|Initialize self\.|Dummy "
)
LIST_MARK = re.compile(r"\s|>>>|\.\.\.|[-*+•]\s|\d+[.)]\s|:\w+|\w+\(.*\) ->")
SENTENCE_END = re.compile(r"[.!?:](?=\s)")


@dataclass(frozen=True)
class Entry:
    """One documented function, class, method or property."""

    name: str
    module: str
    kind: str
    value: Any

    @property
    def dotted(self) -> str:
        """The name a programmer writes; builtins need no module."""
        return self.name.removeprefix("builtins.")


def module_entries(module_name: str, listed: frozenset[str]) -> Iterator[Entry]:
    """Yield the public members of one module that no other listed module defines."""
    module = importlib.import_module(module_name)
    for name in sorted(getattr(module, "__all__", vars(module))):
        value = None if name.startswith("_") else getattr(module, name, None)
        home = getattr(value, "__module__", None)
        if (home != module_name and home in listed) or is_alias(module, name, value):
            continue
        dotted = f"{module_name}.{name}"
        if inspect.isclass(value):
            yield Entry(dotted, module_name, "class", value)
            yield from class_entries(dotted, module_name, value)
        elif inspect.isroutine(value):
            yield Entry(dotted, module_name, "function", value)


def is_alias(module: ModuleType, name: str, value: Any) -> bool:
    """Tell whether the module also has the value under the name it was defined with."""
    own = getattr(value, "__name__", name)
    return isinstance(own, str) and own != name and getattr(module, own, None) is value


def class_entries(dotted: str, module_name: str, owner: type) -> Iterator[Entry]:
    """Yield the public methods and properties that a class defines itself."""
    for name, value in sorted(vars(owner).items(), key=lambda item: item[0]):
        if name.startswith("_"):
            continue
        plain = getattr(value, "__func__", value)
        if inspect.isroutine(plain):
            yield Entry(f"{dotted}.{name}", module_name, "method", plain)
        elif inspect.isdatadescriptor(plain):
            yield Entry(f"{dotted}.{name}", module_name, "property", plain)


def call_line(docstring: str, short_name: str) -> str:
    """Return the call shown at the start of a docstring, as older C functions have it."""
    shown = re.match(rf"(?:\w+\.)*{re.escape(short_name)}\([^\n]*", docstring)
    return shown.group(0) if shown else ""


def prose(docstring: str) -> str:
    """Join the wrapped lines of each plain paragraph and keep lists and examples as they are."""
    paragraphs = re.split(r"\n\s*\n", docstring.strip())
    return "\n".join(_joined(paragraph.split("\n")) for paragraph in paragraphs)


def _joined(lines: list[str]) -> str:
    plain = not any(LIST_MARK.match(line) for line in lines)
    return " ".join(line.strip() for line in lines) if plain else "\n".join(lines)


def capped(text: str, longest: int = LONGEST_TEXT) -> str:
    """Cut a long text after the last sentence that fits."""
    if len(text) <= longest:
        return text
    head = text[: longest + 1]
    ends = [found.end() for found in SENTENCE_END.finditer(head)]
    return head[: ends[-1] if ends else head.rindex(" ")].rstrip()


def signature(value: Any) -> str:
    """Return the parameters in brackets without annotations, or nothing if they are unknown."""
    try:
        known = inspect.signature(value)
    except (ValueError, TypeError):
        return ""
    parameters = [_plain(each) for each in known.parameters.values() if each.name != "self"]
    try:
        shown = str(inspect.Signature(parameters))
    except ValueError:
        return ""
    return shown if len(shown) <= LONGEST_SIGNATURE else "(...)"


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    bare = parameter.replace(annotation=inspect.Parameter.empty)
    unsteady = len(repr(bare.default)) > LONGEST_DEFAULT or " at 0x" in repr(bare.default)
    return bare.replace(default=...) if unsteady else bare


def title(entry: Entry, docstring: str) -> str:
    """Return the dotted name with its parameters."""
    if entry.kind == "property":
        return entry.dotted
    shown = call_line(docstring, entry.dotted.rpartition(".")[2])
    call = signature(entry.value) or shown[shown.find("(") :][:LONGEST_SIGNATURE]
    return entry.dotted + call


def description(entry: Entry) -> tuple[str, str]:
    """Return the title and the cleaned docstring of an entry; the text is empty if it says little.

    Parameters
    ----------
    entry
        A member of a module.

    Returns
    -------
    tuple of str
        Title and text.
    """
    written = getattr(entry.value, "__doc__", None)
    if not isinstance(written, str) or SAYS_NOTHING.match(written):
        return "", ""
    docstring = inspect.cleandoc(written)
    shown = call_line(docstring, entry.dotted.rpartition(".")[2])
    text = prose(docstring.removeprefix(shown).strip(" -\n"))
    enough = len(re.findall(r"[A-Za-z]{2,}", text)) >= FEWEST_WORDS
    return (title(entry, docstring), capped(text)) if enough else ("", "")


def topic_of(name: str, topics: Mapping[str, str]) -> str:
    """Return the topic of the longest listed name that a dotted name begins with."""
    while name not in topics:
        name = name.rpartition(".")[0]
    return topics[name]


def collect(modules: Iterable[str], topics: Mapping[str, str]) -> list[dict[str, str]]:
    """Return one row for each docstring of the modules, sorted by name.

    Of several names with the same docstring the one with the fewest parts is kept.
    """
    listed = frozenset(modules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entries = [entry for name in sorted(listed) for entry in module_entries(name, listed)]
        rows: dict[str, dict[str, str]] = {}
        for entry in sorted(entries, key=_by_shortest_name):
            heading, text = description(entry)
            if text:
                rows.setdefault(text, _row(entry, heading, text, topics))
    return sorted(rows.values(), key=lambda row: row["_id"])


def _by_shortest_name(entry: Entry) -> tuple[int, int, str]:
    return entry.name.count("."), len(entry.name), entry.name


def _row(entry: Entry, heading: str, text: str, topics: Mapping[str, str]) -> dict[str, str]:
    return {
        "_id": entry.dotted,
        "title": heading,
        "text": text,
        "module": entry.module,
        "topic": topic_of(entry.name, topics),
        "kind": entry.kind,
    }
