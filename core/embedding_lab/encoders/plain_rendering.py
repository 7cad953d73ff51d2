"""Prompts around texts for encoders without a chat form: a system text before, a suffix behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedding_lab.embedding_prompts.chat_format import PLAIN
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.contracts import Turn
    from embedding_lab.encoders.contract import (
        EncodeOptions,
        Encoder,
        Input,
        Picture,
        Prepared,
        Rendering,
        TokenizedText,
    )


def is_plain(rendering: Rendering) -> bool:
    """Whether nothing but the text is asked for, which every encoder can do."""
    return not rendering.pooling and rendering.layer == -1


def prepare_plain(
    encoder: Encoder, inputs: Sequence[Input], options: EncodeOptions
) -> Sequence[Prepared]:
    """Return texts with the prompt around them, as tokens; pictures stay as they are.

    A text that is too long is shortened before the suffix is put behind it.

    Raises
    ------
    EncoderError
        If a layer or a pooling is asked for, or the prompt alone is too long.
    """
    rendering = options.rendering
    assert rendering is not None
    if not is_plain(rendering):
        raise EncoderError(
            f"Layer and pooling of {encoder.record.name} cannot be chosen on the fast engine.",
            hint="Leave them out, or use the encoder on the full engine.",
        )
    bare = replace(options, rendering=None)
    texts = [item for item in inputs if isinstance(item, str)]
    if len(texts) < len(inputs):
        pictures: list[Picture] = [item for item in inputs if not isinstance(item, str)]
        return encoder.prepare_pictures(pictures, bare)
    found = encoder.tokenize([PLAIN.render(rendering.turn, text).text for text in texts], bare)
    if not rendering.turn.suffix:
        return found
    return [
        _shortened(encoder, text, rendering.turn, bare) if item.is_truncated else item
        for text, item in zip(texts, found, strict=True)
    ]


def _shortened(encoder: Encoder, text: str, turn: Turn, options: EncodeOptions) -> TokenizedText:
    """Return the longest beginning of a text that fits together with its prompt."""

    def tokenized(n_characters: int) -> TokenizedText:
        whole = PLAIN.render(turn, text[:n_characters]).text
        return encoder.tokenize([whole], options)[0]

    fits, too_long = 0, len(text)
    best = tokenized(0)
    if best.is_truncated:
        raise EncoderError(
            f"The prompt alone is longer than the {encoder.max_length:,} tokens that "
            f"{encoder.record.name} takes.",
            hint="Shorten it.",
        )
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        item = tokenized(middle)
        if item.is_truncated:
            too_long = middle
        else:
            fits, best = middle, item
    return replace(best, is_truncated=True)
