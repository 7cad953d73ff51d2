"""Build the sample "Digits": handwritten digits as small pictures.

Run it where scikit-learn is installed: ``python packaging/samples/build_digits.py``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np
from beir import write_text
from pictures import Row, make_row, write_pictures
from PIL import Image
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "resources" / "samples" / "digits"

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE = 32
FULL_INK = 16


def collect() -> list[Row]:
    """Return one row for each digit, in the order of the source."""
    source = load_digits()
    return [
        digit_row(number, ink, WORDS[label])
        for number, (ink, label) in enumerate(zip(source.images, source.target, strict=True))
    ]


def digit_row(number: int, ink: NDArray[np.float64], word: str) -> Row:
    """Return the row of one digit."""
    return make_row(f"digit-{number:04d}", draw(ink), f"a handwritten {word}", word)


def draw(ink: NDArray[np.float64]) -> Image.Image:
    """Return dark ink on white paper, enlarged from 8 by 8 smoothly.

    Parameters
    ----------
    ink
        Amounts of ink from 0 to 16.

    Returns
    -------
    PIL.Image.Image
        A grey picture of 32 by 32 pixels.
    """
    paper = np.rint(255 * (1 - ink / FULL_INK)).astype(np.uint8)
    return Image.fromarray(paper).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def build(folder: Path) -> list[Row]:
    """Write the whole sample into a folder and return its rows."""
    rows = collect()
    write_pictures(folder / "digits.parquet", rows)
    counts = Counter(row["label"] for row in rows)
    table = "\n".join(f"| {word} | {counts[word]} |" for word in WORDS)
    page = Template((HERE / "digits_readme.md").read_text(encoding="utf-8"))
    write_text(folder / "README.md", page.substitute(rows=f"{len(rows):,}", labels=table))
    write_text(folder / "LICENSE", (HERE / "DIGITS_LICENSE").read_text(encoding="utf-8"))
    return rows


if __name__ == "__main__":
    print(f"{len(build(FOLDER))} digits written to {FOLDER}")
