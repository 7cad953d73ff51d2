"""Downloading the files of a repository, going on where an earlier attempt ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.hub.cache import Manifest, has_size
from embedding_lab.hub.part_file import part_path
from embedding_lab.hub.receive import Receiver
from embedding_lab.storage import require_space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.hub.cache import HubCache
    from embedding_lab.hub.client import HubClient
    from embedding_lab.hub.receive import Watcher
    from embedding_lab.hub.repository import HubFile, HubRepository
    from embedding_lab.hub.selection import Selection

# Room for the manifest and for what the disk needs itself.
SPARE_BYTES = 10_000_000
SPACE_HINT = "Free some space, or choose another folder for downloaded encoders under Settings."


class Fetcher:
    """Downloads what was selected of one repository."""

    def __init__(
        self,
        client: HubClient,
        cache: HubCache,
        repository: HubRepository,
        selection: Selection,
        watcher: Watcher,
    ) -> None:
        self._client = client
        self._cache = cache
        self._repository = repository
        self._selection = selection
        self._watcher = watcher
        self._folder = cache.files_folder(repository.id, repository.revision)
        self._receiver = Receiver(selection.n_bytes, watcher)

    @property
    def n_fetched(self) -> int:
        """Bytes that came over the network."""
        return self._receiver.n_fetched

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
        repository = self._repository
        for file in files:
            target = self._folder / file.name
            if not has_size(target, file.n_bytes):
                path = repository.file_path(file.name)
                self._receiver.receive(self._client, path, file, target, repository.refused_file)
            self._receiver.count(file)
