"""The one door to the network: it stays shut while the user wants to be offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.hub import failures
from embedding_lab.hub.client import HubClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.settings import Settings


def open_hub(
    settings: Settings,
    wanted: str,
    check: Callable[[], None] = lambda: None,
    *,
    is_online: bool = False,
) -> HubClient:
    """Return a client of the hub that the settings name.

    Parameters
    ----------
    settings : Settings
        Whether the user is offline, and which hub to ask.
    wanted : str
        What cannot be done if the user is offline: ``nothing can be looked up``.
    check : callable, optional
        Called some times a second while waiting; raises to cancel.
    is_online : bool, default False
        The user lifted the offline switch for this one request.

    Raises
    ------
    HubError
        If the user is offline.
    """
    if settings.offline and not is_online:
        raise failures.offline(wanted)
    token = os.environ.get(failures.TOKEN_VARIABLE, "").strip()
    return HubClient(settings.hub_endpoint, token, check)


def hub_folder(settings: Settings) -> Path:
    """Return the folder that downloads go to."""
    if settings.hub_cache.strip():
        return Path(settings.hub_cache.strip()).expanduser().absolute()
    return paths.hub_folder()
