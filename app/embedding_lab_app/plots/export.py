"""Writing a figure to a file: PNG for screens, SVG and PDF for papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter

from embedding_lab.errors import LabError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QPaintDevice
    from PySide6.QtWidgets import QGraphicsView

FILES = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
FINER = 2
DOTS_PER_INCH = 144
POINTS_PER_PIXEL = 0.75


def write_figure(view: QGraphicsView, path: Path) -> None:
    """Write what a view shows, as it is on the screen; the ending of the name decides how.

    PNG has twice the pixels of the screen; SVG and PDF keep lines and letters as such.

    Raises
    ------
    UsageError
        If the ending is none of the three.
    LabError
        If the file cannot be written.
    """
    makers: dict[str, Callable[[QGraphicsView], bytes]] = {
        ".png": _png,
        ".svg": _svg,
        ".pdf": _pdf,
    }
    make = makers.get(path.suffix.lower())
    if make is None:
        raise UsageError(
            f"A figure cannot be written as {path.name}.", hint="Use .png, .svg or .pdf."
        )
    try:
        path.write_bytes(make(view))
    except OSError as error:
        raise LabError(
            f"The figure {path} cannot be written: {error.strerror or error}.",
            hint="Choose another folder.",
        ) from error


def figure_image(view: QGraphicsView) -> QImage:
    """Return what a view shows, with twice the pixels of the screen."""
    size = view.viewport().size() * FINER
    image = QImage(size, QImage.Format.Format_ARGB32)
    _paint(view, image, size)
    return image


def _png(view: QGraphicsView) -> bytes:
    image, buffer = figure_image(view), _opened()
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # a device is taken, the stubs lag
    return bytes(buffer.data().data())


def _svg(view: QGraphicsView) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    size = view.viewport().size()
    buffer = _opened()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    _paint(view, generator, size)
    return bytes(buffer.data().data())


def _pdf(view: QGraphicsView) -> bytes:
    size = view.viewport().size()
    buffer = _opened()
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    points = QSizeF(size) * POINTS_PER_PIXEL
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    _paint(view, writer, QSize(writer.width(), writer.height()))
    return bytes(buffer.data().data())


def _opened() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _paint(view: QGraphicsView, device: QPaintDevice, size: QSize) -> None:
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(area, view.backgroundBrush())
    view.render(painter, area, view.viewport().rect())
    painter.end()
