"""The table reader gives what the csv module gives, and recovers where that does not."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from embedding_lab.readers.delimited import DelimitedRecords, read_delimited
from embedding_lab.readers.items import Finding, RawRow

if TYPE_CHECKING:
    import pytest

CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from('",;\n\r\t '),
    max_size=8,
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    row = st.lists(CELLS, min_size=width, max_size=width)
    return draw(st.lists(row, min_size=1, max_size=6))


def read(text: str, delimiter: str = ",", quoting: str = "double") -> list[list[str] | Finding]:
    file = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")
    return [
        record if isinstance(record, Finding) else record[1]
        for record in DelimitedRecords(file, delimiter, quoting)
    ]


@given(tables(), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=50, deadline=None)
def test_well_formed_tables_read_as_the_csv_module_reads_them(
    table: list[list[str]], delimiter: str, line_end: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        table
    )
    assert read(text.getvalue(), delimiter) == table


@given(tables())
@settings(max_examples=50, deadline=None)
def test_sparingly_quoted_tables_read_as_the_csv_module_reads_them(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    text.seek(0)
    assert read(text.getvalue()) == [record for record in csv.reader(text) if record]


@given(tables())
@settings(max_examples=50, deadline=None)
def test_lines_of_records_are_those_they_begin_on(table: list[list[str]]) -> None:
    def written(rows: list[list[str]]) -> list[str]:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
        return text.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")

    lines = written(table)
    file = io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()), "utf-8", newline="")
    for record in DelimitedRecords(file, ",", "double"):
        assert not isinstance(record, Finding)
        number, fields = record
        assert lines[number - 1] == written([fields])[0]


@given(st.lists(st.sampled_from(['"', ",", "a", "\n", '""', '",', ',"', "b\n"]), max_size=60))
@settings(max_examples=50, deadline=None)
def test_any_text_at_all_is_read_to_its_end_and_no_line_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    file = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")
    items = list(
        read_delimited(DelimitedRecords(file, ",", "double"), ("x", "y"), has_header=False)
    )
    lines = [item.line for item in items if isinstance(item, RawRow) or item.is_rejected]
    assert lines == sorted(set(lines))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
    if text.strip("\n"):
        first = next(number for number, line in enumerate(text.split("\n"), 1) if line)
        assert lines[0] == first


def test_after_an_unclosed_quote_every_later_row_comes_in() -> None:
    records = read('a,b\n1,"open\n2,x\n3,y\n')
    assert records[0] == ["a", "b"]
    assert isinstance(records[1], Finding)
    assert (records[1].line, records[1].reason) == (2, "quote without an end")
    assert records[2:] == [["2", "x"], ["3", "y"]]


def test_a_quoted_field_may_be_long_but_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedding_lab.readers.delimited.MAX_RECORD_LINES", 10)
    short = '"' + "line\n" * 8 + '",x\n'
    assert read(short) == [["line\n" * 8, "x"]]
    longer = '"' + "line\n" * 20 + '",x\n'
    findings = [record for record in read(longer) if isinstance(record, Finding)]
    assert (findings[0].line, findings[0].reason) == (1, "quote without an end")


def test_a_line_above_the_limit_costs_that_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedding_lab.readers.lines.MAX_CHARACTERS", 1000)
    records = read("a,b\n" + "x" * 5000 + ",y\n1,2\n")
    assert records[0] == ["a", "b"]
    assert isinstance(records[1], Finding)
    assert records[1].reason.startswith("longer than")
    assert records[2] == ["1", "2"]
