"""The library that computes ONNX files keeps no identifier of the machine and reports nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import TensorProto, helper

from embedding_lab.export.example_script import PICTURES, TEXTS

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "ORT_DISABLE_TELEMETRY"
SCRIPT = """
import os, sys
import embedding_lab
from embedding_lab.encoders.onnx_session import open_session
from pathlib import Path
open_session(Path(sys.argv[1]))
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_a_session_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "g", shape[:1], shape[1:]
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), tmp_path / "same.onnx")
    home = tmp_path / "person"
    home.mkdir()
    left_out = {VARIABLE, "XDG_CACHE_HOME", "EMBEDDING_LAB_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "same.onnx")],
        env=kept | {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)},
        capture_output=True,
        text=True,
        timeout=55,
        check=True,
    )
    assert done.stdout.strip() == "1"
    assert not [path for path in home.rglob("*") if "Microsoft" in path.parts]


@pytest.mark.parametrize("script", [TEXTS, PICTURES])
def test_the_example_beside_an_exported_encoder_says_so_before_it_loads_it(script: str) -> None:
    assert script.index(f'setdefault("{VARIABLE}", "1")') < script.index("import onnxruntime")
