"""Small files: read whatever became of them, and written so that a crash loses little."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from embedding_lab.errors import LabError
from embedding_lab.storage import (
    append_json_line,
    from_record,
    is_full_disk,
    path_below,
    read_json,
    read_json_lines,
    write_json,
)


@dataclass(frozen=True)
class Kept:
    name: str
    n: int
    share: float = 0.0
    is_known: bool = False
    more: dict[str, Any] | None = None


def test_what_is_written_is_read_and_nothing_else_lies_there(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"é": [1, None]})
    assert read_json(tmp_path / "a.json") == {"é": [1, None]}
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.json"]


def test_two_threads_that_write_the_same_file_at_once_leave_one_of_both_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, both_have_written = tmp_path / "a.json", threading.Barrier(2, timeout=10)
    monkeypatch.setattr(os, "fsync", lambda _: both_have_written.wait())
    values = [["a"] * 5, ["b"] * 500]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(partial(write_json, path), values))
    assert read_json(path) in values
    assert [item.name for item in tmp_path.iterdir() if item.is_file()] == ["a.json"]


def test_a_mark_that_an_editor_put_before_it_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n')
    assert read_json(tmp_path / "a.json") == {"a": 1}


@pytest.mark.parametrize("content", [b"", b"{", bytes(30), b"\xff\xfe{\x00}\x00", b"[" * 100_000])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(LabError, match=r"a\.json is damaged"):
        read_json(tmp_path / "a.json")


def test_lines_behind_one_that_was_cut_short_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert list(read_json_lines(path)) == []
    append_json_line(path, {"n": 1})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"n": 2, "text": "é')
    append_json_line(path, {"n": 3})
    append_json_line(path, {"n": 4})
    assert [value["n"] for value in read_json_lines(path)] == [1, 3, 4]


def test_a_record_holds_what_its_fields_say() -> None:
    known = {"name": "a", "n": 3, "share": 1, "is_known": True, "more": {"x": 1}}
    assert from_record(Kept, known | {"of a later program": 1}) == Kept(**known)


@pytest.mark.parametrize(
    "wrong",
    [None, [], {"name": "a"}, {"name": 1, "n": 1}, {"name": "a", "n": "1"}, {"name": "a", "n": 1.5},
     {"name": "a", "n": 1, "share": "half"}, {"name": "a", "n": 1, "is_known": "yes"}],
)  # fmt: skip
def test_a_record_that_holds_something_else_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        from_record(Kept, wrong)


@pytest.mark.parametrize("name", ["a", "a/b.json", "a b/ü.json", "a..b"])
def test_a_path_below_a_folder_is_given(name: str) -> None:
    assert path_below(Path("/home"), name) == Path("/home") / name


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/../../b", "/a", "C:a", "a\\..\\..\\b"])
def test_a_path_that_leads_elsewhere_on_any_system_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="does not lie below"):
        path_below(Path("/home"), name)


def test_a_full_disk_is_known_by_its_errors() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("CREATE TABLE a AS SELECT zeroblob(100000)")
    connection.close()
    assert is_full_disk(full.value)
    assert is_full_disk(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_full_disk(PermissionError(errno.EACCES, "No"))
    assert not is_full_disk(ValueError("full"))
