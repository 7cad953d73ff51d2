"""Makes a folder of awkward files, each with what importing it must come to.

Run as a script with a folder to look at the files; the tests call :func:`make_torture_files`.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CELL_OF_A_MEGABYTE = "palabra " * 131_072


@dataclass(frozen=True)
class Expectation:
    """What importing one file (or folder) must come to.

    ``rejected`` holds line and reason (its beginning is enough) of every record that stays out;
    ``n_records`` is how many records the file holds, so that ``rows`` and ``rejected`` must add up.
    A file that cannot be read at all has a ``problem`` instead.
    """

    name: str
    n_records: int = 0
    rows: int = 0
    rejected: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    first_text: str = ""
    last_text: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class _Maker:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expectations: list[Expectation] = []

    def add(self, name: str, content: bytes | str, **expected: Any) -> None:
        data = content.encode() if isinstance(content, str) else content
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.expect(name, **expected)

    def expect(self, name: str, **expected: Any) -> None:
        expectation = Expectation(name=name, **expected)
        if not expectation.problem and not expectation.n_records:
            n_records = expectation.rows + len(expectation.rejected)
            expectation = Expectation(**{**vars(expectation), "n_records": n_records})
        self.expectations.append(expectation)


def make_torture_files(folder: Path) -> list[Expectation]:
    """Write the files into ``folder`` and return what is expected of each."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = _Maker(folder)
    _encodings(maker)
    _quotes(maker)
    _tables(maker)
    _json(maker)
    _texts(maker)
    _parquet(maker)
    _wrong_or_unreadable(maker)
    _folders(maker)
    return maker.expectations


def _encodings(maker: _Maker) -> None:
    table = "id,text\n1,Grüße aus Köln\n2,naïve café\n"
    maker.add("utf8-bom.csv", b"\xef\xbb\xbf" + table.encode(), rows=2, first_text="Grüße aus Köln")
    maker.add("utf16.csv", table.encode("utf-16"), rows=2, first_text="Grüße aus Köln")
    maker.add(
        "utf16-be-bom.tsv",
        b"\xfe\xff" + "text\tlabel\nждёт\tx\nжить\ty\n".encode("utf-16-be"),
        rows=2,
        last_text="жить",
    )
    maker.add(
        "utf16-no-bom.txt",
        "first line\nsecond line\n".encode("utf-16-le"),
        rows=2,
        notes=("Read as UTF-16-LE",),
        last_text="second line",
    )
    maker.add("utf32.txt", "eins\nzwei\n".encode("utf-32"), rows=2, last_text="zwei")
    maker.add(
        "latin1.csv",
        table.encode("latin-1"),
        rows=2,
        notes=("It is not UTF-8; read as cp1252",),
        first_text="Grüße aus Köln",
    )
    russian = "Жили два весёлых гуся, один белый, другой серый\n" * 20
    maker.add(
        "cp1251.txt",
        russian.encode("cp1251"),
        rows=20,
        notes=("It is not UTF-8; read as cp1251",),
        first_text=russian.partition("\n")[0],
    )
    good = "".join(f"Zeile {number}: schön, größer, früher\n" for number in range(1, 6)).encode()
    maker.add(
        "one-bad-line.txt",
        good + b"gr\xfc\xdfe\n" + good,
        rows=10,
        rejected=((6, "bad encoding"),),
    )
    maker.add(
        "bad-byte-in-quotes.csv",
        "id,text\n1,größer\n2,früher\n".encode() + b'3,"two\nli\xffnes"\n4,"sch\xc3\xb6n"\n',
        rows=3,
        rejected=((4, "bad encoding"),),
    )
    maker.add(
        "shift-jis-chosen.txt",
        "吾輩は猫である\n名前はまだ無い\n".encode("cp932"),
        rows=2,
        options={"encoding": "cp932"},
        first_text="吾輩は猫である",
    )
    maker.add(
        "nul-bytes.csv",
        b"id,text\n1,be\x00fore\n2,after\n",
        rows=2,
        notes=("NUL characters were taken out",),
        first_text="before",
    )


