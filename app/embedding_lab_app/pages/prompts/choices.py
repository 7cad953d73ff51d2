"""What is tested: a corpus, an encoder that reads texts, and what of a row is classified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.modality import modalities_for
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab_app.context import AppContext

RELEVANT = frozenset({"corpora", "embeddings", "encoders"})


class PromptChoices(QObject):
    """Reads the workspace and holds the choice.

    Signals
    -------
    changed()
        Other things can be chosen, or are.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.corpora: list[Corpus] = []
        self.encoders: list[EncoderRecord] = []
        self.modalities: list[str] = []
        self.corpus: Corpus | None = None
        self.encoder: EncoderRecord | None = None
        self.modality = ""
        self.vector_set: VectorSet | None = None
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    @property
    def n_missing(self) -> int:
        """How many rows of the corpus have no vector yet."""
        n_rows = self.corpus.n_rows if self.corpus is not None else 0
        return max(0, n_rows - (self.vector_set.n_rows if self.vector_set is not None else 0))

    @property
    def asked_modality(self) -> str:
        """What of a row is read, for a job; empty where there is no choice."""
        return self.modality if len(self.modalities) > 1 else ""

    def reload(self) -> None:
        """Read everything again, keeping what is chosen where it is still there."""
        self.corpora = self._context.workspace.corpora()
        corpus_id = self.corpus.id if self.corpus is not None else ""
        self.choose(corpus_id, self.encoder.id if self.encoder else "", self.modality)

    def choose(
        self, corpus_id: str | None = None, encoder_id: str | None = None, modality: str = ""
    ) -> None:
        """Choose by ids; what is unknown or left out is the most natural, or stays."""
        known = {corpus.id: corpus for corpus in self.corpora}
        if corpus_id is not None:
            # A corpus with labels is what this page is for.
            usual = next((item for item in self.corpora if item.has_labels), None)
            self.corpus = known.get(corpus_id) or usual or next(iter(known.values()), None)
        self.encoders = self._fitting_encoders()
        wanted = self.encoder.id if encoder_id is None and self.encoder else encoder_id
        self.encoder = next(
            (item for item in self.encoders if item.id == wanted),
            max(self.encoders, key=self._n_embedded, default=None),
        )
        self.modalities = []
        if self.corpus is not None and self.encoder is not None:
            found = modalities_for(self.corpus, self.encoder)
            self.modalities = [item.value for item in found]
        first = self.modalities[0] if self.modalities else ""
        self.modality = modality if modality in self.modalities else first
        self.vector_set = self._vectors(self.encoder, self.modality)
        self.changed.emit()

    def _fitting_encoders(self) -> list[EncoderRecord]:
        corpus = self.corpus
        if corpus is None:
            return []
        records = EncoderStore(self._context.workspace).list()
        return [
            record
            for record in records
            if Modality.TEXT in record.modalities and modalities_for(corpus, record)
        ]

    def _n_embedded(self, record: EncoderRecord) -> int:
        found = self._vectors(record, "")
        return found.n_rows if found is not None else 0

    def _vectors(self, record: EncoderRecord | None, modality: str) -> VectorSet | None:
        if self.corpus is None or record is None:
            return None
        wanted = modality or modalities_for(self.corpus, record)[0].value
        return find_vector_set(self._context.workspace, self.corpus, record, modality=wanted)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.corpus = self.encoder = None
        self.modality = ""
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & RELEVANT:
            self.reload()
