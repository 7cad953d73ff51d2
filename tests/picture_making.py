"""Folders of pictures for tests: whole, turned, doubled, broken and too large."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = ("red", "green", "blue", "orange")


def picture(colour: str = "red", size: tuple[int, int] = (40, 30), mark: int = 0) -> Image.Image:
    """Return a plain picture with a square that tells one from another."""
    image = Image.new("RGB", size, colour)
    left, top = 8 + 5 * (mark % 4), 4 + 5 * (mark // 4 % 4)
    ImageDraw.Draw(image).rectangle((left, top, left + 5, top + 5), "white")
    return image


def picture_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a file of a few bytes that claims to be a picture of many gigapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def write_pictures(folder: Path, n_each: int = 2) -> Path:
    """Write a folder with one folder of pictures for each colour."""
    for colour in COLOURS:
        (folder / colour).mkdir(parents=True)
        for number in range(n_each):
            picture(colour, mark=number).save(folder / colour / f"{number}.png")
    return folder
