"""Whether there is a newer version: one small file is read, and only if the user wants that."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embedding_lab.errors import HubError, UsageError
from embedding_lab.hub import failures
from embedding_lab.hub.client import HubClient
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.settings import Settings

MOST_BYTES = 65_536
LONGEST_VERSION = 40


@dataclass(frozen=True)
class Announcement:
    """What the file at the address says.

    Attributes
    ----------
    version : str
        The newest version.
    url : str
        The page about it, for the user's own browser; nothing is fetched from there.
    is_newer : bool
        Whether it is newer than this program.
    """

    version: str
    url: str
    is_newer: bool


def look_for_update(settings: Settings, check: Callable[[], None] = lambda: None) -> Announcement:
    """Ask the address in the settings which version is the newest.

    Parameters
    ----------
    settings : Settings
        The address, and whether the user is offline.
    check : callable, optional
        Called some times a second while waiting; raises to cancel.

    Raises
    ------
    UsageError
        If no address is known, or what stands there cannot be one. Nothing was asked then.
    HubError
        If the user is offline, the address cannot be reached, or something else answers there.
    """
    address = settings.update_address.strip()
    if not address:
        raise UsageError(
            "No address is known where newer versions are announced, so nothing was asked.",
            hint="Whoever gave you the program may name one; it goes under Settings.",
        )
    if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
        raise UsageError(f"{address} is no web address.", hint="Change it under Settings.")
    if settings.offline:
        raise failures.offline("nothing was asked about newer versions")
    with HubClient(address, check=check) as client, client.open("") as answer:
        content = bytearray()
        for chunk in answer.chunks:
            content += chunk
            if len(content) > MOST_BYTES:
                raise _no_announcement(client.host)
        return _read(bytes(content), client.host)


def _read(content: bytes, host: str) -> Announcement:
    try:
        record: Any = json.loads(content)
    except ValueError as error:
        raise _no_announcement(host) from error
    version = record.get("version") if isinstance(record, dict) else None
    if not isinstance(version, str) or not _parts(version) or len(version) > LONGEST_VERSION:
        raise _no_announcement(host)
    url = record.get("url", "")
    # It is opened by the desktop: a file or a program must not be named.
    is_page = isinstance(url, str) and urlsplit(url).scheme in {"http", "https"}
    return Announcement(version, url if is_page else "", _parts(version) > _parts(__version__))


def _parts(version: str) -> tuple[int, ...]:
    """Return the numbers of a version without zeros at its end; what is behind them is left out."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    numbers = [int(part) for part in found[1].split(".")] if found else []
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _no_announcement(host: str) -> HubError:
    return HubError(
        f"{host} does not announce versions.",
        hint="Check the address where newer versions are announced, under Settings.",
    )
