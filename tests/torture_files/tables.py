"""Awkward tables: their encodings, their quotes, their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torture_files.maker import Maker

CELL_OF_A_MEGABYTE = "palabra " * 131_072


def write_encodings(maker: Maker) -> None:
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


def write_quotes(maker: Maker) -> None:
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


def write_tables(maker: Maker) -> None:
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
