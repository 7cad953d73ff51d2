"""The vectors of a corpus that can be searched, and what they are called in a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.encoders.fingerprint import current_vector_sets
from embedding_lab.workspace.coverage import n_missing

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSetMeta
    from embedding_lab.workspace.workspace import Workspace

MODALITY_WORDS = {"text": "texts", "image": "pictures", "image+text": "both"}


@dataclass(frozen=True)
class EncoderChoice:
    """Vectors of the corpus, their encoder, and of how many rows they are.

    ``n_missing`` counts the rows it could encode and has not; ``is_one_of_several`` tells that it
    has other vectors of the corpus too, ``says_modality`` that some are of texts and some of
    pictures.
    """

    record: EncoderRecord
    n_rows: int
    n_missing: int
    meta: VectorSetMeta
    is_one_of_several: bool
    says_modality: bool

    @property
    def modality(self) -> str:
        """What of a row was encoded."""
        return self.meta.modality

    @property
    def key(self) -> str:
        """Names the choice in a list."""
        return f"{self.record.id} {self.modality} {self.meta.embedding_prompt}"

    @property
    def title(self) -> str:
        """The encoder's name, and which of its vectors are meant where it has several."""
        what = [MODALITY_WORDS[self.modality]] if self.says_modality else []
        what += [self.meta.embedding_prompt] if self.meta.embedding_prompt else []
        return " · ".join([self.record.name, *what])


def encoder_choices(
    workspace: Workspace, corpus: Corpus, record: EncoderRecord
) -> list[EncoderChoice]:
    """Return what can be searched of a corpus with an encoder: one choice for each vector set."""
    # A set that holds nothing yet is being filled, or was cut short at once.
    sets = [item for item in current_vector_sets(workspace, corpus, record) if item.n_rows]
    says_modality = len({item.meta.modality for item in sets}) > 1
    return [
        EncoderChoice(
            record=record,
            n_rows=item.n_rows,
            n_missing=n_missing(corpus, item),
            meta=item.meta,
            is_one_of_several=len(sets) > 1,
            says_modality=says_modality,
        )
        for item in sets
    ]
