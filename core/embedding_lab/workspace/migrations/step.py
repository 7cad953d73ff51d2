"""One step from a format of the workspace to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Step:
    """What one format adds to the one before.

    A step is final once it was released, and needs nothing of the rest of the program, which goes
    on changing. It may be cut short anywhere and is then done again from its beginning.

    Attributes
    ----------
    version : int
        The format it leads to.
    title : str
        What it changes, for the user.
    changes : callable
        Gets the workspace's folder; returns the files that will be changed, made or deleted,
        relative to it. Those are what a backup holds.
    apply : callable
        Gets the workspace's folder and changes them.
    """

    version: int
    title: str
    changes: Callable[[Path], list[Path]]
    apply: Callable[[Path], None]
