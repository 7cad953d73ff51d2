"""Draw the program's icon in every size and form that a system asks for.

python packaging/icons.py FOLDER      writes PNG files, embedding-lab.ico and embedding-lab.icns
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "resources" / "icon" / "embedding-lab.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
WINDOWS_SIZES = (16, 24, 32, 48, 64, 128, 256)
MAC_SIZES = (16, 32, 64, 128, 256, 512, 1024)


def png_name(size: int) -> str:
    """Return the file name of one size."""
    return f"embedding-lab-{size}.png"


def draw(folder: Path) -> None:
    """Draw the icon in all its sizes and pack those that Windows and macOS want as one file."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(DRAWING))
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        image.save(str(folder / png_name(size)))
    del app
    _pack(Image, folder, "embedding-lab.ico", WINDOWS_SIZES)
    _pack(Image, folder, "embedding-lab.icns", MAC_SIZES)


def _pack(images: object, folder: Path, name: str, sizes: tuple[int, ...]) -> None:
    """Write several sizes into one file, the largest as the one the others append to."""
    drawn = [images.open(folder / png_name(size)) for size in sizes]  # type: ignore[attr-defined]
    drawn[-1].save(folder / name, sizes=[(size, size) for size in sizes], append_images=drawn[:-1])


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
