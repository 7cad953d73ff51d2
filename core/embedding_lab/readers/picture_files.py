"""Pictures on their way into a corpus: checked, known by their content, made small once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import InputError
from embedding_lab.pictures import (
    MOST_BYTES,
    PictureError,
    is_picture_head,
    make_thumbnail,
    open_picture,
)
from embedding_lab.readers.items import RawRow
from embedding_lab.workspace.corpus_pictures import StoredPicture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.readers.file_format import FileFormat
    from embedding_lab.readers.items import Item

IMAGE_COLUMN, ID_COLUMN, TITLE_COLUMN, LABEL_COLUMN = "image", "id", "title", "label"


@dataclass(frozen=True)
class PictureSource:
    """Where a picture comes from: a file, or bytes that stand in a table."""

    path: str = ""
    content: bytes | None = None


def read_picture_file(source: FileFormat) -> Iterator[Item]:
    """Yield the one row of a picture's file: its path, its name, and its folder as label."""
    path, folder = source.path, source.folder
    below = path.relative_to(folder) if folder and path.is_relative_to(folder) else Path(path.name)
    values = {IMAGE_COLUMN: str(path), ID_COLUMN: below.as_posix(), TITLE_COLUMN: path.stem}
    if len(below.parts) > 1:
        values[LABEL_COLUMN] = below.parent.name
    yield RawRow(0, values)


def require_picture(path: Path) -> None:
    """Raise an :class:`InputError` unless a file is a picture that can be used."""
    try:
        open_picture(_read(path))
    except PictureError as error:
        raise InputError(f"{path.name} cannot be used: {error}.") from error


def resolve_picture(value: str, table: Path) -> PictureSource:
    """Return the file a table's cell names, looked for beside the table.

    Raises
    ------
    PictureError
        If the cell is a web address, which is never fetched, or there is no such file.
    """
    if "://" in value[:12] and not value.startswith("file://"):
        raise PictureError("the picture is a web address, which is not fetched")
    path = Path(value.removeprefix("file://")).expanduser()
    path = path if path.is_absolute() else table.parent / path
    try:
        is_there = path.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise PictureError(f"there is no picture {value[:200]} beside the table")
    return PictureSource(str(path))


def take_picture(source: PictureSource) -> StoredPicture:
    """Check a picture and return what a corpus keeps of it.

    Raises
    ------
    PictureError
        If it cannot be read, is no picture, is damaged, or is too large.
    """
    content = source.content if source.content is not None else _read(Path(source.path))
    image = open_picture(content)
    thumbnail, kind = make_thumbnail(image, content)
    return StoredPicture(
        digest=hashlib.sha256(content).hexdigest()[:32],
        path=source.path,
        width=image.width,
        height=image.height,
        n_bytes=len(content),
        thumbnail=thumbnail,
        thumbnail_kind=kind,
        content=source.content,
    )


def _read(path: Path) -> bytes:
    try:
        n_bytes = path.stat().st_size
        if n_bytes > MOST_BYTES:
            raise PictureError(f"the picture is too large: {n_bytes / 2**20:,.0f} MB")
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"the picture cannot be read: {error.strerror or error}") from error


def picture_of(value: object) -> PictureSource | None:
    """Return the picture a table's cell holds, if it holds one: bytes, or bytes with a path."""
    content, path = value, ""
    if isinstance(value, dict) and "bytes" in value and value.keys() <= {"bytes", "path"}:
        content, path = value["bytes"], str(value.get("path") or "")
    if isinstance(content, bytes) and is_picture_head(content[:64]):
        return PictureSource(path, content)
    return None
