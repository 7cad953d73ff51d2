"""What must not outlive rows that are lost in going back: later rows will take their numbers.

Rows of a corpus never change once they are imported, which is what lets embeddings and subsets name
them by number alone. Going back to a backup is the one exception: rows added since are taken out.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.storage import path_below
from embedding_lab.workspace.backups import FILES
from embedding_lab.workspace.corpus import CORPUS_FILE, Corpus
from embedding_lab.workspace.readable import holders, readable
from embedding_lab.workspace.subsets import SUBSETS_FILE
from embedding_lab.workspace.trash import Trash
from embedding_lab.workspace.vector_set import STATE_FILE, VectorSet

if TYPE_CHECKING:
    from embedding_lab.workspace.backups import Backup


def losing_corpora(workspace: Path, backup: Backup) -> dict[Path, int]:
    """Return the corpora that lose rows to a backup, and how many each of them keeps.

    One may have got other rows since it was last gone back: then those are lost, however many there
    will be.

    Parameters
    ----------
    workspace : Path
        The workspace's folder.
    backup : Backup
        What is gone back to.

    Returns
    -------
    dict
        Numbers of rows by folders relative to the workspace.
    """
    found = {}
    for file in backup.files:
        folder = Path(file.path).parent
        if Path(file.path).name == CORPUS_FILE and file.digest:
            with suppress(LabError):
                present = Corpus(workspace / folder)
                kept = _n_common(present, backup.folder / FILES / folder)
                if kept < present.n_rows:
                    found[folder] = kept
    return found


def subset_files(losing: dict[Path, int]) -> list[Path]:
    """Return the files of subsets, relative to the workspace, that :func:`let_go` changes."""
    return [folder / SUBSETS_FILE for folder in losing]


def let_go(workspace: Path, losing: dict[Path, int]) -> None:
    """Move embeddings of these corpora to the trash, and forget subsets that hold lost rows.

    Cut short, it can be done again.
    """
    trash = Trash(workspace)
    for folder, n_rows in losing.items():
        corpus = Corpus(workspace / folder)
        for vector_set in readable(holders(workspace / "embeddings", STATE_FILE), VectorSet):
            if vector_set.meta.corpus_id == corpus.id:
                rows = {"corpus": folder.as_posix(), "n": corpus.n_rows, "digest": _digest(corpus)}
                trash.put(vector_set.folder, "embeddings", vector_set.meta.encoder_name, rows)
        # A list that is damaged stays as it is: it says so itself.
        with suppress(LabError):
            for subset in corpus.subsets.list():
                if any(row >= n_rows for row in subset.rows):
                    corpus.subsets.delete(subset.name)


def are_there(workspace: Path, rows: dict[str, Any]) -> bool:
    """Return whether a corpus begins with the rows that :func:`let_go` noted in the trash."""
    try:
        corpus = Corpus(path_below(workspace, rows["corpus"]))
        n = int(rows["n"])
        return corpus.n_rows >= n and _digest(corpus, n) == str(rows["digest"])
    except (LabError, KeyError, TypeError, ValueError):
        return False


def _digest(corpus: Corpus, n: int | None = None) -> str:
    digest = hashlib.sha256()
    with corpus.connect() as connection:
        for row in _rows(connection, corpus.n_rows if n is None else n):
            digest.update(repr(row).encode(errors="surrogatepass"))
    return digest.hexdigest()


def _n_common(present: Corpus, folder: Path) -> int:
    """Return how many rows, from the first on, are the same there; none if nobody can tell."""
    try:
        kept = Corpus(folder)
        with present.connect() as one, kept.connect() as other:
            pairs = zip(_rows(one, present.n_rows), _rows(other, kept.n_rows), strict=False)
            same = takewhile(lambda pair: pair[0] == pair[1], pairs)
            return sum(1 for _ in same)
    except (LabError, sqlite3.Error):
        return 0


def _rows(connection: sqlite3.Connection, n: int) -> sqlite3.Cursor:
    sql = "SELECT id, content_key FROM documents WHERE row < ? ORDER BY row"
    return connection.execute(sql, (n,))
