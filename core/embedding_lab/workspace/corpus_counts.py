"""The counts that a corpus's manifest repeats from its database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3


def corpus_counts(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return how much there is of everything, and what the documents have, by manifest name."""

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    splits = connection.execute("SELECT DISTINCT split FROM qrels ORDER BY split")
    return {
        "n_rows": one("SELECT COUNT(*) FROM documents"),
        "n_empty": one("SELECT COUNT(*) FROM documents WHERE text = '' AND title IS NULL"),
        "n_pictures": one("SELECT COUNT(picture) FROM documents"),
        "n_queries": one("SELECT COUNT(*) FROM queries"),
        "n_judgements": one("SELECT COUNT(*) FROM qrels"),
        "n_rejected": one("SELECT COUNT(*) FROM report WHERE is_rejected"),
        "has_titles": bool(one("SELECT EXISTS (SELECT 1 FROM documents WHERE title IS NOT NULL)")),
        "has_texts": bool(one("SELECT EXISTS (SELECT 1 FROM documents WHERE text != '')")),
        "has_labels": bool(one("SELECT EXISTS (SELECT 1 FROM documents WHERE label IS NOT NULL)")),
        "splits": [record[0] for record in splits],
    }
