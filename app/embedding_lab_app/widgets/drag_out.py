"""What a drag out of the window carries: a table as text, and as a file for file managers."""

from __future__ import annotations

import re
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl

if TYPE_CHECKING:
    import tempfile

LONGEST_NAME = 60


def table_data(name: str, text: str) -> QMimeData:
    """Return a drag's data for a table.

    Parameters
    ----------
    name : str
        What the table is called; the file is named after it.
    text : str
        The table, with tabs between the columns.
    """
    data = QMimeData()
    data.setText(text)
    data.setUrls([QUrl.fromLocalFile(str(_write(name, text)))])
    return data


def _write(name: str, text: str) -> Path:
    """Write a file whose folder is its own, so that it may be called after the table."""
    plain = re.sub(r"[^\w\- ]+", " ", name)
    stem = " ".join(plain.split())[:LONGEST_NAME].strip() or "Table"
    folder = Path(_room().name) / secrets.token_hex(4)
    folder.mkdir()
    path = folder / f"{stem}.tsv"
    path.write_text(text + "\n", encoding="utf-8")
    return path


@cache
def _room() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that is there until the program ends: a file manager copies when it likes."""
    import tempfile

    return tempfile.TemporaryDirectory(prefix="embedding-lab-drag-")
