"""Storing the pictures that rows name or hold."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from embedding_lab.pictures import PictureError
from embedding_lab.readers.picture_files import resolve_picture, take_picture

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.readers.items import RawRow
    from embedding_lab.workspace.corpus_writer import CorpusWriter

# Tables of captions name each picture several times, mostly one after the other.
REMEMBERED = 256


class PictureTaker:
    """Stores the pictures of one file's rows, each once.

    Parameters
    ----------
    writer : CorpusWriter
        Where to.
    table : Path
        The file; pictures are looked for beside it.
    column : str
        The column that names a row's picture or holds it.
    """

    def __init__(self, writer: CorpusWriter, table: Path, column: str) -> None:
        self._writer = writer
        self._table = table
        self._column = column
        self._known: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._twins: dict[int, str] = {}

    def digest(self, row: RawRow) -> tuple[str, str]:
        """Return the digest of a row's picture, or why it cannot be stored; two empty if none."""
        held = row.pictures.get(self._column)
        value = row.values.get(self._column, "").strip()
        if held is None and not value:
            return "", ""
        if held is None and value in self._known:
            return self._known[value]
        try:
            picture = take_picture(held or resolve_picture(value, self._table))
        except PictureError as error:
            found = ("", str(error))
        else:
            stored = self._writer.add_picture(picture)
            if stored != picture.path:
                self._twins[row.line] = stored
            found = (picture.digest, "")
        if held is None:
            self._known[value] = found
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def twin(self, row: RawRow) -> str:
        """Return the other file whose content a row's picture has, if one came in before."""
        return self._twins.pop(row.line, "")
