"""Turn the docstrings of members into titles and readable text."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from members import Member

LONGEST_TEXT = 1500
LONGEST_SIGNATURE = 100
LONGEST_DEFAULT = 24
FEWEST_WORDS = 3

SAYS_NOTHING = re.compile(
    r"Alias for field number|See help\(type\(|The most base type|Initialize self\."
)
BRACKETS = r"\((?:[^()\n]|\([^()\n]*\))*\)"
AFTER_CALL = re.compile(
    r"\s*(?:[-=]+>\s*(?:[\w \[\]()|]{1,28}\.?(?=\n|:|$))?)?\s*(?:--?(?!>)\s|:)?\s*"
)
LIST_MARK = re.compile(r"\s|>>>|\.\.\.|[-*+•]\s|\d+[.)]\s|:\w+|\w+\(.*\) ->")
SENTENCE_END = re.compile(r"[.!?:](?=\s)")


def describe(member: Member) -> tuple[str, str]:
    """Return the title of a member and its cleaned docstring.

    Parameters
    ----------
    member
        A function, class, method or property.

    Returns
    -------
    tuple of str
        Title and text; both are empty where the docstring says next to nothing.
    """
    docstring = inspect.cleandoc(written_docstring(member.value))
    call = call_shown(docstring, member.short)
    rest = docstring.removeprefix(call)
    text = prose(AFTER_CALL.sub("", rest, count=1) if call else rest)
    if len(re.findall(r"[A-Za-z]{2,}", text)) < FEWEST_WORDS or SAYS_NOTHING.match(docstring):
        return "", ""
    return title(member, call), capped(text)


def written_docstring(value: Any) -> str:
    """Return the docstring of a value itself; a class without one borrows its constructor's."""
    written = getattr(value, "__doc__", None)
    if written is None and inspect.isclass(value):
        written = getattr(vars(value).get("__init__"), "__doc__", None)
    return written if isinstance(written, str) else ""


def call_shown(docstring: str, short_name: str) -> str:
    """Return the call that a docstring begins with, as those of older C functions do."""
    shown = re.match(rf"(?:\w+\.)*{re.escape(short_name)}{BRACKETS}", docstring)
    return shown.group(0) if shown else ""


def title(member: Member, call: str) -> str:
    """Return the dotted name with its parameters."""
    if member.kind == "property":
        return member.dotted
    return member.dotted + (signature(member.value) or call[call.find("(") :][:LONGEST_SIGNATURE])


def signature(value: Any) -> str:
    """Return the parameters in brackets without annotations, or nothing if they are unknown."""
    try:
        known = inspect.signature(value).parameters.values()
        named = [_plain(each) for each in known if each.name not in {"self", "cls"}]
        shown = str(inspect.Signature(named)).replace("=Ellipsis", "=...")
    except (ValueError, TypeError):
        return ""
    return shown if len(shown) <= LONGEST_SIGNATURE else "(...)"


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    bare = parameter.replace(annotation=inspect.Parameter.empty)
    unsteady = len(repr(bare.default)) > LONGEST_DEFAULT or " at 0x" in repr(bare.default)
    return bare.replace(default=...) if unsteady else bare


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
