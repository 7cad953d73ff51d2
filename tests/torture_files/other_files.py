"""Awkward texts, Parquet files, folders, and files that are not what their name says."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torture_files.maker import Maker


def write_texts(maker: Maker) -> None:
    maker.add(
        "lines.txt",
        "one\n\ntwo\n   \nthree",
        rows=3,
        notes=("2 blank lines were passed over",),
        last_text="three",
    )
    maker.add("lines-kept.txt", "one\n\ntwo\n", rows=3, options={"keeps_empty": True})
    maker.add(
        "paragraphs.md",
        "# Birds\n\nA robin\nsings.\n\n```\ncode\n\nmore\n```\n\n# Bare\n# Fish\nA trout.\n",
        rows=4,
        first_text="A robin\nsings.",
        last_text="A trout.",
    )
    maker.add(
        "whole.txt", "one\ntwo\n", rows=1, first_text="one\ntwo", options={"text_unit": "file"}
    )
    maker.add("packed.txt.gz", gzip.compress(b"one\ntwo\n"), rows=2, last_text="two")
    lines = "".join(f"line {number} {os.urandom(20).hex()}\n" for number in range(50_000)).encode()
    maker.add(
        "members.jsonl.gz",
        gzip.compress(b'{"text": "one"}\n') + gzip.compress(b'{"text": "two"}\n'),
        rows=2,
    )
    packed = gzip.compress(lines)
    maker.add(
        "cut-off.txt.gz",
        packed[: len(packed) // 2],
        n_records=-1,
        rejected=((-1, "the gzip file is damaged behind this line"),),
    )


def write_parquet(maker: Maker) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "text": ["one", None, "three"],
            "tags": [["x", "y"], [], None],
            "where": [{"page": 1, "box": [1, 2]}, None, {"page": 3, "box": None}],
            "raw": [b"plain", b"\xff\xfe", None],
        }
    )
    pq.write_table(table, maker.folder / "lists.parquet")
    maker.expect("lists.parquet", rows=2, rejected=((2, "empty text"),), last_text="three")
    content = (maker.folder / "lists.parquet").read_bytes()
    maker.add("lists.parquet.gz", gzip.compress(content), rows=2, rejected=((2, "empty text"),))
    maker.add("cut-off.parquet", content[:-20], problem="is a damaged Parquet file")
    maker.add(
        "parquet-named.csv",
        content,
        rows=2,
        rejected=((2, "empty text"),),
        notes=("Its name says CSV, but it holds Parquet",),
    )


def write_unreadable(maker: Maker) -> None:
    maker.add(
        "json-named.csv",
        '{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n',
        rows=2,
        notes=("Its name says CSV, but it holds JSON Lines",),
    )
    maker.add(
        "table-named.txt",
        "text\tlabel\none\ta\ntwo\tb\n",
        rows=2,
        notes=("Its name says text, but it holds TSV",),
    )
    maker.add(
        "tabs-named.csv", "text\tlabel\none, two\ta\nthree\tb\n", rows=2, first_text="one, two"
    )
    maker.add("gzip-named.csv", gzip.compress(b"id,text\n1,one\n"), rows=1, first_text="one")
    maker.add("no-extension", "id,text\n1,one\n2,two\n", rows=2, last_text="two")
    maker.add("empty.csv", b"", problem="is empty")
    maker.add("empty.jsonl.gz", gzip.compress(b""), problem="is empty")
    maker.add("spaces.txt", "  \n\n", problem="could be imported")
    maker.add("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), problem="the picture is damaged")
    maker.add("document.txt", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", problem="is a PDF document")
    maker.add("workbook.csv", b"PK\x03\x04" + bytes(100), problem="is a ZIP archive")
    maker.add("noise.txt", bytes(range(256)) * 20, problem="is a binary file")
    maker.add("not-gzip.csv.gz", b"\x1f\x8b" + bytes(50), problem="is a damaged gzip file")
    maker.expect("vanished.csv", problem="is not there")
    (maker.folder / "unreadable.csv").symlink_to(maker.folder / "nowhere.csv")
    maker.expect("unreadable.csv", problem="is not there")


def write_folders(maker: Maker) -> None:
    mixed = maker.folder / "mixed"
    (mixed / "deeper").mkdir(parents=True)
    (mixed / "a.csv").write_text("text,label\none,x\ntwo,y\n")
    (mixed / "b.jsonl").write_text('{"content": "three", "label": "x"}\n{"content": "\n')
    (mixed / "deeper" / "c.txt").write_text("four\n")
    (mixed / "README.md").write_text("# About\n\nthe data\n")
    (mixed / ".hidden.csv").write_text("text\nno\n")
    (mixed / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (mixed / "broken.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
    (mixed / "deeper" / "loop").symlink_to(mixed, target_is_directory=True)
    maker.expect(
        "mixed",
        rows=4,
        rejected=((2, "broken JSON"), (0, "the picture is damaged")),
        notes=(
            "1 file is in mixed hidden",
            "1 picture in mixed: only those that a table names come in",
            "README.md tells about the data",
            "leads back to a folder above it",
        ),
        last_text="four",
    )
    essays = maker.folder / "essays"
    essays.mkdir()
    for name in ("b", "a", "c"):
        (essays / f"{name}.txt").write_text(f"The essay {name}\nhas two lines.\n")
    maker.expect("essays", rows=3, first_text="The essay a\nhas two lines.")
    beir = maker.folder / "beir"
    (beir / "qrels").mkdir(parents=True)
    (beir / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "T", "text": "one"}\n{"_id": "d2", "title": "", "text": "two"}\n'
        '{"_id": "d3", "title": "", "text": ""}\n'
    )
    (beir / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "ask"}\n{"_id": "q1", "text": "b"}\n'
    )
    (beir / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td3\t1\nq9\td1\t1\nq1\td2\thigh\n"
    )
    maker.expect(
        "beir",
        rows=2,
        n_records=9,
        rejected=(
            (3, "empty text"),
            (2, "the query id q1 is taken"),
            (3, "there is no document with the id d3"),
            (4, "there is no query with the id q9"),
            (5, "the grade high is no number"),
        ),
    )
    empty = maker.folder / "empty-folder"
    empty.mkdir()
    maker.expect("empty-folder", problem="holds no file that can be read")
