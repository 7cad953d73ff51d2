"""Where in a workspace's folder everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class WorkspaceFolders:
    """The folders inside a workspace.

    Parameters
    ----------
    folder : Path
        Where the workspace lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def corpora_folder(self) -> Path:
        """Where the corpora lie, one folder each."""
        return self.folder / "corpora"

    @property
    def encoders_folder(self) -> Path:
        """Where the records of added encoders lie, one folder each."""
        return self.folder / "encoders"

    @property
    def embeddings_folder(self) -> Path:
        """Where the vector sets lie, one folder each."""
        return self.folder / "embeddings"

    @property
    def runs_folder(self) -> Path:
        """Where the records of runs lie, one folder each."""
        return self.folder / "runs"

    @property
    def experiments_folder(self) -> Path:
        """Where saved experiments lie, one folder each."""
        return self.folder / "experiments"

    @property
    def negatives_folder(self) -> Path:
        """Where the tables of mined negatives lie, one folder each."""
        return self.folder / "negatives"

    @property
    def cache_folder(self) -> Path:
        """Safe to delete at any time."""
        return self.folder / "cache"
