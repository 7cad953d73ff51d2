"""Encoders prepared for the fast engine: proven ONNX files that stand in for the full engine.

They lie outside any workspace, named by what decides their vectors, so an encoder is prepared once
for all workspaces, and one whose files or choices change is simply not prepared any more.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab import paths
from embedding_lab.encoders.onnx_settings import PROOF_NAME, SETTINGS_NAME, read_onnx_settings
from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError, LabError, UsageError
from embedding_lab.storage import read_json
from embedding_lab.types import Engine, Modality, Precision

if TYPE_CHECKING:
    from embedding_lab.encoders.onnx_settings import OnnxSettings
    from embedding_lab.encoders.record import EncoderRecord

# Raise it when files of older exports should not be used any more.
RECIPE = 1


def prepared_name(record: EncoderRecord) -> str:
    """Return the folder name of an encoder's prepared files."""
    parts = [RECIPE, record.fingerprint, record.pooling, record.max_length]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def find_prepared(record: EncoderRecord) -> Path | None:
    """Return the folder of an encoder's prepared files, if there are any that passed."""
    if record.kind == ONNX:
        return None
    for parent in paths.prepared_folders():
        folder = parent / prepared_name(record)
        if (folder / SETTINGS_NAME).is_file() and proof_of(folder).get("passed"):
            return folder
    return None


def proof_of(folder: Path) -> dict[str, Any]:
    """Return the proof that lies beside an exported encoder; empty if there is none."""
    with suppress(LabError):
        value = read_json(folder / PROOF_NAME)
        if isinstance(value, dict):
            return value
    return {}


def as_prepared(record: EncoderRecord) -> EncoderRecord:
    """Return an encoder on the fast engine if it has been prepared, else as it is."""
    folder = find_prepared(record)
    if folder is None:
        return record
    return replace(record, engine=Engine.ONNX.value, prepared=str(folder))


def on_engine(record: EncoderRecord, engine: str, precision: Precision) -> EncoderRecord:
    """Return an encoder on the engine asked for; empty for its usual one.

    Raises
    ------
    UsageError
        If it cannot run there, or not in this precision.
    """
    usual = record.engine
    if precision is not Precision.FP32 and record.kind != ONNX and not engine:
        usual = Engine.TORCH.value
    wanted = engine or usual
    if wanted not in set(Engine):
        raise UsageError(f"There is no engine {wanted}.", hint=f"Choose {' or '.join(Engine)}.")
    if wanted == Engine.ONNX and precision is not Precision.FP32:
        raise UsageError(
            f"The fast engine computes in {Precision.FP32}, not in {precision}.",
            hint="Use the precision fp32, or the engine torch.",
        )
    if wanted == record.engine:
        return record
    if record.kind == ONNX:
        raise UsageError(
            f"The encoder {record.name} is an ONNX file, which only the fast engine computes.",
            hint="Leave the engine out.",
        )
    if wanted == Engine.TORCH:
        return replace(record, engine=wanted)
    raise UsageError(
        f"The encoder {record.name} has not been prepared for the fast engine.",
        hint=f"Prepare it: `embedding-lab encoder prepare {record.name}`.",
    )


def prepared_files(record: EncoderRecord) -> EncoderRecord | None:
    """Return the ONNX encoder that stands in for a prepared one; ``None`` on the full engine."""
    if record.engine != Engine.ONNX or not record.prepared:
        return None
    folder = Path(record.prepared)
    settings = read_onnx_settings(folder)
    if settings is None:
        raise EncoderError(
            f"The prepared files of {record.name} in {folder} are gone.",
            hint="Prepare the encoder again.",
        )
    stand_in = replace(record, kind=ONNX, folder=str(folder), text_encoder=None)
    return _towers(stand_in, settings)


def _towers(record: EncoderRecord, settings: OnnxSettings) -> EncoderRecord:
    texts = replace(record, model_file=settings.text_file)
    if not settings.picture_file:
        return texts
    pictures = replace(record, model_file=settings.picture_file)
    if not settings.text_file:
        return pictures
    return replace(pictures, text_encoder=replace(texts, modalities=(Modality.TEXT.value,)))
