"""The file of an encoder's record, and whether the encoder's folder has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.errors import EncoderError
from embedding_lab.storage import read_json, write_json


@dataclass(frozen=True)
class SavedRecord:
    """A record as it was saved.

    ``choices`` are what the user decided about the encoder; ``stamp`` holds the names, sizes and
    times of its folder's files then.
    """

    record: EncoderRecord
    choices: dict[str, Any]
    stamp: list[list[Any]]

    def is_of(self, folder: Path) -> bool:
        """Whether a folder holds what the record was made of."""
        return self.stamp == _stamp(folder)


def read_record_file(path: Path) -> SavedRecord:
    """Read a record.

    Raises
    ------
    LabError
        If the file is missing or damaged.
    """
    saved = read_json(path)
    try:
        record = EncoderRecord.from_record(saved["record"])
        return SavedRecord(record, saved["choices"], saved["stamp"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EncoderError(
            f"The record {path} is damaged.", hint="Add the encoder again."
        ) from error


def write_record_file(path: Path, record: EncoderRecord, choices: dict[str, Any]) -> None:
    """Save a record with the stamp of its folder as it is now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = _stamp(Path(record.folder))
    write_json(path, {"record": record.to_record(), "choices": choices, "stamp": stamp})


def _stamp(folder: Path) -> list[list[Any]]:
    """Return names, sizes and times of a folder's files: equal stamps, equal contents."""
    source = EncoderFolder(folder)
    return [[name, size, (folder / name).stat().st_mtime_ns] for name, size in source.files]
