"""The rows an exported encoder is proven on: of a corpus or a bundled sample, and extremes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab import resources
from embedding_lab.encoders.contract import Picture
from embedding_lab.encoders.pending_rows import PendingRows
from embedding_lab.encoders.sample_rows import SEED, drawn_rows, sample_rows, shortest_row
from embedding_lab.errors import UsageError
from embedding_lab.pictures import open_picture
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from embedding_lab.encoders.contract import Input
    from embedding_lab.workspace.corpus import Corpus

ROWS_NAME = "rows.json"
# Whatever the corpus holds, these are always among the rows.
EXTREMES = {
    "an empty text": "",
    "a single letter": "a",
    "emoji": "👩‍👩‍👧 🙂 🇪🇺 family, smile, flag",
    "right-to-left writing": "مرحبا بالعالم שלום עולם",
    "a path": "/etc/passwd",
    "what looks like special tokens": "<|image_pad|> <s> [CLS] </s>",
    "a very long text": "many words that do not end " * 4000,
}
SAMPLES = {Modality.TEXT: "samples/python-library", Modality.IMAGE: "samples/icons/icons.parquet"}


@dataclass(frozen=True)
class ProofInput:
    """One row of a proof: what it is called in a sentence, and what is encoded."""

    name: str
    value: Input


def gather_inputs(
    corpus: Corpus | None,
    modality: Modality,
    n_rows: int,
    check: Callable[[], None] = lambda: None,
) -> list[ProofInput]:
    """Return the rows to prove an encoder on, the same every time.

    Parameters
    ----------
    corpus : Corpus, optional
        Whose rows; without one, those of a bundled sample.
    modality : Modality
        ``text`` or ``image``.
    n_rows : int
        How many, extremes included: the longest, the shortest and the empty text of the corpus,
        emoji, a path, and a text longer than any encoder takes.
    check : callable
        Called now and then; may raise to stop.

    Raises
    ------
    UsageError
        If the corpus has nothing of this modality, or too few rows are asked for.
    """
    extremes = EXTREMES if modality is Modality.TEXT else {}
    if n_rows <= len(extremes) + 2:
        raise UsageError(f"A proof needs more than {len(extremes) + 2} rows.")
    n_wanted = n_rows - len(extremes)
    rows = (
        _of_sample(modality, n_wanted)
        if corpus is None
        else _of_corpus(corpus, modality, n_wanted, check)
    )
    if not rows:
        raise UsageError(
            f"The corpus {corpus.name if corpus else 'of the program'} has nothing to prove "
            f"an encoder of {modality}s on.",
            hint="Choose another corpus.",
        )
    return [*rows, *(ProofInput(name, value) for name, value in extremes.items())]


def write_inputs(folder: Path, inputs: list[ProofInput]) -> None:
    """Write rows into an empty folder, for a process that cannot reach the corpus."""
    texts = []
    for number, item in enumerate(inputs):
        if isinstance(item.value, Picture):
            item.value.image.save(folder / f"{number}.png", compress_level=1)
        texts.append(item.value.text if isinstance(item.value, Picture) else item.value)
    is_picture = any(isinstance(item.value, Picture) for item in inputs)
    content = {"texts": texts, "are_pictures": is_picture}
    (folder / ROWS_NAME).write_text(json.dumps(content), encoding="utf-8")


def read_inputs(folder: Path) -> Iterator[tuple[int, Input]]:
    """Yield the number and the content of each row that :func:`write_inputs` wrote."""
    content = json.loads((folder / ROWS_NAME).read_text(encoding="utf-8"))
    for number, text in enumerate(content["texts"]):
        if content["are_pictures"]:
            yield number, Picture(open_picture((folder / f"{number}.png").read_bytes()), text)
        else:
            yield number, text


def _of_corpus(
    corpus: Corpus, modality: Modality, n_rows: int, check: Callable[[], None]
) -> list[ProofInput]:
    sample = sample_rows(corpus, n_rows, modality)
    rows = sample.rows
    if modality is Modality.TEXT:
        shortest = shortest_row(corpus)
        if shortest is not None and shortest not in rows:
            special = {sample.longest, sample.empty}
            spare = next(place for place, row in enumerate(rows) if int(row) not in special)
            rows = np.sort(np.append(np.delete(rows, spare), shortest))
    left_out = np.ones(corpus.n_rows, dtype=np.bool_)
    left_out[rows] = False
    pending = PendingRows(corpus, left_out, modality, check, takes_empty=True)
    return [ProofInput(f"row {row:,}", value) for row, value in pending]


def _of_sample(modality: Modality, n_rows: int) -> list[ProofInput]:
    path = resources.path(SAMPLES[modality])
    if modality is Modality.TEXT:
        lines = (path / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
        rows = drawn_rows(np.arange(len(lines), dtype=np.int64), n_rows, SEED)
        records = [(int(row), json.loads(lines[row])) for row in rows]
        return [
            ProofInput(f"row {row:,} of the sample", f"{item['title']} {item['text']}")
            for row, item in records
        ]
    import pyarrow.parquet

    column = pyarrow.parquet.read_table(path, columns=["image"])["image"]
    rows = drawn_rows(np.arange(len(column), dtype=np.int64), n_rows, SEED)
    pictures = [(int(row), column[int(row)].as_py()) for row in rows]
    return [
        ProofInput(f"row {row:,} of the sample", Picture(open_picture(_bytes_of(item))))
        for row, item in pictures
    ]


def _bytes_of(value: object) -> bytes:
    content = value.get("bytes") if isinstance(value, dict) else value
    return content if isinstance(content, bytes) else b""
