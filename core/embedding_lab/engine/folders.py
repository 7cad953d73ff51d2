"""Where installed engines lie, and what is remembered of one.

``engines/<name>/`` holds the unpacked packages and ``engine.json``, which is written last.
``engines/current.json`` names the one that is used.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.engine.start import CURRENT_FILE
from embedding_lab.errors import LabError
from embedding_lab.storage import from_record, read_json

if TYPE_CHECKING:
    from pathlib import Path

ENGINE_FILE, UNFINISHED = "engine.json", ".part"
DOWNLOADS = "downloads"


@dataclass(frozen=True)
class InstalledEngine:
    """One installed engine.

    Attributes
    ----------
    name : str
        The name of its folder: ``torch-2.13.0-cu130``.
    torch : str
        The version of torch in it: ``2.13.0+cu130``.
    build : str
        ``cu130``.
    cuda : str
        The CUDA version it was made for: ``13.0``.
    python, platform : str
        What it runs on: ``cp311``, ``linux-x86_64``.
    n_bytes : int
        What it takes on the disk.
    created : float
        When it was installed, in seconds since the epoch.
    works : bool
        Whether it found a graphics card when it was tried.
    said : str
        What it found then: the card's name, or what went wrong, as the end of a sentence.
    """

    name: str
    torch: str
    build: str
    cuda: str
    python: str
    platform: str
    n_bytes: int
    created: float
    works: bool
    said: str

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return paths.engines_folder() / self.name

    @property
    def version(self) -> str:
        """The version of torch without the build."""
        return self.torch.partition("+")[0]


def python_tag() -> str:
    """Return what packages for this Python are called: ``cp311``."""
    return f"cp{sys.version_info.major}{sys.version_info.minor}"


def platform_tag() -> str:
    """Return this system and processor as Python names them: ``linux-x86_64``."""
    return sysconfig.get_platform()


def current_engine() -> InstalledEngine | None:
    """Return the engine that is to be used, whole or not; ``None`` if none is installed.

    Raises
    ------
    LabError
        If one is named, but its record is missing or damaged.
    """
    file = paths.engines_folder() / CURRENT_FILE
    if not file.exists():
        return None
    try:
        name = str(read_json(file)["name"])
        if name != name.strip("./\\") or "/" in name or "\\" in name:
            raise ValueError(name)
        record = read_json(paths.engines_folder() / name / ENGINE_FILE)
        return from_record(InstalledEngine, record | {"name": name})
    except (KeyError, TypeError, ValueError) as error:
        raise LabError("The record of the installed engine is damaged.") from error
