"""Wheels that are damaged, or would write where they should not."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from engine_making import (
    StandInIndex,
    Told,
    engine_wheels,
    install,
    planned,
    says_it_works,
    torch_wheel,
    wheel,
)

from embedding_lab.engine.folders import current_engine
from embedding_lab.engine.install import install_engine
from embedding_lab.engine.wheel_index import WheelIndex
from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

    pass


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "torch/../../evil.py", "a\\b.py"])
def test_a_wheel_that_would_write_outside_its_folder_is_refused(name: str, own_home: Path) -> None:
    packed = io.BytesIO(torch_wheel())
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr(name, "evil")
    with (
        StandInIndex(engine_wheels(packed.getvalue())) as served,
        pytest.raises(LabError, match="a file of an odd name"),
    ):
        install(served, attempt=says_it_works)
    assert current_engine() is None


def test_a_wheel_that_is_no_zip_file_is_named(own_home: Path) -> None:
    wheels = engine_wheels()
    cublas = next(name for name in wheels if name.startswith("nvidia_cublas"))
    with StandInIndex(wheels) as served:
        plan = planned(served)
        wheels[cublas] = b"x" * 300
        digest = sha256(wheels[cublas]).hexdigest()
        items = tuple(
            replace(item, wheel=replace(item.wheel, sha256=digest), n_bytes=300)
            if item.wheel.name == cublas else item
            for item in plan.wheels
        )  # fmt: skip
        with (
            WheelIndex(f"{served.address}/cu130") as index,
            pytest.raises(LabError, match=f"The package {cublas} is damaged"),
        ):
            install_engine(index, replace(plan, wheels=items), Told().watcher, says_it_works)


def test_a_wheel_can_be_made_and_read() -> None:
    packed = zipfile.ZipFile(io.BytesIO(wheel("a-b", "1.0", {"a/b.py": "x"}, ["c"])))
    assert "Requires-Dist: c" in packed.read("a_b-1.0.dist-info/METADATA").decode()
