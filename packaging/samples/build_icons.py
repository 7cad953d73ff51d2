"""Build the sample "Icons": pictures of an openly licensed icon font with plain captions.

Run it where QtAwesome is installed, whose font it draws:
``python packaging/samples/build_icons.py``.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from beir import SampleError, read_toml, write_text
from pictures import Row, make_row, write_pictures
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "resources" / "samples" / "icons"

VERSION = "6.7.2"
FONT = f"fontawesome6-solid-webfont-{VERSION}.ttf"
NAMES = f"fontawesome6-solid-webfont-charmap-{VERSION}.json"

SIDE = 64
MARGIN = 8
DRAWN = 256
PAPER = 255
INK = 0


def fonts_folder() -> Path:
    """Return the folder of the fonts that QtAwesome brings, without importing it."""
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise SampleError("QtAwesome is not installed; its fonts are needed.")
    return Path(spec.origin).parent / "fonts"


def read_names() -> dict[str, str]:
    """Return the character of each icon, by name in the order of the alphabet."""
    codes = json.loads((fonts_folder() / NAMES).read_text(encoding="utf-8"))
    return {name: chr(int(codes[name], 16)) for name in sorted(codes)}


def read_topics() -> dict[str, str]:
    """Return the topic of each listed word or run of words."""
    topics: dict[str, str] = {}
    for topic, words in read_toml(HERE / "icons_topics.toml")["topics"].items():
        for word in words:
            if word in topics:
                raise SampleError(f"{word} is listed under {topics[word]} and {topic}.")
            topics[word] = topic
    return topics


def topic_of(name: str, topics: Mapping[str, str]) -> str | None:
    """Return the topic of the first listed run of words in a name, the longest if several."""
    return next((topics[run] for run in runs(name) if run in topics), None)


def runs(name: str) -> Iterator[str]:
    """Yield every run of words of a name: early ones first, of those the longest first."""
    words = name.split("-")
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            yield "-".join(words[start:end])


def is_left_out(name: str, words: Collection[str], names: Collection[str]) -> bool:
    """Return whether an icon is a variant of another one, or one the sample does without."""
    parts = name.split("-")
    return name in names or (len(parts) > 1 and any(part in words for part in parts))


def caption_of(name: str, words: Mapping[str, str], captions: Mapping[str, str]) -> str:
    """Return the authored caption of an icon, or the words of its name in plain English."""
    return captions.get(name) or " ".join(words.get(word, word) for word in name.split("-"))


def draw(character: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """Return one glyph, dark on white, as large as the margin lets it be and centred.

    Parameters
    ----------
    character
        The character of the glyph.
    font
        The font in the size ``DRAWN``; the glyph is drawn large, cropped and made smaller.

    Returns
    -------
    PIL.Image.Image
        A grey picture of 64 by 64 pixels.
    """
    large = Image.new("L", (2 * DRAWN, 2 * DRAWN), INK)
    ImageDraw.Draw(large).text((DRAWN, DRAWN), character, PAPER, font, anchor="mm")
    glyph = large.crop(large.getbbox())
    scale = (SIDE - 2 * MARGIN) / max(glyph.size)
    width, height = (max(1, round(length * scale)) for length in glyph.size)
    small = glyph.resize((width, height), Image.Resampling.LANCZOS)
    picture = Image.new("L", (SIDE, SIDE), PAPER)
    picture.paste(INK, ((SIDE - width) // 2, (SIDE - height) // 2), small)
    return picture


def collect() -> list[Row]:
    """Return one row for each chosen icon, sorted by name; of equal pictures the first stays."""
    captions = read_toml(HERE / "icons_captions.toml")
    font = ImageFont.truetype(str(fonts_folder() / FONT), DRAWN)
    rows: dict[bytes, Row] = {}
    for name, (character, topic) in chosen().items():
        text = caption_of(name, captions["words"], captions["captions"])
        row = make_row(name, draw(character, font), text, topic)
        rows.setdefault(row["image"]["bytes"], row)
    return list(rows.values())


def chosen() -> dict[str, tuple[str, str]]:
    """Return the character and the topic of each icon that the sample has room for."""
    out: dict[str, Any] = read_toml(HERE / "icons_topics.toml")["leave_out"]
    topics = read_topics()
    found = {
        name: (character, topic_of(name, topics))
        for name, character in read_names().items()
        if not is_left_out(name, out["words"], out["names"])
    }
    return {name: (character, topic) for name, (character, topic) in found.items() if topic}


def check_questions(questions: Mapping[str, list[str]], known: Collection[str]) -> None:
    """Raise if a question has no answer, or one that is not in the sample."""
    for question, answers in questions.items():
        if not answers:
            raise SampleError(f"No icon answers: {question}")
        for answer in answers:
            if answer not in known:
                raise SampleError(f"{answer} is no icon of the sample: {question}")


def write_questions(path: Path, questions: Mapping[str, list[str]]) -> None:
    """Write one question a line with the icons that answer it."""
    lines = [f"{question}\t{' '.join(answers)}" for question, answers in questions.items()]
    write_text(path, "\n".join(["question\tids", *lines]) + "\n")


def build(folder: Path) -> list[Row]:
    """Write the whole sample into a folder and return its rows."""
    rows = collect()
    questions = read_toml(HERE / "icons_questions.toml")["questions"]
    check_questions(questions, {row["id"] for row in rows})
    write_pictures(folder / "icons.parquet", rows)
    write_questions(folder / "questions.tsv", questions)
    counts = Counter(row["label"] for row in rows)
    table = "\n".join(f"| {topic} | {count} |" for topic, count in counts.most_common())
    page = Template((HERE / "icons_readme.md").read_text(encoding="utf-8"))
    text = page.substitute(
        rows=f"{len(rows):,}", version=VERSION, questions=len(questions), topics=table
    )
    write_text(folder / "README.md", text)
    write_text(folder / "LICENSE", (HERE / "ICONS_LICENSE").read_text(encoding="utf-8"))
    return rows


if __name__ == "__main__":
    print(f"{len(build(FOLDER))} icons written to {FOLDER}")
