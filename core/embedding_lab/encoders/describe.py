"""Describing an encoder's folder without loading it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from embedding_lab.encoders.checkpoint import count_parameters, read_header
from embedding_lab.encoders.consent import digest_of_code, with_consent
from embedding_lab.encoders.describe_onnx import (
    describe_exported,
    describe_onnx,
    find_onnx_file,
)
from embedding_lab.encoders.fingerprint import digest_files
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.folder_facts import (
    dimension_of,
    max_length_of,
    modalities_of,
    pooling_of,
)
from embedding_lab.encoders.folder_requirements import require_encoder
from embedding_lab.encoders.model_card import read_model_card
from embedding_lab.encoders.onnx_settings import read_onnx_settings
from embedding_lab.encoders.own_code import needs_code, own_code_files, program_files
from embedding_lab.encoders.record import TRANSFORMERS, EncoderRecord
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from pathlib import Path


def describe_folder(folder: Path, name: str = "") -> EncoderRecord:
    """Return what a folder says of the encoder in it, after checking that it can be opened.

    Parameters
    ----------
    folder : Path
        A sentence-transformers or Hugging Face folder, an ONNX file, or the folder of one.
    name : str, optional
        What to call it; the folder's own name without one.

    Raises
    ------
    EncoderError
        If it is no encoder, is damaged or incomplete, or needs something this version refuses.
    """
    path = folder.expanduser().absolute()
    exported = read_onnx_settings(path)
    if exported is not None:
        return describe_exported(path, exported, name)
    onnx_file = find_onnx_file(path)
    if onnx_file is not None:
        return describe_onnx(onnx_file, name)
    source = EncoderFolder(path)
    require_encoder(source)
    tensors = [tensor for file in source.weights() for tensor in read_header(file)]
    card = read_model_card(path)
    prompts = {str(k): str(v) for k, v in (source.library_config.get("prompts") or {}).items()}
    code = program_files(source)
    record = EncoderRecord(
        id=slug(name or path.name),
        name=name or path.name,
        folder=str(path),
        kind=source.kind,
        dimension=dimension_of(source, tensors),
        max_length=max_length_of(source),
        pooling=pooling_of(source),
        is_normalized=any(module.class_name == "Normalize" for module in source.modules),
        fingerprint=digest_files(path, [*source.decisive_files(), *code]),
        similarity=source.library_config.get("similarity_fn_name") or "cosine",
        prompts=prompts,
        default_prompt_name=source.library_config.get("default_prompt_name") or "",
        licence=card.licence,
        n_bytes=sum(size for _, size in source.files),
        files=source.files,
        n_parameters=count_parameters(tensors),
        languages=card.languages,
        origin="folder",
        added=time.time(),
        warnings=tuple(_warnings(source)),
        modalities=modalities_of(source),
        code_files=tuple((name, size) for name, size in source.files if name in code),
        code_digest=digest_of_code(source),
    )
    return with_consent(record, "")


def _warnings(source: EncoderFolder) -> list[str]:
    found = []
    unused = own_code_files(source)
    if unused and not needs_code(source):
        found.append(
            f"The folder names program code of its own ({', '.join(unused)}); it is not used."
        )
    if source.kind == TRANSFORMERS and pooling_of(source):
        found.append(
            f"The folder does not say how tokens are pooled; {pooling_of(source)} is assumed."
        )
        heads = [str(name) for name in source.config.get("architectures") or []]
        if any("Classification" in name for name in heads):
            found.append("It was made for classification; as an encoder it may be poor.")
    return found
