"""Making inputs of any modality ready for an encoder, and the short way for a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, Input, Picture, Prepared

INTERACTIVE_BATCH = 16


def prepare(
    encoder: Encoder, inputs: Sequence[Input], options: EncodeOptions
) -> Sequence[Prepared]:
    """Return texts as tokens, or pictures as what the encoder reads, as the options say."""
    if options.rendering is not None:
        return encoder.prepare_rendered(inputs, options)
    if options.modality is Modality.TEXT:
        return encoder.tokenize(cast("Sequence[str]", inputs), options)
    return encoder.prepare_pictures(cast("Sequence[Picture]", inputs), options)


def encode_now(
    encoder: Encoder, inputs: Sequence[Input], options: EncodeOptions
) -> NDArray[np.float32]:
    """Return the vectors of a few inputs somebody waits for, shape (n, d), float32."""
    parts = [
        encoder.forward(
            prepare(encoder, inputs[first : first + INTERACTIVE_BATCH], options),
            options,
            is_interactive=True,
        )
        for first in range(0, len(inputs), INTERACTIVE_BATCH)
    ]
    return np.concatenate([np.zeros((0, encoder.dimension), dtype=np.float32), *parts])
