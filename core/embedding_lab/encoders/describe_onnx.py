"""Describing an ONNX encoder: what its graph tells, and what the files beside it add."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedding_lab.encoders.fingerprint import digest_files
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.folder_facts import max_length_of, pooling_of
from embedding_lab.encoders.folder_requirements import PICKLE_SUFFIXES
from embedding_lab.encoders.model_card import read_model_card
from embedding_lab.encoders.onnx_image import SETTINGS_FILE
from embedding_lab.encoders.onnx_session import (
    OnnxGraph,
    is_batch_sensitive,
    open_session,
    read_graph,
)
from embedding_lab.encoders.onnx_settings import (
    PROOF_NAME,
    SETTINGS_NAME,
    OnnxSettings,
    read_onnx_settings,
)
from embedding_lab.encoders.pairing import with_text_encoder
from embedding_lab.encoders.record import ONNX, EncoderRecord
from embedding_lab.errors import EncoderError
from embedding_lab.types import Engine, Modality
from embedding_lab.workspace.workspace import slug

SUFFIX = ".onnx"
USUAL_FILES = ("model.onnx", "onnx/model.onnx")
# Files that stand beside an ONNX file or above its folder.
COMPANIONS = ("tokenizer.json", SETTINGS_FILE, "config.json")
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX file and the folder its tokenizer and settings lie in.

    ``is_chosen`` tells whether the file itself was named rather than its folder.
    """

    folder: Path
    name: str
    is_chosen: bool = False

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.folder / self.name


def find_onnx_file(path: Path) -> OnnxFile | None:
    """Return the ONNX file that ``path`` stands for; ``None`` if it is another kind of encoder.

    A folder with safetensors weights is opened by those; naming the ONNX file itself in it opens
    that instead.

    Raises
    ------
    EncoderError
        If the folder holds several ONNX files and none is the usual one.
    """
    if path.is_file() and path.suffix == SUFFIX:
        beside = [folder for folder in (path.parent, path.parent.parent) if _has_companion(folder)]
        folder = beside[0] if beside else path.parent
        return OnnxFile(folder, path.relative_to(folder).as_posix(), is_chosen=True)
    if not path.is_dir():
        return None
    names = EncoderFolder(path).names
    has_weights = any(Path(name).suffix in PICKLE_SUFFIXES | {".safetensors"} for name in names)
    if has_weights and {"config.json", "modules.json"} & names:
        return None
    found = sorted(name for name in names if name.endswith(SUFFIX))
    usual = [name for name in USUAL_FILES if name in found] or found
    if not usual:
        return None
    if len(usual) > 1 and usual == found:
        raise EncoderError(
            f"The folder {path} holds several ONNX files: {', '.join(found[:8])}.",
            hint="Choose one of the files instead of the folder.",
        )
    return OnnxFile(path, usual[0])


def _has_companion(folder: Path) -> bool:
    return any((folder / name).is_file() for name in COMPANIONS)


def describe_onnx(file: OnnxFile, name: str = "") -> EncoderRecord:
    """Return what an ONNX encoder says of itself, after loading it once.

    Raises
    ------
    EncoderError
        If it is damaged, no encoder, or lacks its tokenizer or picture settings.
    """
    graph = read_graph(open_session(file.path), file.path)
    source = EncoderFolder(file.folder)
    settings = read_onnx_settings(file.folder)
    companion = SETTINGS_FILE if graph.takes_pictures else TOKENIZER
    if companion not in source.names:
        raise EncoderError(
            f"There is no {companion} beside the ONNX file {file.path}.",
            hint="Put the file that came with the encoder into the same folder.",
        )
    if not graph.dimension:
        raise EncoderError(
            f"The ONNX file {file.path} does not say how long its vectors are.",
            hint="Export it with the last dimension of its output fixed.",
        )
    title = name or (file.path.stem if file.is_chosen else file.folder.name)
    card = read_model_card(file.folder)
    files = tuple((item, size) for item, size in source.files if _belongs(item, file.name))
    library = source.library_config
    record = EncoderRecord(
        id=slug(title),
        name=title,
        folder=str(file.folder),
        kind=ONNX,
        dimension=graph.dimension,
        is_normalized=False,
        fingerprint=digest_files(file.folder, [item for item, _ in files if _decides(item)]),
        similarity=library.get("similarity_fn_name") or "cosine",
        prompts={str(key): str(text) for key, text in (library.get("prompts") or {}).items()},
        default_prompt_name=library.get("default_prompt_name") or "",
        licence=card.licence,
        n_bytes=sum(size for _, size in files),
        files=files,
        languages=card.languages,
        origin="folder",
        added=time.time(),
        warnings=tuple(_warnings(source, graph, file)),
        engine=Engine.ONNX.value,
        model_file=file.name,
        **_reading(source, graph),
    )
    return record if settings is None else _as_exported(record, settings)


def describe_exported(folder: Path, settings: OnnxSettings, name: str = "") -> EncoderRecord:
    """Return what an exported encoder's folder says of itself, both towers where it has two."""
    title = name or folder.name
    files = (settings.picture_file, settings.text_file)
    parts = [describe_onnx(OnnxFile(folder, file), title) for file in files if file]
    if not parts:
        raise EncoderError(
            f"The file {folder / SETTINGS_NAME} names no ONNX file.",
            hint="Export the encoder again.",
        )
    return with_text_encoder(parts[0], parts[1]) if len(parts) > 1 else parts[0]


def _as_exported(record: EncoderRecord, settings: OnnxSettings) -> EncoderRecord:
    is_text = Modality.TEXT in record.modalities
    return replace(
        record,
        max_length=settings.max_length if is_text else 0,
        similarity=settings.similarity,
        prompts=settings.prompts if is_text else {},
        default_prompt_name=settings.default_prompt_name if is_text else "",
        is_normalized=settings.normalization == "l2",
        licence=settings.licence,
        languages=settings.languages,
    )


def _reading(source: EncoderFolder, graph: OnnxGraph) -> dict[str, Any]:
    """Return what the encoder takes, how much of it, and how tokens are pooled."""
    if graph.takes_pictures:
        return {"modalities": (Modality.IMAGE.value,), "max_length": 0, "pooling": ""}
    return {
        "modalities": (Modality.TEXT.value,),
        "max_length": max_length_of(source),
        "pooling": pooling_of(source) if graph.has_token_vectors else "",
    }


def _belongs(name: str, model_file: str) -> bool:
    """Whether a file is part of this encoder: other ONNX files and their data are not."""
    is_weights = ".onnx" in name or Path(name).suffix in {".safetensors", ".data"}
    return not is_weights or name.startswith(model_file)


def _decides(name: str) -> bool:
    if name == PROOF_NAME:
        return False
    return ".onnx" in name or Path(name).suffix in {".json", ".txt", ".model"}


def _warnings(source: EncoderFolder, graph: OnnxGraph, file: OnnxFile) -> list[str]:
    found = []
    if graph.has_token_vectors and not any(m.class_name == "Pooling" for m in source.modules):
        found.append(
            f"The file does not say how tokens are pooled; {pooling_of(source)} is assumed."
        )
    if any(module.class_name == "Dense" for module in source.modules) and graph.has_token_vectors:
        found.append(
            "Its folder has a dense layer behind the pooling, which this file leaves out; its "
            "vectors are not those of the whole encoder."
        )
    if is_batch_sensitive(file.path):
        found.append(
            "Its numbers are rounded to the largest of a batch, so every row is computed alone: "
            "then its vector is always the same."
        )
    return found
