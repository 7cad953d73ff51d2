"""Pictures on their way into a corpus: checked, turned upright, known by content, made small once.

Pillow is imported inside the functions: most imports never see a picture.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.readers.items import RawRow
from embedding_lab.workspace.corpus_pictures import StoredPicture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from embedding_lab.readers.file_format import FileFormat
    from embedding_lab.readers.items import Item

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
PICTURE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
IMAGE_COLUMN, ID_COLUMN, TITLE_COLUMN, LABEL_COLUMN = "image", "id", "title", "label"
MOST_BYTES = 256 * 2**20
# Half a gigabyte when it is unpacked; a file of a few kilobytes can claim far more.
MOST_PIXELS = 178_956_970
THUMBNAIL_SIDE = 256
# A picture this small serves as its own thumbnail.
SMALL_BYTES = 16 * 2**10


class PictureError(ValueError):
    """A picture that cannot be used; the message says why, without naming the file."""


@dataclass(frozen=True)
class PictureSource:
    """Where a picture comes from: a file, or bytes that stand in a table."""

    path: str = ""
    content: bytes | None = None


def is_picture_head(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a picture."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    return head.startswith(PICTURE_MAGIC) and (not head.startswith(b"BM") or b"\0" in head[:64])


def read_picture_file(source: FileFormat) -> Iterator[Item]:
    """Yield the one row of a picture's file: its path, its name, and its folder as label."""
    path, folder = source.path, source.folder
    below = path.relative_to(folder) if folder and path.is_relative_to(folder) else Path(path.name)
    values = {IMAGE_COLUMN: str(path), ID_COLUMN: below.as_posix(), TITLE_COLUMN: path.stem}
    if len(below.parts) > 1:
        values[LABEL_COLUMN] = below.parent.name
    yield RawRow(0, values)


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
    thumbnail, kind = _thumbnail(image, content)
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


def open_picture(content: bytes) -> Image:
    """Return a picture upright (its EXIF orientation applied) and in RGB, on white.

    Raises
    ------
    PictureError
        If it is empty, no picture, damaged, or too large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not content:
        raise PictureError("the picture is empty")
    try:
        with warnings.catch_warnings():
            # The size is judged below; other warnings are about harmless metadata.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:
                    raise PictureError(f"the picture is too large: {width:,} by {height:,} pixels")
                opened.load()
                return _in_rgb(ImageOps.exif_transpose(opened))
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("the picture is damaged or of an unknown kind") from error
    except Image.DecompressionBombError as error:
        raise PictureError("the picture is too large") from error
    except Exception as error:
        # Decoders fail in many ways: OSError, SyntaxError, struct.error, ValueError, EOFError.
        raise PictureError(f"the picture is damaged: {error}") from error


def _in_rgb(image: Image) -> Image:
    from PIL import Image

    if image.mode == "RGB":
        return image.copy()
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    if not has_alpha:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")


def _thumbnail(image: Image, content: bytes) -> tuple[bytes, str]:
    """Return a picture at most 256 pixels wide and high, and its file format."""
    is_small = max(image.size) <= THUMBNAIL_SIDE and len(content) <= SMALL_BYTES
    if is_small and content.startswith(b"\x89PNG"):
        return content, "PNG"
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    target = io.BytesIO()
    small.save(target, "JPEG", quality=85)
    return target.getvalue(), "JPEG"


def picture_of(value: object) -> PictureSource | None:
    """Return the picture a table's cell holds, if it holds one: bytes, or bytes with a path."""
    content, path = value, ""
    if isinstance(value, dict) and "bytes" in value and value.keys() <= {"bytes", "path"}:
        content, path = value["bytes"], str(value.get("path") or "")
    if isinstance(content, bytes) and is_picture_head(content[:64]):
        return PictureSource(path, content)
    return None
