"""The workspace: one folder that holds everything a study needs."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError, WorkspaceError, did_you_mean
from embedding_lab.jobs.record import mark_interrupted
from embedding_lab.storage import read_json, write_json
from embedding_lab.version import __version__
from embedding_lab.workspace.access import Access
from embedding_lab.workspace.corpus import CORPUS_FILE, Corpus
from embedding_lab.workspace.folders import WorkspaceFolders
from embedding_lab.workspace.negatives import META_FILE as NEGATIVES_FILE
from embedding_lab.workspace.negatives import NegativesTable
from embedding_lab.workspace.pointer import write_pointer
from embedding_lab.workspace.readable import holders, readable
from embedding_lab.workspace.record import (
    OLDEST_READER,
    SCHEMA_VERSION,
    WORKSPACE_FILE,
    format_of,
    read_record,
    require_readable,
    write_record,
)
from embedding_lab.workspace.trash import Trash
from embedding_lab.workspace.vector_set import STATE_FILE, VectorSet

if TYPE_CHECKING:
    from types import TracebackType

    from embedding_lab.jobs.record import RunRecord

__all__ = ["WORKSPACE_FILE", "Workspace", "create_workspace", "open_workspace", "slug"]


class Workspace(WorkspaceFolders):
    """An open workspace. Use :func:`open_workspace` or :func:`create_workspace` to get one.

    Attributes
    ----------
    folder : Path
        Where it lies.
    name : str
        What the window shows.
    why_read_only : str
        Why nothing can be written, as a sentence; empty when it can.
    interrupted : list of RunRecord
        Runs that a crash had cut short, found while opening.
    """

    def __init__(self, folder: Path, *, wants_writing: bool = True) -> None:
        super().__init__(folder)
        self.interrupted: list[RunRecord] = []
        record = read_record(folder)
        require_readable(folder, record)
        self.id: str = record["id"]
        self.name: str = record["name"]
        self._access = Access(folder, format_of(record))
        self.why_read_only = self._access.take() if wants_writing else self._access.only_read()
        self.trash = Trash(folder)
        if self.is_writable:
            write_pointer(folder, self.version)
            self.interrupted = mark_interrupted(self.runs_folder)

    @property
    def is_writable(self) -> bool:
        """Whether this program may change the workspace."""
        return not self.why_read_only

    @property
    def version(self) -> int:
        """The format it has."""
        return self._access.version

    @property
    def is_earlier(self) -> bool:
        """Whether its format is an earlier one, which an upgrade brings up to date."""
        return self._access.is_earlier

    def require_writable(self) -> None:
        """Raise a :class:`WorkspaceError` if nothing can be written."""
        if not self.is_writable:
            raise WorkspaceError(
                f"The workspace {self.name} is open read-only. {self.why_read_only}",
                hint=self._access.way_to_write(),
            )

    def close(self) -> None:
        """Let go of the workspace's lock."""
        self._access.release()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Corpora

    def corpora(self) -> list[Corpus]:
        """Return all corpora, oldest first, except those whose record is damaged."""
        found = readable(holders(self.corpora_folder, CORPUS_FILE), Corpus)
        return sorted(found, key=lambda corpus: corpus.created)

    def corpus(self, name: str) -> Corpus:
        """Return the corpus with this name or id.

        Raises
        ------
        UsageError
            If there is none; the sentence names the ones there are.
        """
        corpora = self.corpora()
        for corpus in corpora:
            if name in {corpus.name, corpus.id}:
                return corpus
        known = did_you_mean(name, [corpus.name for corpus in corpora], "Corpora here")
        raise UsageError(f"There is no corpus named {name}.", hint=known)

    def new_corpus_id(self, name: str) -> str:
        """Return an unused id for a corpus, readable and safe as a folder name."""
        return f"{slug(name)}-{secrets.token_hex(3)}"

    def unused_corpus_name(self, wanted: str) -> str:
        """Return ``wanted``, or ``wanted 2``, ``wanted 3``... if it is taken."""
        taken = {corpus.name for corpus in self.corpora()}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted} {number}", number + 1
        return name

    def rename_corpus(self, corpus: Corpus, name: str) -> Corpus:
        """Give a corpus another name and return it anew.

        Raises
        ------
        UsageError
            If the name is empty or another corpus has it.
        """
        self.require_writable()
        wanted = name.strip()
        if not wanted:
            raise UsageError("A corpus needs a name.")
        if any(wanted == other.name and other.id != corpus.id for other in self.corpora()):
            raise UsageError(f"There is a corpus named {wanted} already.", hint="Choose another.")
        path = corpus.folder / CORPUS_FILE
        write_json(path, read_json(path) | {"name": wanted})
        return Corpus(corpus.folder)

    def delete_corpus(self, corpus: Corpus) -> list[str]:
        """Move a corpus, its embeddings and negatives to the trash and return the items' ids."""
        self.require_writable()
        items = [self.delete_vector_set(vector_set) for vector_set in self.vector_sets(corpus)]
        items += [self.delete_negatives(table) for table in self.negatives(corpus)]
        return [*items, self.trash.put(corpus.folder, "corpus", corpus.name)]

    # Embeddings

    def vector_sets(self, corpus: Corpus | None = None) -> list[VectorSet]:
        """Return the vector sets, those of one corpus if one is given, oldest first.

        Sets whose record is damaged are left out.
        """
        found = readable(holders(self.embeddings_folder, STATE_FILE), VectorSet)
        if corpus is not None:
            found = [item for item in found if item.meta.corpus_id == corpus.id]
        return sorted(found, key=lambda item: item.meta.created)

    def delete_vector_set(self, vector_set: VectorSet) -> str:
        """Move a vector set to the trash and return the item's id."""
        self.require_writable()
        return self.trash.put(vector_set.folder, "embeddings", vector_set.meta.encoder_name)

    # Negatives

    def negatives(self, corpus: Corpus | None = None) -> list[NegativesTable]:
        """Return the tables of mined negatives, those of one corpus if one is given, oldest first.

        Tables whose record is damaged are left out.
        """
        found = readable(holders(self.negatives_folder, NEGATIVES_FILE), NegativesTable)
        if corpus is not None:
            found = [table for table in found if table.meta.corpus_id == corpus.id]
        return sorted(found, key=lambda table: (table.meta.created, table.meta.id))

    def damaged(self) -> list[Path]:
        """Return the folders of corpora, embeddings and negatives whose record is damaged."""
        sound = {corpus.folder for corpus in self.corpora()}
        sound |= {vector_set.folder for vector_set in self.vector_sets()}
        sound |= {table.folder for table in self.negatives()}
        there = (
            *holders(self.corpora_folder, CORPUS_FILE),
            *holders(self.embeddings_folder, STATE_FILE),
            *holders(self.negatives_folder, NEGATIVES_FILE),
        )
        return [folder for folder in there if folder not in sound]

    def delete_negatives(self, table: NegativesTable) -> str:
        """Move a table of negatives to the trash and return the item's id."""
        self.require_writable()
        return self.trash.put(table.folder, "negatives", table.meta.name)


