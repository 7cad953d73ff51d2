"""Pictures: opened upright and in RGB, or told what is wrong with them, and made small.

Pillow is imported inside the functions: most of the program never sees a picture.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
PICTURE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
MOST_BYTES = 256 * 2**20
THUMBNAIL_SIDE = 256
# A picture this small serves as its own thumbnail.
SMALL_BYTES = 16 * 2**10


class PictureError(ValueError):
    """A picture that cannot be used; the message says why, without naming the file."""


def is_picture_head(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a picture."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    return head.startswith(PICTURE_MAGIC) and (not head.startswith(b"BM") or b"\0" in head[:64])


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
                opened.load()
                return _in_rgb(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError as error:
        raise PictureError("the picture is damaged or of an unknown kind") from error
    except Image.DecompressionBombError as error:
        # A file of a few kilobytes can claim to be gigabytes; Pillow's limit is 179 megapixels.
        n_pixels = re.search(r"(\d+) pixels", str(error))
        size = f": {int(n_pixels[1]) / 1e6:,.0f} megapixels" if n_pixels else ""
        raise PictureError(f"the picture is too large{size}") from error
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


def make_thumbnail(image: Image, content: bytes) -> tuple[bytes, str]:
    """Return a picture at most 256 pixels wide and high, and its file format."""
    is_small = max(image.size) <= THUMBNAIL_SIDE and len(content) <= SMALL_BYTES
    if is_small and content.startswith(b"\x89PNG"):
        return content, "PNG"
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    target = io.BytesIO()
    small.save(target, "JPEG", quality=85)
    return target.getvalue(), "JPEG"
