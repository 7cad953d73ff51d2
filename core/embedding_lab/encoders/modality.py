"""Choosing what is encoded of a corpus's rows: texts, pictures, or both together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus


def modalities_for(corpus: Corpus, record: EncoderRecord) -> list[Modality]:
    """Return what an encoder can encode of a corpus's rows, the most natural first."""
    has_texts = corpus.n_empty < corpus.n_rows or corpus.n_pictures == 0
    offered = {
        Modality.IMAGE: corpus.n_pictures > 0,
        Modality.TEXT: has_texts,
        Modality.IMAGE_TEXT: corpus.n_pictures > 0 and has_texts,
    }
    return [item for item, is_there in offered.items() if is_there and item in record.modalities]


def choose_modality(corpus: Corpus, record: EncoderRecord, wanted: str = "") -> Modality:
    """Return what to encode: what is wanted, or the most natural.

    Raises
    ------
    UsageError
        If the corpus does not have it or the encoder does not take it.
    """
    if wanted and wanted not in set(Modality):
        raise UsageError(
            f"There is no modality {wanted}.", hint=f"Choose one of {', '.join(Modality)}."
        )
    possible = modalities_for(corpus, record)
    if wanted and Modality(wanted) in possible:
        return Modality(wanted)
    if possible and not wanted:
        return possible[0]
    if wanted != Modality.TEXT and corpus.n_pictures == 0:
        raise UsageError(
            f"The corpus {corpus.name} has no pictures"
            + ("." if wanted else f", and the encoder {record.name} takes nothing else."),
            hint="Choose an encoder of texts, or a corpus of pictures.",
        )
    raise UsageError(
        f"The encoder {record.name} takes {' and '.join(record.modalities)}, but what was asked "
        f"for is {wanted or 'text'}.",
        hint="Choose another encoder, such as CLIP or SigLIP for pictures.",
    )
