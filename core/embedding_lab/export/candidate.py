"""One smaller file as an encoder's folder of its own, ready to be added."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.onnx_settings import (
    PROOF_NAME,
    SETTINGS_NAME,
    OnnxSettings,
    read_onnx_settings,
)
from embedding_lab.encoders.prepared import prepared_files
from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.export.example_script import EXAMPLE_NAME, example_script
from embedding_lab.storage import write_json
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

FILE_NAME = "model.onnx"
WRITTEN_ANEW = {SETTINGS_NAME, PROOF_NAME, EXAMPLE_NAME}
WEIGHTS = re.compile(r"\.(onnx\b.*|safetensors|bin|pt|data)$")


def onnx_source(record: EncoderRecord) -> EncoderRecord:
    """Return the ONNX files of an encoder: its own, or those it was prepared with.

    Raises
    ------
    EncoderError
        If it has none, or reads no texts.
    """
    source = record if record.kind == ONNX else prepared_files(record)
    if source is None:
        raise EncoderError(
            f"The encoder {record.name} has no ONNX file that could be made smaller.",
            hint=f"Prepare it first: `embedding-lab encoder prepare {record.name}`.",
        )
    if Modality.TEXT not in source.modalities or source.text_encoder is not None:
        raise EncoderError(
            f"Only encoders of texts alone are made smaller; {record.name} takes "
            f"{' and '.join(source.modalities)}.",
            hint="Its files keep their full precision.",
        )
    return source


def new_candidate(source: EncoderRecord, folder: Path) -> Path:
    """Make the folder of a candidate with all that goes beside its file; return that's path."""
    files = EncoderFolder(Path(source.folder)).files
    for name, _ in files:
        if name not in WRITTEN_ANEW and not WEIGHTS.search(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(source.folder) / name, folder / name)
    return folder / FILE_NAME


def finish_candidate(
    source: EncoderRecord, folder: Path, recipe: str, name: str, facts: dict[str, Any]
) -> EncoderRecord:
    """Write a candidate's settings beside its finished file, and return its record."""
    dimension = int(facts.get("dimension") or source.dimension)
    settings = read_onnx_settings(Path(source.folder)) or OnnxSettings(
        source.name,
        source.fingerprint,
        dimension,
        max_length=source.max_length,
        pooling=source.pooling,
        prompts=source.prompts,
        default_prompt_name=source.default_prompt_name,
        similarity=source.similarity,
        licence=source.licence,
        languages=source.languages,
    )
    settings = replace(settings, text_file=FILE_NAME, precision=recipe, dimension=dimension)
    write_json(folder / SETTINGS_NAME, settings.to_record())
    (folder / EXAMPLE_NAME).write_text(example_script(settings), encoding="utf-8")
    found = describe_folder(folder, name)
    return replace(found, pooling=source.pooling) if found.pooling else found
