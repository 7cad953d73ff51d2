"""Format 2: every corpus keeps its sources in its database, which has room for pictures.

The first programs listed the sources in the manifest, which is read whole whenever corpora are
listed, and knew no pictures. Corpora in the trash and rows staged by an import that was cut short
are brought along: both may come back.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from embedding_lab.workspace.migrations.step import Step

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST, DATABASE = "corpus.json", "corpus.sqlite"
TEMPORARY = f"{MANIFEST}.tmp"
# What lies beside a database whose writer was killed, or a manifest whose upgrade was.
LEFTOVERS = (f"{DATABASE}-journal", f"{DATABASE}-wal", f"{DATABASE}-shm", TEMPORARY)
CORPORA = (f"corpora/*/{DATABASE}", f"trash/*/content/{DATABASE}")
STAGED = (f"runs/*/staging/{DATABASE}", f"cache/staging-*/{DATABASE}")

PICTURES = """
CREATE TABLE IF NOT EXISTS pictures (
    digest TEXT PRIMARY KEY, path TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL, thumbnail BLOB NOT NULL, thumbnail_kind TEXT NOT NULL, content BLOB)
"""
SOURCES = """
CREATE TABLE IF NOT EXISTS sources (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL, n_bytes INTEGER NOT NULL,
    n_rows INTEGER NOT NULL, imported REAL NOT NULL)
"""
ADD_SOURCE = """
INSERT OR REPLACE INTO sources VALUES (:number, :path, :digest, :n_bytes, :n_rows, :imported)
"""


def changes(folder: Path) -> list[Path]:
    """Return the files of corpora and staged rows that are in an earlier form."""
    found: list[Path] = []
    for database in _databases(folder):
        if _is_earlier(database):
            home = database.parent.relative_to(folder)
            # Staged rows have no manifest yet; that it is not there is remembered too.
            found += [home / name for name in (MANIFEST, DATABASE, *LEFTOVERS)]
    return found


def apply(folder: Path) -> None:
    """Bring them to the present form: each database in one transaction, then its manifest."""
    for database in _databases(folder):
        if _is_earlier(database):
            _upgrade(database)


def _databases(folder: Path) -> list[Path]:
    return sorted(path for pattern in (*CORPORA, *STAGED) for path in folder.glob(pattern))


def _is_earlier(database: Path) -> bool:
    """Whether a database or its manifest is in an earlier form; damaged ones are left alone."""
    try:
        manifest = _manifest(database)
        # Opened for writing, so that SQLite first undoes what a killed program left half done.
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            is_earlier = not _is_present_form(connection)
        return is_earlier or (manifest is not None and _lacks_counts(manifest))
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, ValueError):
        return False


def _is_present_form(connection: sqlite3.Connection) -> bool:
    columns = {record[1] for record in connection.execute("PRAGMA table_info(documents)")}
    tables = {record[0] for record in connection.execute("SELECT name FROM sqlite_master")}
    return not columns or ("picture" in columns and {"pictures", "sources"} <= tables)


def _manifest(database: Path) -> dict[str, Any] | None:
    """Return the manifest beside a database, ``None`` without one; raise if it is damaged."""
    path = database.with_name(MANIFEST)
    if not path.exists():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or "name" not in manifest:
        raise ValueError(f"{path} is no manifest")
    return manifest


def _lacks_counts(manifest: dict[str, Any]) -> bool:
    return not {"n_sources", "n_pictures"} <= manifest.keys()


def _upgrade(database: Path) -> None:
    manifest = _manifest(database)
    with closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        columns = {record[1] for record in connection.execute("PRAGMA table_info(documents)")}
        if "picture" not in columns:
            connection.execute("ALTER TABLE documents ADD COLUMN picture TEXT")
        connection.execute(PICTURES)
        connection.execute(SOURCES)
        if manifest is not None:
            manifest = _move_sources(connection, manifest)
        connection.execute("COMMIT")
    if manifest is not None:
        _replace(database.with_name(MANIFEST), manifest)


def _move_sources(connection: sqlite3.Connection, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write the manifest's sources into the database; return the manifest of the new form."""
    newest = _newest_merge(connection)
    if newest is not None:
        # What an addition that was cut short left in the database counts.
        manifest = json.loads(newest[1]) | {"name": manifest["name"]}
    for number, source in enumerate(manifest.get("sources", ())):
        connection.execute(ADD_SOURCE, {**source, "number": number})
    n_sources = connection.execute("SELECT COUNT(*) FROM sources").fetchone()[0]
    changed = {name: value for name, value in manifest.items() if name != "sources"}
    changed |= {
        "n_sources": manifest.get("n_sources", n_sources),
        "n_pictures": manifest.get("n_pictures", 0),
        "has_texts": manifest.get("has_texts", True),
        "roles": manifest.get("roles", {}),
    }
    if newest is not None:
        connection.execute(
            "UPDATE merges SET manifest = ? WHERE number = ?",
            (json.dumps(changed, ensure_ascii=False), newest[0]),
        )
    return changed


def _newest_merge(connection: sqlite3.Connection) -> tuple[int, str] | None:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'merges'")
    if tables.fetchone() is None:
        return None
    found: tuple[int, str] | None = connection.execute(
        "SELECT number, manifest FROM merges ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return found


def _replace(path: Path, manifest: dict[str, Any]) -> None:
    temporary = path.with_name(TEMPORARY)
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


FORMAT_2 = Step(
    version=2,
    title="Corpora keep the list of their sources in their database and have room for pictures.",
    changes=changes,
    apply=apply,
)
