"""The one place that knows where bundled files (samples, icons, manual) lie."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from embedding_lab.errors import LabError


@dataclass(frozen=True)
class Sample:
    """A bundled corpus: what it is called, what it holds, and the file or folder to import."""

    title: str
    summary: str
    name: str


SAMPLES = (
    Sample(
        "Python library",
        "Functions and classes with what they do, and judged questions",
        "samples/python-library",
    ),
    Sample(
        "Methods", "Research methods in a few sentences, and judged questions", "samples/methods"
    ),
    Sample("Icons", "Small pictures with captions and topics", "samples/icons/icons.parquet"),
    Sample("Digits", "Handwritten digits with their names", "samples/digits/digits.parquet"),
    Sample(
        "Pairs with scores",
        "Sentences and how much they say the same, to train with",
        "samples/pairs-with-scores",
    ),
)


def path(name: str) -> Path:
    """Return the path of a bundled file or folder, for example ``samples/methods``.

    Looks in a frozen bundle first, then in a source checkout, then in the installed package.

    Raises
    ------
    LabError
        If this installation does not hold it.
    """
    package = Path(__file__).parent
    candidates = [package.parent.parent / "resources", package / "_resources"]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        candidates.insert(0, Path(bundle) / "resources")
    for candidate in candidates:
        if (candidate / name).exists():
            return candidate / name
    raise LabError(
        f"The bundled file {name} is missing from this installation.",
        hint="Install Embedding Lab again.",
    )
