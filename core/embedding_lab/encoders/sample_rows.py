"""A sample of a corpus's rows to measure an encoder on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.types import Modality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.workspace.corpus import Corpus

SEED = 20240
# What Python's ``strip`` takes away, as far as files bring it.
BLANKS = " \t\n\r\v\f\u00a0\u3000"
LENGTH = "LENGTH(text) + LENGTH(COALESCE(title, ''))"


@dataclass(frozen=True)
class RowSample:
    """Rows of a corpus, ascending, shape (n,), and the special ones among them.

    ``longest`` and ``empty`` are ``None`` where there is no such row, or pictures are encoded.
    """

    rows: NDArray[np.int64]
    longest: int | None = None
    empty: int | None = None

    def is_left_out(self, n_rows: int) -> NDArray[np.bool_]:
        """Return for each of a corpus's rows whether it is not in the sample, shape (n_rows,)."""
        mask = np.ones(n_rows, dtype=np.bool_)
        mask[self.rows] = False
        return mask


def sample_rows(corpus: Corpus, n_rows: int, modality: Modality, seed: int = SEED) -> RowSample:
    """Return the same rows every time, the longest and the first empty text always among them."""
    if modality is not Modality.TEXT:
        with_picture = corpus.select("picture IS NOT NULL")
        return RowSample(np.sort(_drawn(with_picture, n_rows, seed)))
    longest = _first(corpus, f"ORDER BY {LENGTH} DESC, row")
    blank = "TRIM(text, :blanks) = '' AND TRIM(COALESCE(title, ''), :blanks) = '' ORDER BY row"
    empty = _first(corpus, f"AND {blank}")
    special = dict.fromkeys(row for row in (longest, empty) if row is not None)
    drawn = _drawn(np.arange(corpus.n_rows, dtype=np.int64), n_rows, seed)
    others = drawn[~np.isin(drawn, list(special))][: max(0, n_rows - len(special))]
    rows = np.sort(np.concatenate([np.array(list(special), dtype=np.int64), others]))
    return RowSample(rows, longest, empty)


def drawn_rows(waiting: NDArray[np.int64], n_rows: int, seed: int = SEED) -> NDArray[np.int64]:
    """Return ``n_rows`` of the waiting ones, ascending, each as likely as any other."""
    return np.sort(_drawn(waiting, n_rows, seed))


def shortest_row(corpus: Corpus) -> int | None:
    """Return the row with the shortest text that is not empty; ``None`` if all are."""
    return _first(corpus, f"AND TRIM(text, :blanks) != '' ORDER BY {LENGTH}, row")


def _drawn(rows: NDArray[np.int64], n_rows: int, seed: int) -> NDArray[np.int64]:
    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order[:n_rows]]


def _first(corpus: Corpus, condition: str) -> int | None:
    with corpus.connect() as connection:
        found = connection.execute(
            f"SELECT row FROM documents WHERE row < :n_rows {condition} LIMIT 1",
            {"n_rows": corpus.n_rows, "blanks": BLANKS},
        ).fetchone()
    return None if found is None else int(found[0])
