"""An engine comes whole or not at all, from an index on this machine, and is found at the start."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from engine_making import VERSION, StandInIndex, engine_wheels, torch_wheel, wheel
from packaging.requirements import Requirement

from embedding_lab import paths
from embedding_lab.engine import install as install_module
from embedding_lab.engine.builds import BUILDS
from embedding_lab.engine.folders import InstalledEngine, current_engine
from embedding_lab.engine.install import Installation, install_engine, remove_engines
from embedding_lab.engine.plan import EnginePlan, plan_engine, required_build
from embedding_lab.engine.wheel_index import WheelIndex
from embedding_lab.errors import HubError, LabError, UsageError
from embedding_lab.hub import client, receive
from embedding_lab.hub.receive import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILD = BUILDS[0]
NAMES = {"torch", "cuda-toolkit", "nvidia-cublas", "nvidia-cuda-runtime", "nvidia-cudnn-cu13"}


class StoppedError(Exception):
    """The user cancelled."""


class Told:
    """Watches an installation."""

    def __init__(self, stop_after: int = -1) -> None:
        self.said: list[str] = []
        self.progress: list[tuple[int, int, str]] = []
        self._stop_after = stop_after

    @property
    def watcher(self) -> Watcher:
        return Watcher(self.check, self._take, self.said.append)

    def check(self) -> None:
        if self._stop_after == 0:
            raise StoppedError

    def _take(self, done: int, total: int, name: str) -> None:
        self.progress.append((done, total, name))
        if 0 <= self._stop_after <= done:
            raise StoppedError


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(receive, "REPORT_EVERY_S", 0.0)


@pytest.fixture
def served() -> Iterator[StandInIndex]:
    with StandInIndex(engine_wheels()) as made:
        yield made


def planned(served: StandInIndex) -> EnginePlan:
    with WheelIndex(f"{served.address}/cu130") as index:
        return plan_engine(index, VERSION, BUILD)


def install(served: StandInIndex, told: Told | None = None, **choices: Any) -> Installation:
    with WheelIndex(f"{served.address}/cu130") as index:
        plan = plan_engine(index, VERSION, BUILD)
        return install_engine(index, plan, (told or Told()).watcher, **choices)


def says_it_works(folder: Path, check: Any) -> dict[str, Any]:
    """Stand in for trying it, where a test is about something else."""
    file = folder / "torch" / "__init__.py"
    return {"torch": f"{VERSION}+cu130", "file": str(file), "works": True, "said": "A card"}


def loaded_by_a_program(home: Path, words: str = "torch.__file__") -> str:
    """What a program that starts now would import as torch."""
    script = (
        "from embedding_lab.engine import use_installed_engine\n"
        "problem = use_installed_engine()\n"
        "import importlib.util, json; spec = importlib.util.find_spec('torch')\n"
        "print(json.dumps([problem, spec.origin if spec else '']))\n"
    )
    environment = {**os.environ, "EMBEDDING_LAB_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True, timeout=50, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("is_page", [False, True])
def test_an_engine_is_torch_and_what_makes_it_use_a_card(
    served: StandInIndex, is_page: bool
) -> None:
    served.is_page = is_page
    plan = planned(served)
    assert plan.name == "torch-2.13.0-cu130"
    assert {item.wheel.project for item in plan.wheels} == NAMES
    assert plan.wheels[0].wheel.project == "torch"
    for item in plan.wheels:
        assert item.n_bytes == len(served.wheels[item.wheel.name])
    assert plan.n_bytes == sum(item.n_bytes for item in plan.wheels)


def test_an_installed_engine_is_found_by_the_next_start(
    served: StandInIndex, own_home: Path
) -> None:
    told = Told()
    done = install(served, told)
    engine = done.engine
    assert (engine.torch, engine.works, engine.said) == ("2.13.0+cu130", True, "Card of the test")
    assert done.n_fetched == planned(served).n_bytes
    assert current_engine() == engine
    folder = own_home / "engines" / "torch-2.13.0-cu130"
    assert engine.folder == folder
    assert (folder / "torch" / "lib" / "libtorch_cuda.so").stat().st_size > 100_000
    assert (folder / "nvidia" / "nvidia_cublas" / "lib").is_dir()
    assert (folder / "torchgen" / "__init__.py").exists()
    assert not list(folder.glob("*.data"))
    assert not list(folder.rglob("*.h"))
    assert engine.n_bytes == sum(
        file.stat().st_size for file in folder.rglob("*") if file.is_file() and
        file.name != "engine.json"
    )  # fmt: skip
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        ".lock", "current.json", "torch-2.13.0-cu130",
    ]  # fmt: skip
    assert told.progress[-1][0] == told.progress[-1][1]
    problem, origin = json.loads(loaded_by_a_program(own_home))
    assert (problem, origin) == ("", str(folder / "torch" / "__init__.py"))


def test_an_engine_that_finds_no_card_is_installed_and_says_so(own_home: Path) -> None:
    with StandInIndex(engine_wheels(torch_wheel(is_available=False))) as served:
        engine = install(served).engine
    assert (engine.works, engine.said) == (False, "it found no card that it can use.")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"source": "raise ImportError('libcudart.so.13: cannot open')\n"}, "libcudart"),
        ({"is_built": False}, "its own libraries were not found"),
    ],
)
def test_an_engine_that_does_not_load_is_not_kept(
    own_home: Path, broken: dict[str, Any], words: str
) -> None:
    with (
        StandInIndex(engine_wheels(torch_wheel(**broken))) as served,
        pytest.raises(LabError, match=f"does not load: .*{words}"),
    ):
        install(served)
    assert current_engine() is None
    assert not list((own_home / "engines").glob("torch*"))


def test_a_download_that_was_cut_short_goes_on(served: StandInIndex) -> None:
    served.faults.n_drops, served.faults.drop_after = 2, 40_000
    told = Told()
    done = install(served, told, attempt=says_it_works)
    assert done.n_fetched == planned(served).n_bytes
    assert any("Trying again" in sentence for sentence in told.said)
    assert max(request.start for request in served.requests) > 0


def test_a_cancelled_installation_goes_on_where_it_was_and_leaves_the_old_one_alone(
    served: StandInIndex, own_home: Path
) -> None:
    before = install(served, attempt=says_it_works).engine
    with pytest.raises(StoppedError):
        install(served, Told(stop_after=60_000), attempt=says_it_works)
    assert current_engine() == before
    assert before.folder.is_dir()
    n_there = sum(path.stat().st_size for path in (own_home / "engines/downloads").iterdir())
    assert n_there >= 60_000
    done = install(served, attempt=says_it_works)
    assert done.n_fetched == planned(served).n_bytes - n_there


def test_cancelling_while_it_is_unpacked_keeps_the_downloads_only(
    served: StandInIndex, own_home: Path
) -> None:
    whole = planned(served).n_bytes

    class Unpacking(Told):
        def _take(self, done: int, total: int, name: str) -> None:
            if name.startswith("Unpacking"):
                raise StoppedError

    with pytest.raises(StoppedError):
        install(served, Unpacking(), attempt=says_it_works)
    assert sorted(path.name for path in (own_home / "engines").iterdir()) == [
        ".lock", "downloads",
    ]  # fmt: skip
    done = install(served, attempt=says_it_works)
    assert (done.n_fetched, whole > 0) == (0, True)


def test_a_wheel_with_another_checksum_is_refused(served: StandInIndex) -> None:
    served.faults.corrupt = {name for name in served.wheels if name.startswith("nvidia_cublas")}
    with pytest.raises(HubError, match=r"nvidia_cublas.* has another checksum than announced"):
        install(served, attempt=says_it_works)
    assert current_engine() is None


def test_without_room_nothing_is_fetched(
    served: StandInIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_module, "SPARE_BYTES", 10**18)
    with pytest.raises(LabError, match=r"Installing torch-2\.13\.0-cu130 needs about"):
        install(served)
    assert served.fetched() == []


def test_an_index_that_tells_no_checksum_or_no_metadata_is_refused(served: StandInIndex) -> None:
    served.has_hashes = False
    with pytest.raises(HubError, match="tells no checksum of torch"):
        planned(served)
    served.has_metadata = False
    with pytest.raises(HubError, match="does not tell what torch needs"):
        planned(served)


def test_what_the_index_lacks_is_named(served: StandInIndex) -> None:
    with WheelIndex(f"{served.address}/cu130") as index:
        with pytest.raises(HubError, match=r"has no torch==9\.9\.9\+cu130 for this system"):
            plan_engine(index, "9.9.9", BUILD)
        with pytest.raises(HubError, match="has no numpy"):
            index.best(Requirement("numpy"))
    with (
        WheelIndex(f"{served.address}/cu126") as other,
        pytest.raises(HubError, match="has no torch"),
    ):
        plan_engine(other, VERSION, required_build("cu126"))


@pytest.mark.parametrize("address", ["", "ftp://x", "not an address"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of an index"):
        WheelIndex(address)


def test_an_unknown_build_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UsageError, match=r"no build named cu1\. Builds: cu130, cu126"):
        required_build("cu1")


def test_an_index_that_is_not_reached_is_told_with_a_way_out() -> None:
    with (
        WheelIndex("http://127.0.0.1:9") as index,
        pytest.raises(HubError, match="Check the network, and the address under Settings"),
    ):
        index.wheels("torch")


def test_an_encrypted_index_may_not_name_unencrypted_files() -> None:
    with WheelIndex("https://index.example") as index, pytest.raises(HubError, match="encrypted"):
        index.client_of("http://files.example/torch.whl")


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


def test_a_new_engine_takes_the_place_of_an_old_one(served: StandInIndex, own_home: Path) -> None:
    install(served, attempt=says_it_works)
    home = own_home / "engines"
    (home / "torch-2.12.0-cu130" / "torch").mkdir(parents=True)
    (home / "torch-2.13.0-cu130" / "left-over").write_text("x")
    install(served, attempt=says_it_works)
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["torch-2.13.0-cu130"]
    assert not (home / "torch-2.13.0-cu130" / "left-over").exists()


def test_removing_gives_the_programs_own_engine_back(served: StandInIndex, own_home: Path) -> None:
    engine = install(served, attempt=says_it_works).engine
    assert remove_engines() > engine.n_bytes
    assert current_engine() is None
    assert not engine.folder.exists()
    problem, origin = json.loads(loaded_by_a_program(own_home))
    assert problem == ""
    assert not origin.startswith(str(own_home))
    assert remove_engines() == 0


def test_two_installations_at_once_are_refused(served: StandInIndex) -> None:
    def meanwhile(folder: Path, check: Any) -> dict[str, Any]:
        with pytest.raises(LabError, match="is being installed or removed just now"):
            remove_engines()
        return says_it_works(folder, check)

    install(served, attempt=meanwhile)


def spoil(engine: InstalledEngine, how: str) -> None:
    record = engine.folder / "engine.json"
    told = json.loads(record.read_text())
    if how == "no record":
        record.unlink()
    elif how == "half a record":
        record.write_text("{")
    elif how == "a record of something else":
        record.write_text("[1]")
    elif how == "no files":
        shutil.rmtree(engine.folder / "torch")
    elif how == "another torch":
        record.write_text(json.dumps(told | {"torch": "2.12.0+cu130"}))
    elif how == "another Python":
        record.write_text(json.dumps(told | {"python": "cp27"}))
    elif how == "a path":
        current = paths.engines_folder() / "current.json"
        current.write_text(json.dumps({"name": "../../etc"}))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("no record", "is missing"),
        ("half a record", "is damaged"),
        ("a record of something else", "is damaged"),
        ("no files", "files of it are missing"),
        ("another torch", "it holds torch 2.12.0, but this version of the program needs 2.13.0"),
        ("another Python", "it was made for cp27"),
        ("a path", "is damaged"),
    ],
)
def test_an_engine_that_does_not_fit_is_left_alone_with_a_sentence(
    served: StandInIndex, own_home: Path, how: str, words: str
) -> None:
    spoil(install(served, attempt=says_it_works).engine, how)
    problem, origin = json.loads(loaded_by_a_program(own_home))
    assert words in problem
    assert problem.startswith("The installed engine ")
    assert not origin.startswith(str(own_home))


def test_a_wheel_can_be_made_and_read() -> None:
    packed = zipfile.ZipFile(io.BytesIO(wheel("a-b", "1.0", {"a/b.py": "x"}, ["c"])))
    assert "Requires-Dist: c" in packed.read("a_b-1.0.dist-info/METADATA").decode()
