"""Asking a hub what it has; nothing but lists is fetched."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.errors import EncoderError, HubError
from embedding_lab.hub.access import open_hub
from embedding_lab.hub.address import parse_address
from embedding_lab.hub.repository import find_repository, search_repositories
from embedding_lab.hub.selection import select_files
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.workflows.hub_code import code_on_hub
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.encoders.consent import CodeFile
    from embedding_lab.errors import LabError
    from embedding_lab.hub.client import HubClient
    from embedding_lab.hub.repository import HubRepository
    from embedding_lab.hub.selection import Selection
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class LookUpEncoder(Job[Workspace]):
    """Ask what a hub has under one name, and what would be fetched of it.

    Attributes
    ----------
    repository : str
        ``organisation/name``, perhaps with ``@revision``.
    revision : str
        A branch, a tag or a commit; the newest without one.
    is_online : bool
        The user lifted the offline switch for this job.
    """

    repository: str
    revision: str = ""
    is_online: bool = False
    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Looking up {self.repository}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Ask for the list of files and choose those an encoder needs."""
        address = parse_address(self.repository, self.revision)
        wanted = f"{address} cannot be looked up"
        with open_hub(load_settings(), wanted, ctx.check, is_online=self.is_online) as client:
            repository = find_repository(client, address)
            choice = _choose(client, repository)
        return _facts(repository, choice)


@dataclass(frozen=True)
class FindEncoders(Job[Workspace]):
    """Ask a hub for encoders whose names hold some words.

    Attributes
    ----------
    words : str
        Parts of the name.
    is_online : bool
        The user lifted the offline switch for this job.
    """

    words: str
    is_online: bool = False
    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Looking for {self.words}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Ask for the best-known repositories of that name."""
        wanted = "nothing can be looked for on the hub"
        with open_hub(load_settings(), wanted, ctx.check, is_online=self.is_online) as client:
            matches = search_repositories(client, self.words)
        return {"words": self.words, "encoders": [asdict(match) for match in matches]}


@dataclass(frozen=True)
class _Choice:
    """What would be fetched and run of a repository, or why nothing would."""

    selection: Selection | None = None
    code: tuple[CodeFile, ...] = ()
    refusal: LabError | None = None


def _choose(client: HubClient, repository: HubRepository) -> _Choice:
    try:
        selection = select_files(client, repository, takes_code=True)
        code = code_on_hub(client, repository, selection)
        return _Choice(selection.without_code(), code)
    except EncoderError as error:
        return _Choice(refusal=error)
    except HubError as error:
        # What it holds is told to everybody, the files themselves are not given.
        if not repository.is_gated:
            raise
        return _Choice(refusal=error)


def _facts(repository: HubRepository, choice: _Choice) -> dict[str, Any]:
    selection, refusal = choice.selection, choice.refusal
    fetched = {file.name for file in selection.files} if selection else set()
    return {
        "id": repository.id,
        "revision": repository.revision,
        "licence": repository.licence,
        "is_gated": repository.is_gated,
        "library": repository.library,
        "pipeline": repository.pipeline,
        "tags": list(repository.tags),
        "n_bytes": sum(file.n_bytes for file in repository.files),
        "n_fetched_bytes": selection.n_bytes if selection else 0,
        "weights": str(selection.weights) if selection else "",
        "refusal": str(refusal) if refusal else "",
        "code_files": [asdict(file) for file in choice.code],
        "files": [
            {
                "name": file.name,
                "n_bytes": file.n_bytes,
                "sha256": file.sha256,
                "is_fetched": file.name in fetched,
            }
            for file in repository.files
        ],
    }
