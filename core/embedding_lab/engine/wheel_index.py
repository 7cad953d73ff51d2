"""Asking a simple index of packages (PEP 503 and PEP 691) for wheels and what they need."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from email.parser import HeaderParser
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from embedding_lab.errors import HubError, UsageError
from embedding_lab.hub.client import HubClient
from embedding_lab.hub.failures import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from packaging.tags import Tag
    from packaging.version import Version

FORMS = "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1"
MOST_PAGE_BYTES = 64_000_000
NAME = re.compile(r"[A-Za-z0-9_.+!-]+\.whl")


@dataclass(frozen=True)
class Wheel:
    """One wheel that an index has.

    Attributes
    ----------
    name : str
        Its file's name.
    project : str
        What it is a wheel of, in the index's spelling.
    version : Version
        Its version.
    url : str
        Where it lies.
    sha256 : str
        Of its content; empty where the index does not tell.
    n_bytes : int
        Its size; 0 where the index does not tell.
    rank : int
        How well it suits this Python and system; lower is better.
    has_metadata : bool
        Whether what it needs lies beside it.
    """

    name: str
    project: str
    version: Version
    url: str
    sha256: str
    n_bytes: int
    rank: int
    has_metadata: bool


class WheelIndex:
    """Asks one index. Use it in a ``with`` statement, which closes its connections.

    Parameters
    ----------
    address : str
        Where the index lies; its projects lie below.
    check : callable, optional
        Called some times a second while waiting; raises to cancel.
    tags : iterable of Tag, optional
        What this Python and system can use, best first.

    Raises
    ------
    UsageError
        If the address cannot be one.
    """

    def __init__(
        self,
        address: str,
        check: Callable[[], None] = lambda: None,
        tags: Iterable[Tag] | None = None,
    ) -> None:
        self._address = address.strip().rstrip("/")
        self._check = check
        self._tags = {tag: rank for rank, tag in enumerate(sys_tags() if tags is None else tags)}
        self._clients: dict[str, HubClient] = {}
        self._open = ExitStack()
        try:
            self.client_of(self._address)
        except UsageError as error:
            raise UsageError(
                f"{address or 'Nothing'} is no address of an index of packages.",
                hint="It looks like https://download.pytorch.org/whl; change it under Settings.",
            ) from error

    def __enter__(self) -> WheelIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def client_of(self, url: str) -> HubClient:
        """Return the client of the machine that an address names."""
        parts = urlsplit(url)
        if urlsplit(self._address).scheme == "https" and parts.scheme != "https":
            raise HubError(
                "The index names an address that is not encrypted.",
                hint="It was not followed. Try again, or use another network.",
            )
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._clients:
            self._clients[origin] = self._open.enter_context(HubClient(origin, "", self._check))
        return self._clients[origin]

    def wheels(self, project: str) -> list[Wheel]:
        """Return the wheels of a project that suit this Python and system.

        Raises
        ------
        HubError
            If the index does not have the project, or cannot be reached.
        """
        url = f"{self._address}/{canonicalize_name(project)}/"

        def refusal(status: int, code: str, host: str, *, has_token: bool) -> HubError:
            if status in {403, 404}:
                return HubError(
                    f"The index at {self._address} has no {project}.",
                    hint="Check the address of engines under Settings.",
                )
            return refused(status, code, host, has_token=has_token)

        page, kind = self._page(url, refusal)
        links = _links_in_json(page) if "json" in kind else _links_in_html(page)
        try:
            made = [self._wheel(urljoin(url, link.url), link) for link in links]
        except ValueError as error:
            raise HubError(
                f"The index at {self._address} names an address that is none."
            ) from error
        return [wheel for wheel in made if wheel is not None]

    def best(self, requirement: Requirement) -> Wheel:
        """Return the newest wheel that meets a requirement, in its best form for this system.

        Raises
        ------
        HubError
            If there is none.
        """
        fitting = [
            wheel
            for wheel in self.wheels(requirement.name)
            if requirement.specifier.contains(wheel.version)
        ]
        if not fitting:
            raise HubError(
                f"The index at {self._address} has no {requirement} for this system.",
                hint="Check the address of engines under Settings.",
            )
        return max(fitting, key=lambda wheel: (wheel.version, -wheel.rank))

    def needs(self, wheel: Wheel) -> list[Requirement]:
        """Return what a wheel needs, as its metadata beside it says.

        Raises
        ------
        HubError
            If the index does not offer the metadata by itself, or it cannot be read.
        """
        if not wheel.has_metadata:
            raise HubError(
                f"The index at {self._address} does not tell what {wheel.project} needs.",
                hint="Use another index: one that offers metadata beside its wheels.",
            )
        page, _ = self._page(f"{wheel.url}.metadata", refused)
        told = HeaderParser().parsestr(page.decode("utf-8", "replace"))
        try:
            return [Requirement(line) for line in told.get_all("Requires-Dist", [])]
        except InvalidRequirement as error:
            raise HubError(
                f"What {wheel.project} needs cannot be read from the index at {self._address}.",
                hint="Use another index.",
            ) from error

    def size(self, wheel: Wheel) -> int:
        """Return a wheel's size, asking for it where the index does not tell."""
        if wheel.n_bytes:
            return wheel.n_bytes
        with self.client_of(wheel.url).open(path_of(wheel.url)) as answer:
            return int(answer.headers.get("content-length", 0))

    def _page(self, url: str, refusal: Any) -> tuple[bytes, str]:
        content = bytearray()
        with self.client_of(url).open(path_of(url), refusal, accept=FORMS) as answer:
            for chunk in answer.chunks:
                content += chunk
                if len(content) > MOST_PAGE_BYTES:
                    raise HubError(f"The index at {self._address} answered far too much.")
            return bytes(content), answer.headers.get("content-type", "")

    def _wheel(self, url: str, link: _Link) -> Wheel | None:
        whole, fragment = urldefrag(url)
        name = unquote(urlsplit(whole).path.rpartition("/")[2])
        if link.is_yanked or not NAME.fullmatch(name):
            return None
        try:
            project, version, _, tags = parse_wheel_filename(name)
        except InvalidWheelFilename:
            return None
        ranks = [self._tags[tag] for tag in tags if tag in self._tags]
        if not ranks:
            return None
        sha256 = link.sha256 or (
            fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
        )
        return Wheel(
            name, project, version, whole, sha256, link.n_bytes, min(ranks), link.has_metadata
        )


@dataclass(frozen=True)
class _Link:
    url: str
    sha256: str = ""
    n_bytes: int = 0
    has_metadata: bool = False
    is_yanked: bool = False


def path_of(url: str) -> str:
    """Return what to ask a machine for: the address behind its name."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _links_in_json(page: bytes) -> list[_Link]:
    try:
        return [
            _Link(
                url=str(file["url"]),
                sha256=str(file.get("hashes", {}).get("sha256", "")),
                n_bytes=int(file.get("size") or 0),
                has_metadata=bool(file.get("core-metadata") or file.get("data-dist-info-metadata")),
                is_yanked=bool(file.get("yanked")),
            )
            for file in json.loads(page)["files"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HubError("The index did not answer as an index of packages does.") from error


def _links_in_html(page: bytes) -> list[_Link]:
    reader = _LinkReader()
    reader.feed(page.decode("utf-8", "replace"))
    return reader.links


class _LinkReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[_Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "a" and told.get("href"):
            metadata = told.keys() & {"data-core-metadata", "data-dist-info-metadata"}
            self.links.append(
                _Link(
                    url=str(told["href"]),
                    has_metadata=any(told[name] != "false" for name in metadata),
                    is_yanked="data-yanked" in told,
                )
            )
