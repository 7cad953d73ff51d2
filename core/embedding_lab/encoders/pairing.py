"""Making one encoder of texts and pictures out of two that share a space."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord


def with_text_encoder(pictures: EncoderRecord, texts: EncoderRecord) -> EncoderRecord:
    """Return an encoder that reads pictures with one encoder and texts with another.

    Whether the two were made for each other cannot be seen from their files: that their vectors
    are of one length is all that can be checked.

    Raises
    ------
    EncoderError
        If one of them is of another kind, or their vectors differ in length.
    """
    if pictures.kind != ONNX or pictures.modalities != (Modality.IMAGE.value,):
        raise EncoderError(
            f"The encoder {pictures.name} is no ONNX encoder of pictures, so it takes no encoder "
            "of texts beside it.",
            hint="Leave the encoder of texts out.",
        )
    if Modality.TEXT not in texts.modalities:
        raise EncoderError(f"The encoder {texts.name} does not read texts.")
    if pictures.dimension != texts.dimension:
        raise EncoderError(
            f"The encoder {pictures.name} makes vectors of {pictures.dimension:,} numbers and "
            f"{texts.name} of {texts.dimension:,}, so they share no space.",
            hint="Choose the encoder of texts that the encoder of pictures was made for.",
        )
    both = hashlib.sha256(f"{pictures.fingerprint} {texts.fingerprint}".encode()).hexdigest()
    return replace(
        pictures,
        modalities=(Modality.TEXT.value, Modality.IMAGE.value),
        max_length=texts.max_length,
        prompts=texts.prompts | pictures.prompts,
        default_prompt_name=texts.default_prompt_name,
        languages=texts.languages,
        fingerprint=both,
        text_encoder=texts,
    )
