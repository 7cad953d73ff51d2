"""Vectors on disk: committed rows are exact, everything behind them is ignored."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedding_lab.errors import WorkspaceError
from embedding_lab.workspace.vector_set import (
    ROWS_FILE,
    VECTORS_FILE,
    VectorSet,
    VectorSetMeta,
    VectorWriter,
)

if TYPE_CHECKING:
    from pathlib import Path

META = VectorSetMeta(
    fingerprint="f",
    corpus_id="c",
    encoder_id="e",
    encoder_name="E",
    prompt="",
    dimension=3,
    max_length=8,
    engine="torch",
    precision="fp32",
    created=1.0,
)


def vectors_for(rows: list[int]) -> Any:
    return np.array([[row, row + 0.5, -row] for row in rows], dtype=np.float32)


def write(folder: Path, *batches: list[int]) -> VectorSet:
    with VectorWriter(folder, META) as writer:
        for rows in batches:
            writer.append(np.array(rows), vectors_for(rows), n_truncated=1, n_tokens=10)
    return VectorSet(folder)


def test_what_was_appended_is_read_in_the_same_order(tmp_path: Path) -> None:
    stored = write(tmp_path, [2, 0], [1])
    assert stored.n_rows == 3
    assert stored.state.n_truncated == 2
    np.testing.assert_array_equal(stored.vectors(), vectors_for([2, 0, 1]))
    rows, slots = stored.in_row_order()
    assert rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(stored.vectors()[slots], vectors_for([0, 1, 2]))


def test_an_empty_set_has_a_shape(tmp_path: Path) -> None:
    stored = write(tmp_path)
    assert stored.vectors().shape == (0, 3)
    assert stored.rows().tolist() == []


def test_bytes_behind_the_committed_count_are_cut_off(tmp_path: Path) -> None:
    write(tmp_path, [0, 1])
    for name in (VECTORS_FILE, ROWS_FILE):
        with (tmp_path / name).open("ab") as file:
            file.write(b"\xff" * 29)
    np.testing.assert_array_equal(VectorSet(tmp_path).vectors(), vectors_for([0, 1]))
    stored = write(tmp_path, [5])
    np.testing.assert_array_equal(stored.vectors(), vectors_for([0, 1, 5]))


def test_a_file_shorter_than_its_count_is_damage_and_said(tmp_path: Path) -> None:
    write(tmp_path, [0, 1])
    with (tmp_path / VECTORS_FILE).open("rb+") as file:
        file.truncate(10)
    with pytest.raises(WorkspaceError, match=r"vectors\.f32 is shorter"):
        VectorWriter(tmp_path, META)


@pytest.mark.parametrize(("name", "how"), [("vectors.f32", "vectors"), ("rows.i64", "rows")])
@pytest.mark.parametrize("content", [b"ab", None])
def test_files_that_lost_committed_rows_are_told(
    tmp_path: Path, name: str, how: str, content: bytes | None
) -> None:
    with VectorWriter(tmp_path / "set", META) as writer:
        writer.append(np.arange(3), np.ones((3, META.dimension), dtype=np.float32))
    (tmp_path / "set" / name).unlink()
    if content is not None:
        (tmp_path / "set" / name).write_bytes(content)
    with pytest.raises(WorkspaceError, match=f"{name} is shorter than its committed rows"):
        getattr(VectorSet(tmp_path / "set"), how)()


def test_a_full_disk_leaves_the_committed_rows_valid(tmp_path: Path) -> None:
    writer = VectorWriter(tmp_path, META)
    writer.append(np.array([0]), vectors_for([0]))

    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    real, writer._rows = writer._rows, Full()  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space"):
        writer.append(np.array([1]), vectors_for([1]))
    writer._rows = real
    writer.close()
    np.testing.assert_array_equal(VectorSet(tmp_path).vectors(), vectors_for([0]))
    np.testing.assert_array_equal(write(tmp_path, [1]).vectors(), vectors_for([0, 1]))


def test_the_vectors_cannot_be_changed_by_a_reader(tmp_path: Path) -> None:
    stored = write(tmp_path, [0])
    with pytest.raises(ValueError, match="read-only"):
        stored.vectors()[0, 0] = 1
