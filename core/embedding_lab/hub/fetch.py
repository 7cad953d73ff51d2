"""Downloading the files of a repository, going on where an earlier attempt ended."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import HubError
from embedding_lab.hub.cache import Manifest, has_size
from embedding_lab.hub.client import RETRIES, pause_before
from embedding_lab.hub.failures import ConnectionLostError
from embedding_lab.hub.part_file import PartFile, part_path
from embedding_lab.storage import require_space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.hub.cache import HubCache
    from embedding_lab.hub.client import HubAnswer, HubClient
    from embedding_lab.hub.repository import HubFile, HubRepository
    from embedding_lab.hub.selection import Selection

REPORT_EVERY_S = 0.1
# Room for the manifest and for what the disk needs itself.
SPARE_BYTES = 10_000_000
SPACE_HINT = "Free some space, or choose another folder for downloaded encoders under Settings."


@dataclass(frozen=True)
class Watcher:
    """Who is told how a download goes.

    Attributes
    ----------
    check : callable
        Raises to cancel; called several times a second.
    progress : callable
        Gets bytes done, bytes in all, and the file's name.
    say : callable
        Gets a sentence now and then.
    """

    check: Callable[[], None]
    progress: Callable[[int, int, str], None]
    say: Callable[[str], None]


class Fetcher:
    """Downloads what was selected of one repository.

    Attributes
    ----------
    n_fetched : int
        Bytes that came over the network.
    """

    def __init__(
        self,
        client: HubClient,
        cache: HubCache,
        repository: HubRepository,
        selection: Selection,
        watcher: Watcher,
    ) -> None:
        self.n_fetched = 0
        self._client = client
        self._cache = cache
        self._repository = repository
        self._selection = selection
        self._watcher = watcher
        self._folder = cache.files_folder(repository.id, repository.revision)
        self._n_done = 0
        self._reported = 0.0

    def fetch(self, inspect: Callable[[Path], None] = lambda folder: None) -> Manifest:
        """Fetch what is not there yet and return the manifest.

        Parameters
        ----------
        inspect : callable, optional
            Gets the folder when everything but the weights is there; raises if the rest is not
            worth fetching.

        Raises
        ------
        HubError
            If the hub refuses, cannot be reached, or sends something else than it said.
        LabError
            If the disk has no room.
        """
        repository, files = self._repository, self._selection.files
        with self._cache.locked(repository.id, self._watcher.check):
            self._folder.mkdir(parents=True, exist_ok=True)
            missing = self._selection.n_bytes - sum(self._n_present(file) for file in files)
            purpose = f"Downloading {repository.id}"
            require_space(
                self._folder, missing + SPARE_BYTES if missing else 0, purpose, SPACE_HINT
            )
            small = self._selection.small_files
            self._fetch_all(small)
            inspect(self._folder)
            self._fetch_all([file for file in files if file not in small])
            return self._cache.save(
                Manifest(
                    repository=repository.id,
                    revision=repository.revision,
                    asked=(repository.address.revision,),
                    files=tuple((file.name, file.n_bytes) for file in files),
                    licence=repository.licence,
                )
            )

    def _n_present(self, file: HubFile) -> int:
        target = self._folder / file.name
        if has_size(target, file.n_bytes):
            return file.n_bytes
        part = part_path(target)
        return min(part.stat().st_size, file.n_bytes) if part.is_file() else 0

    def _fetch_all(self, files: tuple[HubFile, ...] | list[HubFile]) -> None:
        for file in files:
            target = self._folder / file.name
            # It got its name only after it had been proven.
            if not has_size(target, file.n_bytes):
                target.parent.mkdir(parents=True, exist_ok=True)
                with PartFile(target, file, self._watcher.check) as part:
                    self._complete(file, part)
                    part.finish()
            self._n_done += file.n_bytes
            self._report(file, 0, is_due=True)

    def _complete(self, file: HubFile, part: PartFile) -> None:
        """Fetch the rest of one file; three failures in a row without a new byte are enough."""
        n_failures = 0
        while not part.is_whole:
            before = part.n_bytes
            try:
                self._receive(file, part)
            except ConnectionLostError as error:
                n_failures = 1 if part.n_bytes > before else n_failures + 1
                if n_failures > RETRIES:
                    raise
                self._watcher.say(f"{error.message} Trying again.")
                self._client.wait(pause_before(n_failures - 1))

    def _receive(self, file: HubFile, part: PartFile) -> None:
        path = self._repository.file_path(file.name)
        with self._client.open(path, self._repository.refused_file, start=part.n_bytes) as answer:
            if part.n_bytes and not _continues(answer, part.n_bytes):
                part.restart()
            for chunk in answer.chunks:
                part.write(chunk)
                self.n_fetched += len(chunk)
                self._report(file, part.n_bytes)
        if not part.is_whole:
            raise ConnectionLostError(
                f"{self._client.host} sent only a part of {file.name}.",
                hint="Try again; what was downloaded is kept.",
            )

    def _report(self, file: HubFile, n_bytes: int, *, is_due: bool = False) -> None:
        now = time.monotonic()
        if is_due or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._watcher.progress(self._n_done + n_bytes, self._selection.n_bytes, file.name)
        else:
            self._watcher.check()


def _continues(answer: HubAnswer, start: int) -> bool:
    """Whether an answer holds the bytes from ``start`` on, and not the file from its beginning."""
    if answer.status != 206:
        return False
    said = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    if said is None or int(said[1]) != start:
        raise HubError(
            "The hub sent another part of a file than it was asked for.",
            hint="Delete the download and try again.",
        )
    return True
