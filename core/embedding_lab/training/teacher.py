"""The vectors of a teacher, computed once before training, by whatever engine it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.training.contents import modality_of
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.training.contents import ContentReader
    from embedding_lab.training.rows import TrainingRows

SIDES = (Role.QUERY, Role.DOCUMENT)


@dataclass(frozen=True)
class TeacherVectors:
    """What a teacher says of training rows.

    Attributes
    ----------
    sides : ndarray of int64, shape (n, k)
        The contents of the rows.
    contents : tuple of ndarray of int64
        Ascending numbers of the contents that are anchors, and of those that stand on other sides.
    vectors : tuple of ndarray of float32
        Their unit vectors, read from files.
    """

    sides: NDArray[np.int64]
    contents: tuple[NDArray[np.int64], ...]
    vectors: tuple[NDArray[np.float32], ...]

    def columns(self, numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Return the vectors of each side of some rows, each of shape (batch, d)."""
        columns = []
        for side in range(self.sides.shape[1]):
            known, vectors = (of[min(side, 1)] for of in (self.contents, self.vectors))
            places = np.searchsorted(known, self.sides[numbers, side])
            columns.append(np.asarray(vectors[places]))
        return columns


def ask_teacher(
    folder: Path,
    record: EncoderRecord,
    rows: TrainingRows,
    reader: ContentReader,
    progress: Callable[[int, int, str], None],
) -> TeacherVectors:
    """Encode every content of some rows with a teacher, or find that it was done before.

    Parameters
    ----------
    folder : Path
        The run's folder, which keeps the vectors.
    record : EncoderRecord
        The teacher.
    rows : TrainingRows
        What it is asked about.
    reader : ContentReader
        Opens pictures.
    progress : callable
        Told how many of how many are done, and what of; may raise to stop.
    """
    contents = (np.unique(rows.anchors), np.unique(rows.sides[:, 1:]))
    vectors = []
    for role, numbers in zip(SIDES, contents, strict=True):
        path = folder / f"teacher-{role}.npy"
        if not path.exists():
            _write(path, record, role, rows, numbers, (reader, progress))
        vectors.append(np.load(path, mmap_mode="r", allow_pickle=False))
    return TeacherVectors(rows.sides, contents, tuple(vectors))


def _write(
    path: Path,
    record: EncoderRecord,
    role: Role,
    rows: TrainingRows,
    numbers: NDArray[np.int64],
    tools: tuple[ContentReader, Callable[[int, int, str], None]],
) -> None:
    reader, progress = tools
    message = f"Asking the teacher {record.name}…"
    encoder = pool.load(record, lambda said: progress(0, len(numbers), said))
    chosen = [rows.contents[number] for number in numbers.tolist()]
    modality = modality_of(chosen)
    prompt = resolve_prompt(record, role=role) if modality is Modality.TEXT else ""
    options = EncodeOptions(prompt, role, modality=modality)
    temporary = path.with_suffix(".tmp")
    made = np.lib.format.open_memmap(
        temporary, mode="w+", dtype=np.float32, shape=(len(numbers), encoder.dimension)
    )
    n_done = 0
    inputs = ((place, reader(content)) for place, content in enumerate(chosen))
    for batch in encode_rows(encoder, inputs, options):
        made[batch.rows] = batch.vectors
        n_done += len(batch.rows)
        progress(n_done, len(numbers), message)
    made.flush()
    temporary.replace(path)
