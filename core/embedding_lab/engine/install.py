"""Fetching, unpacking, trying and putting to use an engine; and removing it again."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from embedding_lab import paths
from embedding_lab.engine.folders import (
    DOWNLOADS,
    ENGINE_FILE,
    UNFINISHED,
    InstalledEngine,
    platform_tag,
    python_tag,
)
from embedding_lab.engine.start import CURRENT_FILE
from embedding_lab.engine.trial import try_engine
from embedding_lab.engine.unpack import members, unpack
from embedding_lab.engine.wheel_index import path_of
from embedding_lab.errors import LabError
from embedding_lab.hub.cache import has_size
from embedding_lab.hub.part_file import part_path
from embedding_lab.hub.receive import Receiver
from embedding_lab.hub.repository import HubFile
from embedding_lab.jobs.child import ChildError, run_in_child
from embedding_lab.storage import folder_bytes, require_space, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from embedding_lab.engine.plan import EnginePlan, PlannedWheel
    from embedding_lab.engine.wheel_index import WheelIndex
    from embedding_lab.hub.receive import Watcher

    Try = Callable[[Path, Callable[[], None]], dict[str, Any]]

SPARE_BYTES = 50_000_000
SPACE_HINT = "Free some space on the disk of your own files."


@dataclass(frozen=True)
class Installation:
    """What an installation came to."""

    engine: InstalledEngine
    n_fetched: int


def in_a_child(folder: Path, check: Callable[[], None]) -> dict[str, Any]:
    """Try an engine in a process of its own."""
    return run_in_child(try_engine, {"folder": str(folder)}, check=check)


def install_engine(
    index: WheelIndex, plan: EnginePlan, watcher: Watcher, attempt: Try = in_a_child
) -> Installation:
    """Install an engine and put it to use from the next start on.

    Nothing that is there is touched before the new engine is whole and was tried. What was
    downloaded by an earlier attempt is used again.

    Parameters
    ----------
    index : WheelIndex
        Where its wheels are.
    plan : EnginePlan
        What it consists of.
    watcher : Watcher
        Told how it goes.
    attempt : callable, optional
        Tries the engine in a folder and tells what became of that.

    Raises
    ------
    HubError
        If something cannot be fetched, or is not what the index says.
    LabError
        If the disk has no room, or the engine does not load.
    """
    with _sole_installer():
        home = paths.engines_folder()
        fetched = [home / DOWNLOADS / planned.wheel.name for planned in plan.wheels]
        _require_space(home, plan, fetched)
        n_fetched = _fetch(index, plan, fetched, watcher)
        staged = home / f"{plan.name}{UNFINISHED}"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            engine = _make(plan, fetched, staged, watcher, attempt)
            _put_in_place(staged, engine)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        shutil.rmtree(home / DOWNLOADS, ignore_errors=True)
        return Installation(engine, n_fetched)


def remove_engines() -> int:
    """Delete every installed engine with what was downloaded for one; return the bytes freed.

    The program's own engine serves from the next start on.

    Raises
    ------
    LabError
        If one is being installed, or files of it cannot be deleted, as while they are used.
    """
    home = paths.engines_folder()
    if not home.exists():
        return 0
    with _sole_installer():
        before = folder_bytes(home)
        # Without this it is not used any more, wherever the deleting may be cut short.
        (home / CURRENT_FILE).unlink(missing_ok=True)
        for path in home.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
        left = [path for path in home.iterdir() if path.is_dir()]
        if left:
            raise LabError(
                f"The engine is no longer used, but {left[0]} could not be deleted whole.",
                hint="Close every window of the program and remove it again.",
            )
        return before - folder_bytes(home)


def _require_space(home: Path, plan: EnginePlan, fetched: list[Path]) -> None:
    there = sum(
        planned.n_bytes if has_size(path, planned.n_bytes) else _size(part_path(path))
        for planned, path in zip(plan.wheels, fetched, strict=True)
    )
    needed = plan.n_bytes - there + plan.n_bytes_unpacked + SPARE_BYTES
    require_space(home, needed, f"Installing {plan.name}", SPACE_HINT)


def _fetch(index: WheelIndex, plan: EnginePlan, fetched: list[Path], watcher: Watcher) -> int:
    receiver = Receiver(plan.n_bytes, watcher)
    for planned, target in zip(plan.wheels, fetched, strict=True):
        file = _file(planned)
        if not has_size(target, file.n_bytes):
            url = planned.wheel.url
            receiver.receive(index.client_of(url), path_of(url), file, target)
        receiver.count(file)
    return receiver.n_fetched


def _file(planned: PlannedWheel) -> HubFile:
    return HubFile(planned.wheel.name, planned.n_bytes, sha256=planned.wheel.sha256)


def _make(
    plan: EnginePlan, fetched: list[Path], staged: Path, watcher: Watcher, attempt: Try
) -> InstalledEngine:
    files = members(fetched)
    total = sum(member.info.file_size for member in files)
    require_space(staged.parent, total + SPARE_BYTES, f"Unpacking {plan.name}", SPACE_HINT)
    n_bytes = unpack(
        files,
        staged,
        watcher.check,
        lambda done, name: watcher.progress(done, total, f"Unpacking {name}"),
    )
    watcher.say("Trying the engine…")
    try:
        told = attempt(staged, watcher.check)
    except ChildError as error:
        raise LabError(
            f"The engine that was downloaded does not load: {error.message}",
            hint="Nothing was changed; the program goes on with its own engine.",
        ) from error
    if not str(told["file"]).startswith(str(staged)):
        raise LabError(
            f"The engine that was tried is not the downloaded one but {told['file']}.",
            hint="Nothing was changed. Please report this.",
        )
    return InstalledEngine(
        name=plan.name,
        torch=str(told["torch"]),
        build=plan.build.name,
        cuda=plan.build.cuda,
        python=python_tag(),
        platform=platform_tag(),
        n_bytes=n_bytes,
        created=time.time(),
        works=bool(told["works"]),
        said=str(told["said"]),
    )


def _put_in_place(staged: Path, engine: InstalledEngine) -> None:
    write_json(staged / ENGINE_FILE, asdict(engine))
    home, old = staged.parent, staged.with_name(f"{engine.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    try:
        if engine.folder.exists():
            engine.folder.replace(old)
        staged.replace(engine.folder)
    except OSError as error:
        # Windows lets nobody move what a program has loaded, or a scanner is just reading.
        if old.exists() and not engine.folder.exists():
            old.replace(engine.folder)
        raise LabError(
            f"The engine is in use and cannot be replaced: {error.strerror}.",
            hint="Remove it, start the program again, and install it then.",
        ) from error
    write_json(home / CURRENT_FILE, {"name": engine.name})
    others = [path for path in home.iterdir() if path.is_dir() and path.name != DOWNLOADS]
    for path in others:
        if path != engine.folder:
            # One that this program is using cannot be deleted on Windows; the next one does it.
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _sole_installer() -> Iterator[None]:
    home = paths.engines_folder()
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LabError(
            "An engine is being installed or removed just now.",
            hint="Wait until that has ended, or cancel it.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
