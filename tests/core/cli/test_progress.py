"""Progress lines for terminals and for files."""

from __future__ import annotations

import io

from embedding_lab.cli import progress
from embedding_lab.cli.answer import details, one_line, shorten, table
from embedding_lab.cli.progress import CLEAR_LINE, ProgressLine
from embedding_lab.jobs.events import JobLogged, JobProgressed


class Terminal(io.StringIO):
    def isatty(self):
        return True


def at_times(monkeypatch, *seconds):
    clock = iter(seconds)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))


def step(number, at=0.0):
    return JobProgressed(step=number, total=5000, at=at)


def test_a_terminal_is_redrawn_at_most_ten_times_a_second(monkeypatch):
    stream = Terminal()
    line = ProgressLine(stream)
    at_times(monkeypatch, *[100 + i / 1000 for i in range(1000)])
    for number in range(1000):
        line(step(number, at=number / 1000))
    assert 9 <= stream.getvalue().count(CLEAR_LINE) <= 11
    assert "\n" not in stream.getvalue()
    line.clear()
    line.clear()
    assert stream.getvalue().endswith(CLEAR_LINE)


def test_a_terminal_line_never_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    ProgressLine(stream)(JobProgressed(step=1, total=9, message="x" * 200))
    assert len(stream.getvalue().removeprefix(CLEAR_LINE)) <= 29


def test_a_file_gets_a_whole_line_every_few_seconds(monkeypatch):
    stream = io.StringIO()
    at_times(monkeypatch, 0, 1, 4.9, 5.1, 6, 10.2)
    line = ProgressLine(stream)
    for number in range(5):
        line(step(number * 1000, at=number))
    assert stream.getvalue().splitlines() == [
        "2,000 / 5,000 rows · 1,000 rows/s · 3 s left",
        "4,000 / 5,000 rows · 1,000 rows/s · 1 s left",
    ]


def test_log_lines_stand_above_the_progress():
    stream = Terminal()
    line = ProgressLine(stream)
    line(step(1))
    line(JobLogged(message="Three rows\nwere cut.", level="warning"))
    assert stream.getvalue().endswith(CLEAR_LINE + "Warning: Three rows were cut.\n")


def test_a_table_is_aligned_and_groups_thousands():
    text = table(("Name", "Rows"), [("a", 1), ("東京", 1234567)], "none")
    assert text.splitlines() == [
        "Name       Rows",
        "a             1",
        "東京  1,234,567",
    ]
    assert table(("Name",), [], "none") == "none"
    assert details({"a": 1, "bb": "", "ccc": None, "dd": 0.5}) == "a   1\ndd  0.5000"


def test_text_is_cut_to_its_width_on_the_screen():
    assert shorten("short", 10) == "short"
    assert shorten("abcdefghij" * 3, 10) == "abcdefghi…"
    assert shorten("東" * 30, 11) == "東" * 5 + "…"
    assert one_line("a\tb\n\nc\x1b[1m") == "a b c [1m"
