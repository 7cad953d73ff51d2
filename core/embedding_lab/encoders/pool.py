"""The encoders that are loaded, one copy per process, shared by jobs and queries."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.backends import resident_bytes
from embedding_lab.encoders.engine_start import (
    collector_paused,
    preload_libraries,
    set_environment,
)
from embedding_lab.encoders.prepared import prepared_files
from embedding_lab.encoders.record import ONNX
from embedding_lab.settings import load_settings
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.encoders.contract import Encoder
    from embedding_lab.encoders.encoder_base import BaseEncoder
    from embedding_lab.encoders.record import EncoderRecord

# One to embed with and one to search with; more would only hold memory.
MOST_LOADED = 2

# The full engine computes in single precision, whatever the weights are stored in.
BYTES_A_PARAMETER = 4
WEIGHTS = {".safetensors", ".onnx", ".onnx_data", ".data"}


@dataclass(frozen=True)
class LoadedEncoder:
    """One loaded encoder: its name, the bytes of its weights, and how long loading took."""

    name: str
    n_bytes: int
    seconds: float


@dataclass(frozen=True)
class _Entry:
    encoder: Encoder
    facts: LoadedEncoder


_lock = threading.Lock()
_loaded: dict[tuple[object, ...], _Entry] = {}


def load(record: EncoderRecord, log: Callable[[str], None] | None = None) -> Encoder:
    """Return the loaded encoder, loading it first if need be.

    Before that, those not used for longest are unloaded while the process holds more memory than
    the setting ``memory_limit_mb`` allows.

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
        entry = _loaded.pop(key, None)
        if entry is None:
            _keep_to_limit()
            started = time.perf_counter()
            encoder = _load(record, say)
            seconds = time.perf_counter() - started
            entry = _Entry(encoder, LoadedEncoder(record.name, weight_bytes(record), seconds))
            while len(_loaded) >= MOST_LOADED:
                _unload_oldest()
        # Last in the dictionary is last used.
        _loaded[key] = entry
        return entry.encoder


def load_alone(record: EncoderRecord, log: Callable[[str], None] | None = None) -> Encoder:
    """Return an encoder loaded for the caller alone, who is the only one to keep it."""
    return _load(record, log or (lambda _: None))


def is_loaded(record: EncoderRecord) -> bool:
    """Whether :func:`load` would return at once."""
    return _key(record) in _loaded


def loaded() -> list[LoadedEncoder]:
    """Return what is loaded, the one used last at the end."""
    return [entry.facts for entry in list(_loaded.values())]


def facts_of(record: EncoderRecord) -> LoadedEncoder | None:
    """Return what is known of a loaded encoder; ``None`` for one that is not loaded."""
    entry = _loaded.get(_key(record))
    return entry.facts if entry else None


def unload(record: EncoderRecord) -> bool:
    """Forget one encoder, and return whether it was loaded.

    Its memory is free when nobody uses it any more.
    """
    with _lock:
        was_loaded = _loaded.pop(_key(record), None) is not None
        _give_back()
        return was_loaded


def unload_all() -> None:
    """Forget every loaded encoder; its memory is free when nobody uses it any more."""
    with _lock:
        _loaded.clear()
        _give_back()


def weight_bytes(record: EncoderRecord) -> int:
    """Return how much memory an encoder's weights take when it is loaded."""
    if record.n_parameters and record.kind != ONNX:
        return record.n_parameters * BYTES_A_PARAMETER
    own = sum(size for name, size in record.files if Path(name).suffix in WEIGHTS)
    return own + (weight_bytes(record.text_encoder) if record.text_encoder else 0)


def _keep_to_limit() -> None:
    limit = load_settings().memory_limit_mb * 1_000_000
    while limit and _loaded and resident_bytes() > limit:
        _unload_oldest()


def _unload_oldest() -> None:
    _loaded.pop(next(iter(_loaded)))
    _give_back()


def _give_back() -> None:
    """Hand freed memory back to the system, which the C library may keep for later otherwise."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _load(record: EncoderRecord, say: Callable[[str], None]) -> Encoder:
    if record.kind == ONNX:
        say(f"Loading {record.name}…")
        return _load_onnx(record, say)
    files = prepared_files(record)
    if files is not None:
        say(f"Loading {record.name}…")
        encoder = _load_onnx(files, say)
        encoder.record = record
        return encoder
    load_full_engine(say)
    with collector_paused():
        from embedding_lab.encoders.torch_image_text import ImageTextEncoder
        from embedding_lab.encoders.torch_text import TextEncoder

        say(f"Loading {record.name}…")
        takes_pictures = Modality.IMAGE in record.modalities
        return ImageTextEncoder(record) if takes_pictures else TextEncoder(record)


def load_full_engine(say: Callable[[str], None]) -> None:
    """Import the full engine's libraries so that other threads hardly notice; ``say`` is told."""
    with collector_paused():
        set_environment()
        if "sentence_transformers" not in sys.modules:
            say("Loading engine…")
            preload_libraries()
        import sentence_transformers  # noqa: F401


def _load_onnx(record: EncoderRecord, say: Callable[[str], None]) -> BaseEncoder:
    from embedding_lab.encoders.onnx_image import OnnxImageEncoder
    from embedding_lab.encoders.onnx_text import OnnxTextEncoder

    if Modality.IMAGE not in record.modalities:
        return OnnxTextEncoder(record)
    partner = record.text_encoder
    return OnnxImageEncoder(record, _load(partner, say) if partner else None)


def _key(record: EncoderRecord) -> tuple[object, ...]:
    prompts = tuple(sorted(record.prompts.items()))
    choices = (record.pooling, record.max_length, record.default_prompt_name, prompts)
    files = (record.folder, record.fingerprint, record.trusted_code, record.engine)
    return (*files, record.name, *choices)