def create_workspace(folder: str | Path, name: str = "") -> Workspace:
    """Make a workspace folder and open it.

    Parameters
    ----------
    folder : str or Path
        The folder to make; it may exist if it is empty.
    name : str, optional
        What the window shows; the folder's own name without one.

    Raises
    ------
    WorkspaceError
        If the folder holds something already or cannot be made.
    """
    path = Path(folder).expanduser().absolute()
    if (path / WORKSPACE_FILE).exists():
        raise WorkspaceError(f"{path} is a workspace already.", hint="Open it instead.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise WorkspaceError(
            f"{path} exists and is not empty.", hint="Choose a new or an empty folder."
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        record = {
            "schema_version": SCHEMA_VERSION,
            "oldest_reader": OLDEST_READER,
            "id": secrets.token_hex(8),
            "name": name or path.name.removesuffix(".embedlab"),
            "app_version": __version__,
            "created": time.time(),
        }
        write_record(path, record)
    except OSError as error:
        # What is half made would be taken for a damaged workspace the next time.
        with suppress(OSError):
            path.rmdir()
        raise WorkspaceError(
            f"The workspace {path} cannot be made: {error.strerror}.", hint="Choose another place."
        ) from error
    return Workspace(path)


def open_workspace(folder: str | Path, *, wants_writing: bool = True) -> Workspace:
    """Open a workspace; read-only if another window or command is writing to it.

    Raises
    ------
    UpgradeNeededError
        If it is of an earlier format and to be written to.
    WorkspaceError
        If the folder is no workspace, its record is damaged, or only newer programs can read it.
    """
    return Workspace(Path(folder).expanduser().absolute(), wants_writing=wants_writing)


def slug(name: str) -> str:
    """Return a name as lower-case ASCII letters, digits and hyphens, at most 40 of them."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "unnamed"
