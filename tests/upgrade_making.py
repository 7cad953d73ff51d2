"""A workspace as the first programs wrote it, and what must be there in any format of it.

``format-1.zip`` was written by the first program with a command line: a corpus of five rows with
its embeddings, another one in the trash, and an import that was killed before it published.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from embedding_lab.workspace import record
from embedding_lab.workspace.workspace import open_workspace

PACKED = Path(__file__).parent / "data" / "format-1.zip"
IDS = ["robin", "wren", "heron", "swift", "owl"]


def unpack_old(folder: Path) -> Path:
    """Unpack the workspace of format 1 and return where it lies."""
    with zipfile.ZipFile(PACKED) as packed:
        packed.extractall(folder)
    return folder / "Birds.embedlab"


def digests(folder: Path) -> dict[str, str]:
    """What lies in a workspace, except locks, its record and backups."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.startswith((".lock", "workspace.json"))
        and "backups" not in path.relative_to(folder).parts
    }


def read_everything(folder: Path) -> None:
    """Whatever the workspace holds can be read, whichever format it has."""
    with open_workspace(folder, wants_writing=False) as workspace:
        corpus = workspace.corpus("Birds")
        assert [document.id for document in corpus.documents()] == IDS
        assert corpus.documents_at([2])[0].extra == {"habitat": "rivers"}
        assert [Path(source.path).name for source in corpus.sources] == ["birds.csv"]
        (vectors,) = workspace.vector_sets(corpus)
        lengths = np.linalg.norm(vectors.vectors(), axis=1)
        assert lengths == pytest.approx(np.ones(5), abs=1e-5)
        assert [item.name for item in workspace.trash.items()] == ["Trees"]


def require_upgraded(folder: Path) -> None:
    """All of it is in the present form and can be written to."""
    with open_workspace(folder) as workspace:
        assert (workspace.version, workspace.is_writable) == (record.SCHEMA_VERSION, True)
        for manifest in folder.glob("*/*/**/corpus.json"):
            if "backups" not in manifest.parts:
                told = json.loads(manifest.read_text())
                assert "sources" not in told
                assert (told["n_sources"], told["n_pictures"]) == (1, 0)
        for database in folder.glob("*/*/**/corpus.sqlite"):
            if "backups" not in database.parts:
                with closing(sqlite3.connect(database)) as connection:
                    connection.execute("SELECT picture FROM documents")
                    connection.execute("SELECT * FROM pictures JOIN sources")
    read_everything(folder)
