"""From a picture to the numbers an ONNX encoder reads, as its settings file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

CHANNELS = 3
BICUBIC = 3
USUAL_SIZE = 224


@dataclass(frozen=True)
class PixelSettings:
    """How a picture is made ready (the names are those of Hugging Face image processors).

    Attributes
    ----------
    shortest_edge : int
        Length the shorter side is brought to, keeping the proportions; 0 to bring the whole
        picture to ``size`` instead.
    size : tuple of int
        Height and width of what the encoder reads.
    resample : int
        Pillow's number for the interpolation.
    rescale : float
        What pixel values are multiplied with first.
    mean, std : tuple of float
        What is then subtracted from each channel, and what it is divided by.
    """

    shortest_edge: int
    size: tuple[int, int]
    resample: int = BICUBIC
    rescale: float = 1 / 255
    mean: tuple[float, ...] = (0.0,) * CHANNELS
    std: tuple[float, ...] = (1.0,) * CHANNELS

    @classmethod
    def from_json(cls, settings: dict[str, Any], graph_size: tuple[int, int]) -> PixelSettings:
        """Read a ``preprocessor_config.json``; the size the graph itself demands wins."""
        size = settings.get("size") or {}
        size = {"shortest_edge": size} if isinstance(size, int) else size
        crop = settings.get("crop_size") or {}
        crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
        does_crop = bool(settings.get("do_center_crop")) and bool(crop)
        edge = int(size.get("shortest_edge", 0))
        whole = (edge, edge) if edge else (size.get("height", 0), size.get("width", 0))
        target = (crop["height"], crop["width"]) if does_crop else whole
        target = graph_size if all(graph_size) else target
        does_normalize = settings.get("do_normalize", True)
        return cls(
            shortest_edge=edge if settings.get("do_resize", True) else 0,
            size=target if all(target) else (USUAL_SIZE, USUAL_SIZE),
            resample=int(settings.get("resample", BICUBIC)),
            rescale=float(settings.get("rescale_factor", 1 / 255))
            if settings.get("do_rescale", True)
            else 1.0,
            mean=_channels(settings.get("image_mean"), 0.0) if does_normalize else cls.mean,
            std=_channels(settings.get("image_std"), 1.0) if does_normalize else cls.std,
        )


def _channels(value: Any, default: float) -> tuple[float, ...]:
    if isinstance(value, (int, float)):
        return (float(value),) * CHANNELS
    return tuple(map(float, value)) if value else (default,) * CHANNELS


def pixels_of(image: Image, settings: PixelSettings) -> NDArray[np.float32]:
    """Return a picture as the encoder reads it, shape (3, height, width), float32."""
    from PIL.Image import Resampling

    height, width = settings.size
    resample = Resampling(settings.resample)
    image = image.convert("RGB")
    if settings.shortest_edge:
        image = image.resize(_scaled(image.size, settings.shortest_edge), resample)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        image = image.crop((left, top, left + width, top + height))
    elif image.size != (width, height):
        image = image.resize((width, height), resample)
    numbers = np.asarray(image, dtype=np.float32) * np.float32(settings.rescale)
    numbers -= np.array(settings.mean, dtype=np.float32)
    numbers /= np.array(settings.std, dtype=np.float32)
    return np.ascontiguousarray(numbers.transpose(2, 0, 1))


def _scaled(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """Return width and height with the shorter one at ``edge``, the longer one rounded down."""
    width, height = size
    if width <= height:
        return edge, max(edge, edge * height // width)
    return max(edge, edge * width // height), edge
