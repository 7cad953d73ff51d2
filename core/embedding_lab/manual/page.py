"""A page of the manual, and the sections it is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
HEADING = re.compile(r"(#{1,6}) (.+)")
FENCE = "```"


@dataclass(frozen=True)
class Section:
    """What stands below one heading, up to the next."""

    heading: str
    text: str

    @property
    def slug(self) -> str:
        """The section's name in links."""
        return slug(self.heading)


@dataclass(frozen=True)
class ManualPage:
    """One page.

    Attributes
    ----------
    name : str
        What links and the window call it: ``encoders``, ``method/proapo``.
    text : str
        Its Markdown, with everything filled in.
    above : tuple of str
        The titles it stands under in the contents, after the page that holds it.
    """

    name: str
    text: str
    above: tuple[str, ...] = ()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections in order; the first has the page's title as its heading."""
        return tuple(_split(self.text))

    @property
    def title(self) -> str:
        """The first heading."""
        return self.sections[0].heading if self.sections else self.name


def slug(heading: str) -> str:
    """Return the name of a heading in links: ``From a hub`` is ``from-a-hub``."""
    kept = re.sub(r"[^\w\- ]", "", plain(heading).casefold())
    return kept.strip().replace(" ", "-")


def plain(markdown: str) -> str:
    """Return Markdown as the words that are read."""
    text = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    text = LINK.sub(r"\1", PICTURE.sub(r"\1", text))
    # Rules of tables say nothing; the bars between their cells become pauses.
    text = re.sub(r"^\|[\s:|-]+\|$", "", text, flags=re.MULTILINE)
    text = text.replace("\\|", "\0").replace("|", " ").replace("\0", "|")
    text = re.sub(r"^ *(?:[-*>]|\d+\.) ", "", text, flags=re.MULTILINE)
    text = re.sub(r"```\w*", "", text)
    text = re.sub(r"\*\*|`|(?<!\w)[*_]|[*_](?!\w)", "", text)
    return re.sub(r"\s+", " ", text).strip()


def place(target: str) -> tuple[str, str]:
    """Return page and section of ``encoders.md#from-a-hub`` or ``encoders#from-a-hub``."""
    name, _, section = target.partition("#")
    return name.removesuffix(".md"), section


def _split(markdown: str) -> list[Section]:
    found: list[tuple[str, list[str]]] = []
    is_code = False
    for line in markdown.splitlines():
        is_code ^= line.startswith(FENCE)
        heading = None if is_code else HEADING.fullmatch(line)
        if heading is not None:
            found.append((plain(heading[2]), []))
        elif found:
            found[-1][1].append(line)
    return [Section(heading, "\n".join(lines).strip()) for heading, lines in found]
