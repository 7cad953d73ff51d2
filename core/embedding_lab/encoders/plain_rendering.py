"""Prompts around texts for encoders without a chat form: a system text before, a suffix behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.embedding_prompts.chat_format import BY_ARCHITECTURE, PLAIN
from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.storage import read_json
from embedding_lab.types import Engine

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
    from embedding_lab.encoders.record import EncoderRecord


def record_that_renders(record: EncoderRecord, rendering: Rendering) -> EncoderRecord:
    """Return a prepared encoder on its usual engine, or on the full one where only that can do it.

    The fast engine puts texts around texts. Chat forms, layers and poolings need the full one.

    Raises
    ------
    EncoderError
        If only the full engine can do it and the encoder has none.
    """
    if record.kind == ONNX and not is_plain(rendering):
        raise _fast_engine_error(record)
    needs_full = has_chat_form(Path(record.folder)) or not is_plain(rendering)
    if record.kind == ONNX or record.engine == Engine.TORCH or not needs_full:
        return record
    return replace(record, engine=Engine.TORCH.value)


def has_chat_form(folder: Path) -> bool:
    """Whether the files of an encoder hold a chat template, or name a model with a chat form."""
    if (folder / "chat_template.jinja").exists():
        return True
    for file, key in (
        ("tokenizer_config.json", "chat_template"),
        ("chat_template.json", "chat_template"),
    ):
        if (folder / file).exists() and read_json(folder / file).get(key):
            return True
    config = folder / "config.json"
    return config.exists() and read_json(config).get("model_type") in BY_ARCHITECTURE


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
        raise _fast_engine_error(encoder.record)
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


def _fast_engine_error(record: EncoderRecord) -> EncoderError:
    return EncoderError(
        f"Layer and pooling of {record.name} cannot be chosen on the fast engine.",
        hint="Leave them out, or use the encoder on the full engine.",
    )


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
