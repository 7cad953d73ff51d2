"""Awkward JSON and JSON Lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torture_files.maker import Maker


def write_json_files(maker: Maker) -> None:
    maker.add(
        "broken-line.jsonl",
        '{"text": "one"}\n{"text": "two",}\n{"text": "three"\n{"text": "four"}\n[1, 2]\nnull\n',
        rows=2,
        rejected=(
            (2, "broken JSON at character"),
            (3, "broken JSON at character"),
            (5, "a list instead of an object"),
            (6, "null instead of an object"),
        ),
        last_text="four",
    )
    nested = {"text": "deep", "a": {"b": {"c": {"d": 1}}, "list": [1, {"x": 2}]}, "none": None}
    maker.add("nested.jsonl", json.dumps(nested) + "\n", rows=1)
    mixed = [{"text": 1}, {"text": "x"}, {"text": True}, {"text": 2.5}, {"text": ["a", "b"]}]
    maker.add(
        "mixed-types.jsonl",
        "".join(json.dumps(row) + "\n" for row in [*mixed, {"text": None}, {"other": "x"}]),
        rows=5,
        rejected=((6, "empty text"), (7, "empty text")),
        first_text="1",
        last_text='["a", "b"]',
    )
    maker.add(
        "half-characters.jsonl",
        '{"text": "half \\ud83d of a face"}\n{"text": "zero \\u0000 byte"}\n',
        rows=2,
        notes=("NUL characters were taken out", "NUL characters were taken out"),
        first_text="half \ufffd of a face",
        last_text="zero  byte",
    )
    maker.add("strings.jsonl", '"one"\n"two"\n', rows=2, last_text="two")
    maker.add(
        "too-deep.jsonl",
        '{"text": ' + "[" * 100_000 + '\n{"text": "kept"}\n',
        rows=1,
        rejected=((1, "broken JSON"),),
    )
    maker.add(
        "long-number.jsonl",
        '{"text": ' + "9" * 5000 + '}\n{"text": "kept"}\n',
        rows=1,
        rejected=((1, "broken JSON: a number has too many digits"),),
    )
    maker.add("array.json", '[{"text": "one"}, {"text": "two"}]', rows=2, last_text="two")
    maker.add("array-of-strings.json", '["one", "two",\n "three"]', rows=3, last_text="three")
    maker.add(
        "columns.json",
        '{"text": ["one", "two", "three"], "label": ["a", "b"]}',
        rows=2,
        rejected=((1, "label: its list ends before this row"),),
    )
    maker.add(
        "data-member.json",
        '{"version": 3, "data": [\n {"text": "one"},\n {"text": "two"}\n], "end": {"x": 1}}',
        rows=2,
        notes=("the member version was passed over", "the member end was passed over"),
    )
    maker.add("members.json", '{"a": {"text": "one"}, "b": {"text": "two"}}', rows=2)
    maker.add(
        "broken-item.json",
        '[\n  {"text": "one"},\n  {"text": "two" "x": 1},\n  {"text": "three"}\n]\n',
        rows=2,
        rejected=((3, "broken JSON at line 3"),),
        last_text="three",
    )
    maker.add(
        "cut-off.json",
        '[\n  {"text": "one"},\n  {"text": "two"},\n  {"text": "thr',
        rows=2,
        rejected=((4, "broken JSON: the file ends inside it"),),
    )
    maker.add(
        "lines-named-json.json",
        '{"text": "one"}\n{"text": "two"}\n',
        rows=2,
        notes=("Its name says JSON, but it holds JSON Lines",),
    )
