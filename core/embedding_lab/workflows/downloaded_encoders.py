"""The encoders that were downloaded, whoever uses them, and deleting one to free its room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.hub.access import hub_folder
from embedding_lab.hub.cache import HubCache
from embedding_lab.hub.downloads import delete_download, find_download, list_downloads
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.hub.downloads import Download
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class ListDownloads(Job[Workspace]):
    """List what was downloaded, how large it is, and which encoders of the workspace use it."""

    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return "Looking at the downloads"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Look into the folder of downloads and at the workspace's encoders."""
        cache = HubCache(hub_folder(load_settings()))
        records = EncoderStore(ctx.workspace).list()
        found = [_facts(download, records) for download in list_downloads(cache)]
        return {
            "folder": str(cache.folder),
            "n_bytes": sum(item["n_bytes"] for item in found),
            "downloads": found,
        }


@dataclass(frozen=True)
class DeleteDownload(Job[Workspace]):
    """Delete the downloaded files of one repository, of all its commits.

    Attributes
    ----------
    repository : str
        ``organisation/name``.
    even_if_used : bool
        Delete them even if an encoder of this workspace needs them; it can be opened again only
        when they are downloaded again.
    """

    repository: str
    even_if_used: bool = False
    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Deleting the download {self.repository}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Delete the files, unless they are used and that was not asked for.

        Raises
        ------
        UsageError
            If nothing was downloaded under that name, or an encoder of this workspace uses it.
        HubError
            If it cannot be deleted.
        """
        cache = HubCache(hub_folder(load_settings()))
        download = find_download(cache, self.repository)
        users = _users(download, EncoderStore(ctx.workspace).list())
        if users and not self.even_if_used:
            raise UsageError(
                f"{download.repository} is still used in this workspace, by {', '.join(users)}.",
                hint="Delete it from the list of encoders first, or ask to delete the files even "
                "if they are used.",
            )
        freed = delete_download(cache, download, ctx.check)
        return {"deleted": download.repository, "freed_bytes": freed, "encoders": users}


def _facts(download: Download, records: Sequence[EncoderRecord]) -> dict[str, Any]:
    return {
        "repository": download.repository,
        "n_bytes": download.n_bytes,
        "commits": list(download.commits),
        "is_whole": {item.revision for item in download.whole} == set(download.commits),
        "finished": download.finished,
        "encoders": _users(download, records),
    }


def _users(download: Download, records: Sequence[EncoderRecord]) -> list[str]:
    """Return the names of the encoders that read files of a download."""
    return [record.name for record in records if _uses(record, download)]


def _uses(record: EncoderRecord, download: Download) -> bool:
    parts = [record, *([record.text_encoder] if record.text_encoder else [])]
    home = download.folder.resolve()
    return any(home in Path(part.folder).resolve().parents for part in parts)