def _quotes(maker: _Maker) -> None:
    maker.add("crlf.csv", "id,text\r\n1,one\r\n2,two\r\n", rows=2, last_text="two")
    maker.add("cr-only.csv", "id,text\r1,one\r2,two\r", rows=2, last_text="two")
    maker.add(
        "quotes-across-lines.csv",
        'id,text\n1,"first\nsecond ""quoted""\n\nthird"\n2,plain\n3\n',
        rows=2,
        rejected=((7, "1 field instead of 2"),),
        first_text='first\nsecond "quoted"\n\nthird',
    )
    maker.add(
        "unterminated-quote.csv",
        'id,text\n1,one\n2,"never closed\n3,three\n4,four\n5,five\n',
        rows=4,
        rejected=((3, "quote without an end"),),
        last_text="five",
    )
    maker.add(
        "unterminated-before-quoted.csv",
        'id,text\n1,"open\n2,"two, quoted"\n3,"three"\n',
        rows=2,
        rejected=((2, "text after a closing quote"),),
        first_text="two, quoted",
    )
    maker.add(
        "stray-quote-glues-rows.csv",
        'id,text,label\n1,"open,a\n2,",",b\n3,three,c\n',
        rows=2,
        rejected=((2, ""),),
        last_text="three",
    )
    maker.add(
        "quote-in-the-middle.csv",
        'id,text\n1,say "hello" to her\n2,"say "hello" to him"\n3,end\n',
        rows=2,
        rejected=((3, "text after a closing quote"),),
        first_text='say "hello" to her',
    )
    long_run = "".join(f"{number},row\n" for number in range(2, 20_002))
    maker.add(
        "unterminated-long.csv",
        f'id,text\n1,"open\n{long_run}',
        rows=20_000,
        rejected=((2, "quote without an end"),),
    )
    maker.add(
        "literal-quotes.tsv",
        'text\tlabel\n"Well," she said.\ta\n"Only opening\tb\nplain\tc\n',
        rows=3,
        first_text='"Well," she said.',
    )
    maker.add(
        "quoted.tsv",
        'text\tlabel\n"a\tb"\tx\n"say ""hi"""\ty\n',
        rows=2,
        first_text="a\tb",
        last_text='say "hi"',
    )


def _tables(maker: _Maker) -> None:
    maker.add(
        "ragged.csv",
        "id,text,label\n1,one,a\n2,two\n3,three,c,extra\n4,four,d\n",
        rows=2,
        rejected=((3, "2 fields instead of 3"), (4, "4 fields instead of 3")),
    )
    maker.add(
        "megabyte-cell.csv",
        f'id,text\n1,"{CELL_OF_A_MEGABYTE}"\n2,short\n',
        rows=2,
        first_text=CELL_OF_A_MEGABYTE,
    )
    maker.add(
        "header-only.csv",
        "id,text,label\n",
        problem="It holds a header and no rows",
    )
    maker.add(
        "duplicate-headers.csv",
        "text,note,note,\nhello,a,b,c\n",
        rows=1,
        notes=("Column names that were empty or repeated",),
    )
    maker.add(
        "no-header.csv",
        "7,the first text here\n8,the second text here\n",
        rows=2,
        notes=("Read without a header",),
        first_text="the first text here",
    )
    maker.add(
        "duplicate-ids.csv",
        "id,text\na,one\nb,two\na,three\na,four\n",
        rows=4,
        notes=("the id a is taken; kept as a#2", "the id a is taken; kept as a#3"),
    )
    maker.add(
        "empty-texts.csv",
        'id,text\n1,one\n2,\n3,"   "\n4,four\n',
        rows=2,
        rejected=((3, "empty text"), (4, "empty text")),
    )
    maker.add(
        "empty-texts-kept.csv",
        "id,text\n1,one\n2,\n3,three\n",
        rows=3,
        options={"keeps_empty": True},
    )
    maker.add(
        "decimal-commas.csv",
        "id;score;text\n1;0,5;half, or so\n2;1,25;more, much more\n",
        rows=2,
        first_text="half, or so",
    )
    maker.add("pipes.csv", "id|text\n1|one, two\n2|three\n", rows=2, first_text="one, two")
    maker.add(
        "one-column.csv",
        "text\nplain\nwith, a comma\nand, one, more\n",
        rows=3,
        last_text="and, one, more",
    )
    maker.add(
        "blank-lines.csv",
        "id,text\n\n1,one\n\n\n2,two\n\n",
        rows=2,
        notes=("4 blank lines were passed over",),
    )
    maker.add("no-end-of-line.csv", "id,text\n1,one\n2,last", rows=2, last_text="last")
    maker.add(
        "reserved-names.csv",
        "text,label,category,id\nthe longer text of the two,x,y,1\nanother text,x,z,2\n",
        rows=2,
    )


def _json(maker: _Maker) -> None:
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


def _texts(maker: _Maker) -> None:
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


def _parquet(maker: _Maker) -> None:
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


def _wrong_or_unreadable(maker: _Maker) -> None:
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


def _folders(maker: _Maker) -> None:
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


if __name__ == "__main__":
    for made in make_torture_files(Path(sys.argv[1])):
        print(f"{made.name}: {made.rows} rows, {len(made.rejected)} rejected {made.problem}")
