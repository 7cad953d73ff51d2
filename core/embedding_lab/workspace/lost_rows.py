"""What must not outlive rows that are lost in going back: later rows will take their numbers.

Rows of a corpus never change once they are imported, which is what lets embeddings and subsets name
them by number alone. Going back to a backup is the one exception: rows added since are taken out.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab.workspace.backups import FILES
from embedding_lab.workspace.corpus import CORPUS_FILE, Corpus
from embedding_lab.workspace.readable import holders, readable
from embedding_lab.workspace.subsets import SUBSETS_FILE
from embedding_lab.workspace.trash import Trash
from embedding_lab.workspace.vector_set import STATE_FILE, VectorSet

if TYPE_CHECKING:
    from embedding_lab.workspace.backups import Backup


def losing_corpora(workspace: Path, backup: Backup) -> dict[Path, int]:
    """Return the corpora that a backup makes shorter, and how many rows each of them keeps.

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
            present = _n_rows(workspace / folder)
            kept = _n_rows(backup.folder / FILES / folder)
            if kept < present:
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
                trash.put(vector_set.folder, "embeddings", vector_set.meta.encoder_name)
        # A list that is damaged stays as it is: it says so itself.
        with suppress(LabError):
            for subset in corpus.subsets.list():
                if any(row >= n_rows for row in subset.rows):
                    corpus.subsets.delete(subset.name)


def _n_rows(folder: Path) -> int:
    try:
        return Corpus(folder).n_rows
    except LabError:
        return 0
