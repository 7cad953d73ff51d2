"""A folder of awkward files, each with what importing it must come to.

Run with a folder to look at the files: ``PYTHONPATH=tests python -m torture_files FOLDER``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torture_files import json_files, other_files, tables
from torture_files.maker import Maker

if TYPE_CHECKING:
    from pathlib import Path

    from torture_files.maker import Expectation

WRITERS = (
    tables.write_encodings,
    tables.write_quotes,
    tables.write_tables,
    json_files.write_json_files,
    other_files.write_texts,
    other_files.write_parquet,
    other_files.write_unreadable,
    other_files.write_folders,
)


def make_torture_files(folder: Path) -> list[Expectation]:
    """Write the files into ``folder`` and return what is expected of each."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(folder)
    for write in WRITERS:
        write(maker)
    return maker.expectations
