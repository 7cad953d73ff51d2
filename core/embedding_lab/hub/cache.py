"""Where downloads lie: ``<cache>/<organisation>--<name>/<commit>/`` with the files as they are.

Beside each commit's folder lies its manifest, which is written last: without one, a download is not
whole.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from embedding_lab.errors import LabError
from embedding_lab.hub.address import looks_like_address
from embedding_lab.storage import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from embedding_lab.hub.address import HubAddress

LOCK_SLICE_S = 0.2
# Stands for the slash in the name of a folder; no id of a hub holds it.
SEPARATOR = "--"


@dataclass(frozen=True)
class Manifest:
    """What was downloaded.

    Attributes
    ----------
    repository, revision : str
        The id and the commit.
    asked : tuple of str
        The revisions that meant this commit when it was downloaded.
    files : tuple
        ``(name, bytes)`` of every file.
    licence : str
        As the hub told it.
    finished : float
        Seconds since the epoch.
    """

    repository: str
    revision: str
    asked: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    licence: str = ""
    finished: float = 0.0

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(size for _, size in self.files)


class HubCache:
    """Downloads of every repository.

    Parameters
    ----------
    folder : Path
        Where they lie; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def home(self, repository: str) -> Path:
        """Return the folder of everything of one repository."""
        return self.folder / repository.replace("/", SEPARATOR)

    def is_home(self, repository: str) -> bool:
        """Whether there is a folder of one repository, and it lies in the cache itself."""
        if not looks_like_address(repository):
            return False
        home = self.home(repository)
        # A link, of whatever kind, would lead to somebody else's files.
        return home.is_dir() and home.resolve() == self.folder.resolve() / home.name

    def files_folder(self, repository: str, revision: str) -> Path:
        """Return the folder of the files of one commit."""
        return self.home(repository) / revision

    def find(self, address: HubAddress) -> Manifest | None:
        """Return the newest whole download of an address, if there is one."""
        found = [
            manifest
            for manifest in self.whole(address.id)
            if address.revision in {manifest.revision, *manifest.asked}
        ]
        return next(iter(found), None)

    def whole(self, repository: str) -> list[Manifest]:
        """Return the whole downloads of one repository, the newest first."""
        read = [self._read(path) for path in self.home(repository).glob("*.json")]
        found = [item for item in read if item is not None and item.repository == repository]
        return sorted(found, key=lambda manifest: manifest.finished, reverse=True)

    def save(self, manifest: Manifest) -> Manifest:
        """Write a manifest, which makes its download whole, and return it as it was written."""
        path = self.home(manifest.repository) / f"{manifest.revision}.json"
        before = self._read(path)
        asked = sorted({*manifest.asked, *(before.asked if before else ())})
        values = asdict(manifest) | {"asked": tuple(asked), "finished": time.time()}
        whole = Manifest(**values)
        write_json(path, asdict(whole))
        return whole

    @contextmanager
    def locked(self, repository: str, check: Callable[[], None]) -> Iterator[None]:
        """Keep every other program from downloading the same repository; wait while one does."""
        self.home(repository).mkdir(parents=True, exist_ok=True)
        lock = self.lock(repository)
        while True:
            check()
            with suppress(Timeout):
                lock.acquire(timeout=LOCK_SLICE_S)
                break
        try:
            yield
        finally:
            lock.release()

    def lock(self, repository: str) -> FileLock:
        """Return the lock of one repository, which nobody holds yet."""
        return FileLock(self.home(repository) / ".lock", thread_local=False)

    def _read(self, path: Path) -> Manifest | None:
        """Return a manifest whose files are all there."""
        with suppress(LabError, TypeError, ValueError, KeyError):
            manifest = _manifest(read_json(path))
            folder = self.files_folder(manifest.repository, manifest.revision)
            if all(has_size(folder / name, size) for name, size in manifest.files):
                return manifest
        return None


def has_size(path: Path, n_bytes: int) -> bool:
    """Whether a file is there and has this size."""
    return path.is_file() and path.stat().st_size == n_bytes


def _manifest(saved: dict[str, Any]) -> Manifest:
    known = {item.name for item in fields(Manifest)}
    values = {name: value for name, value in saved.items() if name in known}
    values["asked"] = tuple(str(item) for item in values["asked"])
    values["files"] = tuple((str(name), int(size)) for name, size in values["files"])
    return Manifest(**values)
