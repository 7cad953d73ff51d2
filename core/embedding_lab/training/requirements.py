"""What an encoder must be, to be trained on the rows of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.training.rows import RowSource
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus


def require_trainable(record: EncoderRecord) -> None:
    """Raise an :class:`EncoderError` if an encoder cannot be trained; says why."""
    if record.kind == ONNX:
        raise EncoderError(
            f"The encoder {record.name} is an ONNX file, whose weights cannot be trained.",
            hint="Train the encoder it was made from, and export that.",
        )
    if record.code_digest:
        raise EncoderError(
            f"The encoder {record.name} runs program code of its own, and cannot be trained here.",
            hint="Choose an encoder of an architecture that the libraries know.",
        )


def require_takes(record: EncoderRecord, corpus: Corpus, source: RowSource) -> None:
    """Raise an :class:`EncoderError` if an encoder does not take what a corpus's rows hold."""
    missing = _modalities(corpus, source) - set(record.modalities)
    if Modality.IMAGE in missing:
        raise EncoderError(
            f"The encoder {record.name} takes no pictures.",
            hint="Choose an image-text encoder such as CLIP or SigLIP.",
        )
    if missing:
        raise EncoderError(
            f"The encoder {record.name} takes no texts.", hint="Choose one that does."
        )


def _modalities(corpus: Corpus, source: RowSource) -> set[Modality]:
    if source is RowSource.CAPTIONS:
        return {Modality.TEXT, Modality.IMAGE}
    is_of_pictures = source is RowSource.CLASSES and corpus.n_pictures and not corpus.has_texts
    return {Modality.IMAGE if is_of_pictures else Modality.TEXT}
