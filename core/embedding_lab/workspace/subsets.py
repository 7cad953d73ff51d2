"""Named subsets: rows of a corpus that somebody chose and keeps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError, WorkspaceError, did_you_mean
from embedding_lab.storage import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUBSETS_FILE = "subsets.json"


@dataclass(frozen=True)
class Subset:
    """Rows under a name, each once and in the order they were chosen in."""

    name: str
    rows: tuple[int, ...]
    created: float


class Subsets:
    """The subsets of one corpus, in one file beside it.

    Rows of a corpus keep their numbers, so a subset stays what it is when rows are added.
    """

    def __init__(self, corpus_folder: Path) -> None:
        self._file = corpus_folder / SUBSETS_FILE

    @property
    def stamp(self) -> int:
        """Another number after every change."""
        return self._file.stat().st_mtime_ns if self._file.exists() else 0

    def list(self) -> list[Subset]:
        """Return all of them, oldest first."""
        return [
            Subset(name, tuple(record["rows"]), record["created"])
            for name, record in self._records().items()
        ]

    def get(self, name: str) -> Subset:
        """Return the subset with this name.

        Raises
        ------
        UsageError
            If there is none; the sentence names the ones there are.
        """
        known = {subset.name: subset for subset in self.list()}
        if name not in known:
            raise UsageError(
                f"There is no subset named {name}.",
                hint=did_you_mean(name, list(known), "Subsets here")
                or "Save the rows you selected as a subset first.",
            )
        return known[name]

    def save(self, name: str, rows: Iterable[int], *, n_rows: int) -> Subset:
        """Keep rows under a name nobody has.

        Parameters
        ----------
        name : str
            What they are called from now on.
        rows : iterable of int
            Row numbers, from 0.
        n_rows : int
            How many rows the corpus has.

        Raises
        ------
        UsageError
            If the name is empty or taken, there are no rows, or the corpus has no such row.
        """
        name, chosen = name.strip(), tuple(dict.fromkeys(int(row) for row in rows))
        records = self._records()
        if not name:
            raise UsageError("A subset needs a name.")
        if name in records:
            raise UsageError(f"There is a subset named {name} already.", hint="Choose another.")
        if not chosen:
            raise UsageError("A subset needs rows.", hint="Select some first.")
        outside = [row for row in chosen if not 0 <= row < n_rows]
        if outside:
            there = f"its rows are 0 to {n_rows - 1:,}" if n_rows else "it has none"
            raise UsageError(f"The corpus has no row {outside[0]:,}; {there}.")
        subset = Subset(name, chosen, time.time())
        record = {"rows": list(subset.rows), "created": subset.created}
        write_json(self._file, records | {name: record})
        return subset

    def delete(self, name: str) -> Subset:
        """Forget a subset, not its rows, and return what it was."""
        subset = self.get(name)
        write_json(self._file, {k: v for k, v in self._records().items() if k != name})
        return subset

    def _records(self) -> dict[str, Any]:
        records = read_json(self._file) if self._file.exists() else {}
        if not isinstance(records, dict) or not all(map(_is_sound, records.values())):
            raise WorkspaceError(
                f"The list of subsets {self._file} is damaged.",
                hint="Put it right or move it away; the rows themselves are not in it.",
            )
        return dict(records)


def _is_sound(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and isinstance(record.get("created"), float | int)
        and isinstance(record.get("rows"), list)
        and all(type(row) is int and row >= 0 for row in record["rows"])
    )
