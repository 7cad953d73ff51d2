"""Fetching, unpacking and trying an engine, putting it to use, and removing it again."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engine_making import (
    StandInIndex,
    StoppedError,
    Told,
    engine_wheels,
    install,
    planned,
    says_it_works,
    torch_wheel,
)

from embedding_lab import paths
from embedding_lab.engine import install as install_module
from embedding_lab.engine.folders import InstalledEngine, current_engine
from embedding_lab.engine.install import remove_engines
from embedding_lab.errors import HubError, LabError


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


def test_a_new_engine_takes_the_place_of_an_old_one(served: StandInIndex, own_home: Path) -> None:
    install(served, attempt=says_it_works)
    home = own_home / "engines"
    (home / "torch-2.12.0-cu130" / "torch").mkdir(parents=True)
    (home / "torch-2.13.0-cu130" / "left-over").write_text("x")
    install(served, attempt=says_it_works)
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["torch-2.13.0-cu130"]
    assert not (home / "torch-2.13.0-cu130" / "left-over").exists()


def test_an_engine_that_cannot_be_moved_into_place_leaves_the_old_one_in_use(
    served: StandInIndex, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = install(served, attempt=says_it_works).engine
    replace_path = Path.replace

    def locked(path: Path, target: Path) -> Path:
        if path.suffix == ".part" and path.is_dir():
            raise PermissionError(errno.EACCES, "It is used by another program")
        return replace_path(path, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(LabError, match="is in use and cannot be replaced"):
        install(served, attempt=says_it_works)
    assert current_engine() == old
    assert (old.folder / "torch" / "__init__.py").is_file()
    folders = [path.name for path in (own_home / "engines").iterdir() if path.is_dir()]
    assert sorted(folders) == ["downloads", old.name]


def test_a_disk_that_is_full_at_the_end_keeps_nothing_half_made(
    served: StandInIndex, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(install_module, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        install(served, attempt=says_it_works)
    assert [path.name for path in (own_home / "engines").iterdir() if path.is_dir()] == [
        "downloads"
    ]


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
    elif how == "a number for a word":
        record.write_text(json.dumps(told | {"torch": 2.13}))
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
        ("a number for a word", "is damaged"),
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
