"""The encoders that are loaded, one copy per process, shared by jobs and queries."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from embedding_lab.encoders.engine_start import (
    collector_paused,
    preload_libraries,
    set_environment,
)
from embedding_lab.encoders.record import ONNX
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.encoders.record import EncoderRecord

# One to embed with and one to search with; more would only hold memory.
MOST_LOADED = 2

_lock = threading.Lock()
_loaded: dict[tuple[object, ...], Encoder] = {}


def load(record: EncoderRecord, log: Callable[[str], None] | None = None) -> Encoder:
    """Return the loaded encoder, loading it first if need be.

    Parameters
    ----------
    record : EncoderRecord
        Which encoder.
    log : callable, optional
        Told before each long step; may raise to stop between them.

    Raises
    ------
    EncoderError
        If its files cannot be loaded.
    """
    say = log or (lambda _: None)
    with _lock:
        key = _key(record)
        encoder = _loaded.pop(key, None)
        if encoder is None:
            encoder = _load(record, say)
            while len(_loaded) >= MOST_LOADED:
                _loaded.pop(next(iter(_loaded)))
        # Last in the dictionary is last used.
        _loaded[key] = encoder
        return encoder


def is_loaded(record: EncoderRecord) -> bool:
    """Whether :func:`load` would return at once."""
    return _key(record) in _loaded


def unload_all() -> None:
    """Forget every loaded encoder; its memory is free when nobody uses it any more."""
    with _lock:
        _loaded.clear()


def _load(record: EncoderRecord, say: Callable[[str], None]) -> Encoder:
    if record.kind == ONNX:
        say(f"Loading {record.name}…")
        return _load_onnx(record, say)
    with collector_paused():
        set_environment()
        if "sentence_transformers" not in sys.modules:
            say("Loading engine…")
            preload_libraries()
        from embedding_lab.encoders.torch_image_text import ImageTextEncoder
        from embedding_lab.encoders.torch_text import TextEncoder

        say(f"Loading {record.name}…")
        takes_pictures = Modality.IMAGE in record.modalities
        return ImageTextEncoder(record) if takes_pictures else TextEncoder(record)


def _load_onnx(record: EncoderRecord, say: Callable[[str], None]) -> Encoder:
    from embedding_lab.encoders.onnx_image import OnnxImageEncoder
    from embedding_lab.encoders.onnx_text import OnnxTextEncoder

    if Modality.IMAGE not in record.modalities:
        return OnnxTextEncoder(record)
    partner = record.text_encoder
    return OnnxImageEncoder(record, _load(partner, say) if partner else None)


def _key(record: EncoderRecord) -> tuple[object, ...]:
    prompts = tuple(sorted(record.prompts.items()))
    choices = (record.pooling, record.max_length, record.default_prompt_name, prompts)
    return (record.folder, record.fingerprint, record.trusted_code, record.name, *choices)
