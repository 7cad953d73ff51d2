"""A picture somebody searches by or tries out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.contract import Picture
from embedding_lab.errors import UsageError
from embedding_lab.pictures import PictureError, open_picture

if TYPE_CHECKING:
    from pathlib import Path


def read_query_picture(path: Path) -> Picture:
    """Return the picture in a file.

    Raises
    ------
    UsageError
        If it cannot be read or is no picture.
    """
    try:
        return Picture(open_picture(path.expanduser().read_bytes()))
    except OSError as error:
        raise UsageError(
            f"The picture {path} cannot be read: {error.strerror or error}."
        ) from error
    except PictureError as error:
        raise UsageError(f"{path} cannot be used: {error}.") from error
