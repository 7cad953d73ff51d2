"""Reading and writing ONNX files whole, weights beside them included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest

from embedding_lab.encoders.onnx_session import open_session
from embedding_lab.export import onnx_file
from embedding_lab.export.onnx_file import data_files, read_model, remove_model, write_model

if TYPE_CHECKING:
    from pathlib import Path


def test_large_weights_lie_beside_the_file(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 1000)
    model = read_model(exported)
    before = model.SerializeToString()
    target = tmp_path / "large.onnx"
    write_model(model, target)
    assert model.SerializeToString() == before
    beside = data_files(read_model(target, has_weights=False), target)
    assert beside == [tmp_path / "large.onnx.data"]
    assert beside[0].stat().st_size > target.stat().st_size / 2
    assert open_session(target).get_outputs()[0].name == "sentence_embedding"
    assert read_model(target).graph.initializer[0].name == model.graph.initializer[0].name
    remove_model(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_a_failed_write_leaves_the_old_file(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "old.onnx"
    target.write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    model = read_model(exported)
    monkeypatch.setattr(onnx, "save", fail)
    with pytest.raises(OSError, match="no space left"):
        write_model(model, target)
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "old.onnx"]
