"""Looking up what a hub has: one repository with its files, or many by words."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from embedding_lab.errors import HubError, did_you_mean
from embedding_lab.hub import failures
from embedding_lab.hub.address import is_commit
from embedding_lab.hub.failures import NotFoundError

if TYPE_CHECKING:
    from embedding_lab.hub.address import HubAddress
    from embedding_lab.hub.client import HubClient

# On some system each of these is no plain part of a file's name.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
SEARCH_LIMIT = 20


@dataclass(frozen=True)
class HubFile:
    """One file of a repository.

    Attributes
    ----------
    name : str
        With its folders, separated by slashes.
    n_bytes : int
        Its size.
    sha256 : str
        Of its content, where the hub tells it: for large files.
    git_sha1 : str
        Of its content as git counts it, for the others; both may be empty.
    """

    name: str
    n_bytes: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True)
class HubRepository:
    """What a hub tells of a repository at one commit.

    Attributes
    ----------
    address : HubAddress
        What was asked for.
    revision : str
        The commit that this is now.
    files : tuple of HubFile
        Every file.
    licence : str
        As its card says; empty if it does not say.
    is_gated : bool
        Whether it is open to some accounts only.
    library, pipeline : str
        Which library its makers used, and what for; may be empty.
    tags : tuple of str
        Further words.
    """

    address: HubAddress
    revision: str
    files: tuple[HubFile, ...]
    licence: str = ""
    is_gated: bool = False
    library: str = ""
    pipeline: str = ""
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``organisation/name``."""
        return self.address.id

    def file_path(self, name: str) -> str:
        """Return where the hub has one of its files."""
        return f"/{quote(self.id)}/resolve/{self.revision}/{quote(name)}"

    def refused_file(self, status: int, code: str, host: str, *, has_token: bool) -> HubError:
        """Return the sentence for a file of it that the hub does not give."""
        return failures.refused_file(status, code, host, self.address, has_token=has_token)


@dataclass(frozen=True)
class HubMatch:
    """A repository found by words."""

    id: str
    downloads: int
    likes: int
    library: str


def find_repository(client: HubClient, address: HubAddress) -> HubRepository:
    """Return what a hub tells of a repository.

    Raises
    ------
    HubError
        If it has none, shows it to others only, or cannot be reached.
    """
    revision = quote(address.revision, safe="")
    path = f"/api/models/{quote(address.id)}/revision/{revision}?blobs=true"

    def refusal(status: int, code: str, host: str, *, has_token: bool) -> HubError:
        return failures.refused_repository(status, code, host, address, has_token=has_token)

    try:
        answer = client.json(path, refusal)
    except NotFoundError as error:
        raise NotFoundError(error.message, hint=_nearest(client, address)) from error
    try:
        return _repository(address, answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HubError(
            f"{client.host} did not tell what {address.id} holds.",
            hint="Check the hub's address under Settings.",
        ) from error


def search_repositories(client: HubClient, words: str, limit: int = SEARCH_LIMIT) -> list[HubMatch]:
    """Return the repositories whose id holds the words, the most downloaded first.

    Raises
    ------
    HubError
        If the hub cannot be reached.
    """
    query = {"search": words, "limit": limit, "sort": "downloads"}
    answer = client.json(f"/api/models?{urlencode(query)}")
    try:
        return [
            HubMatch(
                str(item["id"]),
                int(item.get("downloads") or 0),
                int(item.get("likes") or 0),
                str(item.get("library_name") or ""),
            )
            for item in answer
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HubError(
            f"{client.host} did not answer as a hub does.",
            hint="Check the hub's address under Settings.",
        ) from error


def _nearest(client: HubClient, address: HubAddress) -> str:
    """Return a hint with names that resemble the one that was not found."""
    found: list[str] = []
    with suppress(HubError):
        found = [match.id for match in search_repositories(client, address.name, limit=5)]
    hint = f"A private one needs a token in {failures.TOKEN_VARIABLE}."
    if not found:
        return f"Check its spelling: organisation/name. {hint}"
    return f"{did_you_mean(address.id, found, 'Similar there')} {hint}"


def _repository(address: HubAddress, answer: dict[str, Any]) -> HubRepository:
    commit = str(answer["sha"])
    if not is_commit(commit):
        raise ValueError(commit)
    card = answer.get("cardData") or {}
    return HubRepository(
        address=address,
        revision=commit,
        files=tuple(_file(address, item) for item in answer["siblings"]),
        licence=_licence(card, answer.get("tags") or []),
        is_gated=bool(answer.get("gated")),
        library=str(answer.get("library_name") or ""),
        pipeline=str(answer.get("pipeline_tag") or ""),
        tags=tuple(str(tag) for tag in answer.get("tags") or []),
    )


def _file(address: HubAddress, item: dict[str, Any]) -> HubFile:
    name = str(item["rfilename"])
    path = PurePosixPath(name)
    is_plain = not path.is_absolute() and not {"..", "."} & set(name.split("/"))
    if not name or not is_plain or _FORBIDDEN.search(name) or "//" in name:
        raise HubError(
            f"{address.id} holds a file that would lie outside its folder: {name!r}.",
            hint="Do not use it: no proper encoder does that.",
        )
    large = item.get("lfs") or {}
    return HubFile(
        name=name,
        n_bytes=int(item["size"]),
        sha256=str(large.get("sha256") or ""),
        # For a large file this is the mark of its stand-in, not of its content.
        git_sha1="" if large else str(item.get("blobId") or ""),
    )


def _licence(card: dict[str, Any], tags: list[str]) -> str:
    said = card.get("license")
    if isinstance(said, list):
        said = ", ".join(str(item) for item in said)
    tagged = next((tag[8:] for tag in tags if str(tag).startswith("license:")), "")
    licence = str(said or tagged)
    return str(card.get("license_name") or licence) if licence == "other" else licence
