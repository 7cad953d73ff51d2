"""The built picture samples are whole, and their scripts draw the same pictures again."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from packaging_making import PACKAGING, ROOT
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Load = Callable[[str], ModuleType]

SCRIPTS = PACKAGING / "samples"
SAMPLES = ROOT / "resources" / "samples"
DIGITS = SAMPLES / "digits" / "digits.parquet"
ICONS = SAMPLES / "icons" / "icons.parquet"
SIDES = {DIGITS: 32, ICONS: 64}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

for_each_sample = pytest.mark.parametrize("path", [DIGITS, ICONS], ids=lambda path: path.stem)


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def picture(row: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(row["image"]["bytes"]))


def questions() -> dict[str, list[str]]:
    text = (ICONS.parent / "questions.tsv").read_text(encoding="utf-8")
    header, *lines = text.splitlines()
    assert header == "question\tids"
    return {question: ids.split(" ") for question, ids in (line.split("\t") for line in lines)}


@for_each_sample
def test_every_picture_opens_at_its_size_and_is_not_blank(path: Path) -> None:
    for row in rows(path):
        opened = picture(row)
        assert (opened.format, opened.mode) == ("PNG", "L"), row["id"]
        assert opened.size == (SIDES[path], SIDES[path]), row["id"]
        darkest, lightest = opened.getextrema()
        assert lightest - darkest > 128, row["id"]


@for_each_sample
def test_ids_are_unique_and_no_field_is_empty(path: Path) -> None:
    found = rows(path)
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert list(row) == ["id", "image", "text", "label"]
        assert row["image"]["path"] == f"{row['id']}.png"
        assert row["text"].strip()
        assert row["label"].strip()


@for_each_sample
def test_the_columns_are_marked_for_hugging_face_datasets(path: Path) -> None:
    marks = json.loads(pq.read_schema(path).metadata[b"huggingface"])
    assert marks["info"]["features"]["image"] == {"_type": "Image"}


@for_each_sample
def test_notices_name_source_licence_and_script(path: Path) -> None:
    page = (path.parent / "README.md").read_text(encoding="utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/" in page
    assert f"python packaging/samples/build_{path.stem}.py" in page
    assert f"{len(rows(path)):,} " in page
    assert "Changes made to" in page
    assert (path.parent / "LICENSE").stat().st_size > 1000


def test_the_samples_have_the_size_they_promise() -> None:
    assert len(rows(DIGITS)) == 1797
    assert 800 <= len(rows(ICONS)) <= 1200
    assert DIGITS.stat().st_size < 1_500_000
    assert ICONS.stat().st_size < 900_000


def test_every_digit_is_named_and_frequent() -> None:
    found = rows(DIGITS)
    counts = Counter(row["label"] for row in found)
    assert set(counts) == set(WORDS)
    assert min(counts.values()) >= 150
    assert all(row["text"] == f"a handwritten {row['label']}" for row in found)


def test_every_topic_is_listed_and_has_enough_icons(load: Load) -> None:
    counts = Counter(row["label"] for row in rows(ICONS))
    assert set(counts) == set(load("build_icons").read_topics().values())
    assert 12 <= len(counts) <= 16
    assert min(counts.values()) >= 12


def test_no_two_icons_look_or_read_the_same() -> None:
    found = rows(ICONS)
    assert len({row["image"]["bytes"] for row in found}) == len(found)
    assert len({picture(row).tobytes() for row in found}) == len(found)
    assert len({row["text"] for row in found}) == len(found)


def test_icons_are_centred_and_keep_their_margin() -> None:
    for row in rows(ICONS):
        left, top, right, bottom = picture(row).point(lambda grey: 255 - grey).getbbox()
        assert min(left, top) >= 8, row["id"]
        assert max(right, bottom) <= 56, row["id"]
        assert abs(left - (64 - right)) <= 2, row["id"]
        assert abs(top - (64 - bottom)) <= 2, row["id"]


def test_no_icon_is_left_out_and_there_all_the_same(load: Load) -> None:
    out = load("beir").read_toml(SCRIPTS / "icons_topics.toml")["leave_out"]
    for row in rows(ICONS):
        words = row["id"].split("-")
        assert row["id"] not in out["names"]
        assert len(words) == 1 or not set(words) & set(out["words"]), row["id"]


def test_every_authored_caption_belongs_to_an_icon(load: Load) -> None:
    captions = load("beir").read_toml(SCRIPTS / "icons_captions.toml")["captions"]
    texts = {row["id"]: row["text"] for row in rows(ICONS)}
    assert {name: texts.get(name) for name in captions} == captions


def test_the_questions_are_answered_by_icons_of_many_topics() -> None:
    labels = {row["id"]: row["label"] for row in rows(ICONS)}
    asked = questions()
    assert len(asked) == 40
    assert all(len(set(ids)) == len(ids) for ids in asked.values())
    assert len({labels[name] for ids in asked.values() for name in ids}) >= 12


def test_rebuilding_the_digits_draws_the_same_pictures(load: Load, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    load("build_digits").build(tmp_path)
    assert_same(DIGITS, tmp_path / "digits.parquet", every=60)


def test_rebuilding_the_icons_draws_the_same_pictures(load: Load, tmp_path: Path) -> None:
    pytest.importorskip("qtawesome")
    load("build_icons").build(tmp_path)
    assert_same(ICONS, tmp_path / "icons.parquet", every=30)
    for name in ("README.md", "LICENSE", "questions.tsv"):
        assert (tmp_path / name).read_bytes() == (ICONS.parent / name).read_bytes()


def assert_same(kept: Path, built: Path, every: int) -> None:
    pairs = list(zip(rows(kept), rows(built), strict=True))
    for old, new in pairs:
        assert {**old, "image": None} == {**new, "image": None}
    for old, new in pairs[::every]:
        assert picture(old).tobytes() == picture(new).tobytes(), old["id"]


def test_the_topic_is_that_of_the_first_and_longest_run_of_words(load: Load) -> None:
    topic_of = load("build_icons").topic_of
    topics = {"fire": "nature", "fire-extinguisher": "home", "truck": "transport"}
    assert topic_of("fire-extinguisher", topics) == "home"
    assert topic_of("fire-truck", topics) == "nature"
    assert topic_of("monster-truck", topics) == "transport"
    assert topic_of("asterisk", topics) is None


def test_variants_are_left_out_but_not_the_word_by_itself(load: Load) -> None:
    is_left_out = load("build_icons").is_left_out
    assert is_left_out("user-circle", {"circle"}, set())
    assert not is_left_out("circle", {"circle"}, set())
    assert is_left_out("jedi", set(), {"jedi"})


def test_a_caption_is_authored_or_made_of_the_words_of_the_name(load: Load) -> None:
    caption_of = load("build_icons").caption_of
    assert caption_of("euro-sign", {"sign": "currency sign"}, {}) == "euro currency sign"
    assert caption_of("euro-sign", {}, {"euro-sign": "sign of the euro"}) == "sign of the euro"


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"Who?": []}, "No icon answers: Who"), ({"Who?": ["x"]}, "x is no icon of the sample: Who")],
)
def test_a_faulty_question_about_icons_is_refused(
    load: Load, asked: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(Exception, match=message):
        load("build_icons").check_questions(asked, {"user"})
