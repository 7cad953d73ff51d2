"""Making inputs of any modality ready for an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, Input, Picture, Prepared


def prepare(
    encoder: Encoder, inputs: Sequence[Input], options: EncodeOptions
) -> Sequence[Prepared]:
    """Return texts as tokens, or pictures as what the encoder reads, as the options say."""
    if options.rendering is not None:
        return encoder.prepare_rendered(inputs, options)
    if options.modality is Modality.TEXT:
        return encoder.tokenize(cast("Sequence[str]", inputs), options)
    return encoder.prepare_pictures(cast("Sequence[Picture]", inputs), options)
