"""What was downloaded: how much room each repository takes, and deleting one of them."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import Timeout

from embedding_lab.errors import HubError, UsageError, did_you_mean
from embedding_lab.hub.address import is_commit, parse_address
from embedding_lab.hub.cache import SEPARATOR
from embedding_lab.storage import folder_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from embedding_lab.hub.cache import HubCache, Manifest

MANIFEST = ".json"


@dataclass(frozen=True)
class Download:
    """Everything that was downloaded of one repository.

    Attributes
    ----------
    repository : str
        ``organisation/name``.
    folder : Path
        Where it lies.
    n_bytes : int
        What it takes on the disk, with what came of unfinished downloads.
    commits : tuple of str
        Those of which something is there.
    whole : tuple of Manifest
        The commits that came whole, the newest first.
    """

    repository: str
    folder: Path
    n_bytes: int
    commits: tuple[str, ...]
    whole: tuple[Manifest, ...]

    @property
    def finished(self) -> float:
        """When the newest whole commit had come, in seconds since the epoch; 0 if none has."""
        return max((manifest.finished for manifest in self.whole), default=0.0)


def list_downloads(cache: HubCache) -> list[Download]:
    """Return what lies in a cache, by name; what the program did not put there is left out."""
    if not cache.folder.is_dir():
        return []
    names = sorted(path.name.replace(SEPARATOR, "/") for path in cache.folder.iterdir())
    found = [_download(cache, name) for name in names if cache.is_home(name)]
    return [download for download in found if download.commits]


def find_download(cache: HubCache, repository: str) -> Download:
    """Return what was downloaded of one repository.

    Raises
    ------
    UsageError
        If the name is none of a repository, or nothing was downloaded of it.
    """
    address = parse_address(repository)
    if "@" in repository:
        raise UsageError(
            f"{repository} names one revision, but a download is deleted with all of them.",
            hint=f"Name {address.id}.",
        )
    downloads = list_downloads(cache)
    for download in downloads:
        if download.repository == address.id:
            return download
    raise UsageError(
        f"Nothing was downloaded of {address.id}.",
        hint=did_you_mean(address.id, [item.repository for item in downloads], "Downloaded are"),
    )


def delete_download(cache: HubCache, download: Download, check: Callable[[], None]) -> int:
    """Delete what was downloaded of one repository and return how many bytes that freed.

    Only what a download consists of is deleted; a file that somebody else put beside it stays.

    Parameters
    ----------
    cache : HubCache
        Where it lies.
    download : Download
        What :func:`find_download` returned.
    check : callable
        Called between commits; raises to cancel. What was deleted by then is gone, and the rest is
        fetched and deleted as any other download.

    Raises
    ------
    HubError
        If it is being downloaded just now, or a file of it cannot be deleted.
    """
    if not cache.is_home(download.repository):
        raise HubError(
            f"The folder {download.folder} does not lie in {cache.folder} itself.",
            hint="Delete it by hand if you are sure that nothing else needs it.",
        )
    with _locked_at_once(cache, download.repository):
        try:
            for commit in download.commits:
                check()
                # Without its manifest it is not whole, wherever the deleting may be cut short.
                (download.folder / f"{commit}{MANIFEST}").unlink(missing_ok=True)
                if (download.folder / commit).exists():
                    shutil.rmtree(download.folder / commit)
        except OSError as error:
            raise HubError(
                f"{download.repository} could not be deleted whole: {error}.",
                hint="Close what may be using its files, and delete it again.",
            ) from error
    # The lock file stays: whoever waits for it would else hold the lock of a file that is gone.
    left = sum(folder_bytes(download.folder / commit) for commit in download.commits)
    return download.n_bytes - left


@contextmanager
def _locked_at_once(cache: HubCache, repository: str) -> Iterator[None]:
    lock = cache.lock(repository)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise HubError(
            f"{repository} is being downloaded just now.",
            hint="Wait until the download has ended, or cancel it.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _download(cache: HubCache, repository: str) -> Download:
    folder = cache.home(repository)
    names = [path.name for path in folder.iterdir() if not path.is_symlink()]
    commits = sorted({name.removesuffix(MANIFEST) for name in names})
    found = tuple(commit for commit in commits if is_commit(commit))
    n_bytes = sum(folder_bytes(folder / commit) for commit in found)
    return Download(repository, folder, n_bytes, found, tuple(cache.whole(repository)))
