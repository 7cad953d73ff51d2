"""Fingerprints: what decides an encoder's vectors, as one short name."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.two_sided import rendering_of
from embedding_lab.types import Modality, Precision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace

# What is encoded of a row.
COLUMNS = {
    Modality.TEXT.value: "title text",
    Modality.IMAGE.value: "image",
    Modality.IMAGE_TEXT.value: "image title text",
}


def digest_files(folder: Path, names: Iterable[str]) -> str:
    """Return the SHA-256 over names and contents of files in ``folder``."""
    whole = hashlib.sha256()
    for name in sorted(names):
        with (folder / name).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def fingerprint(
    record: EncoderRecord,
    *,
    prompt: str = "",
    precision: str = Precision.FP32,
    engine: str = "",
    modality: str = Modality.TEXT,
    rendering: Mapping[str, Any] | None = None,
) -> str:
    """Return the name of everything that decides a text's vector.

    Parameters
    ----------
    record : EncoderRecord
        Its files, pooling and maximum length count; its name, folder and other prompts do not.
    prompt : str
        The literal prompt.
    precision, engine : str
        What computes the vectors, and in which number format; the encoder's own engine if empty.
    modality : str
        What is encoded of a row: its title and text, its picture, or all of them.
    rendering : mapping, optional
        What stands around the text, as a JSON object.
    """
    parts: dict[str, Any] = {
        "files": record.fingerprint,
        "pooling": record.pooling,
        "max_length": record.max_length,
        "prompt": prompt,
        "normalization": "l2",
        "precision": str(precision),
        "engine": engine or record.engine,
        "columns": COLUMNS[str(modality)],
    }
    if rendering is not None:
        parts["rendering"] = dict(rendering)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def vector_set_key(corpus_id: str, of_fingerprint: str) -> str:
    """Return the folder name of the vectors of one corpus under one fingerprint."""
    return hashlib.sha256(f"{corpus_id}\0{of_fingerprint}".encode()).hexdigest()[:24]


def is_current(vector_set: VectorSet, record: EncoderRecord) -> bool:
    """Whether the vectors are this encoder's as its files are now."""
    meta = vector_set.meta
    two_sided = rendering_of(meta)
    return meta.fingerprint == fingerprint(
        record,
        prompt=meta.prompt,
        precision=meta.precision,
        engine=meta.engine,
        modality=meta.modality,
        rendering=two_sided.decisive if two_sided else None,
    )


def current_vector_sets(
    workspace: Workspace, corpus: Corpus, record: EncoderRecord
) -> list[VectorSet]:
    """Return the vectors of a corpus that an encoder would still make, the newest first.

    Of each modality and each embedding prompt those that hold the most rows.
    """
    kinds = {
        (item.meta.modality, item.meta.embedding_prompt)
        for item in workspace.vector_sets(corpus)
        if item.meta.encoder_id == record.id
    }
    found = [
        find_vector_set(
            workspace, corpus, record, modality=modality, embedding_prompt=embedding_prompt
        )
        for modality, embedding_prompt in kinds
    ]
    there = [item for item in found if item is not None]
    return sorted(there, key=lambda item: item.meta.created, reverse=True)


def find_vector_set(
    workspace: Workspace,
    corpus: Corpus,
    record: EncoderRecord | None = None,
    *,
    prompt: str | None = None,
    modality: str = "",
    embedding_prompt: str | None = None,
) -> VectorSet | None:
    """Return the vector set of a corpus that holds the most rows, the newest of equals.

    Parameters
    ----------
    workspace : Workspace
        Where to look.
    corpus : Corpus
        Whose vectors.
    record : EncoderRecord, optional
        Only vectors that this encoder would still make.
    prompt : str, optional
        Only vectors made with this literal document prompt.
    modality : str, optional
        Only vectors of texts, of pictures, or of both together.
    embedding_prompt : str, optional
        Only vectors made with the embedding prompt of this name; empty for those without one.
    """
    fitting = [
        item
        for item in workspace.vector_sets(corpus)
        if (record is None or is_current(item, record))
        and (prompt is None or item.meta.prompt == prompt)
        and modality in {"", item.meta.modality}
        and embedding_prompt in {None, item.meta.embedding_prompt}
        and item.n_rows > 0
    ]
    return max(fitting, key=lambda item: (item.n_rows, item.meta.created), default=None)
