"""What can be mined: corpora that offer pairs, where those come from, encoders, miners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.training.offers import offers
from embedding_lab.training.rows import RowSource
from embedding_lab.types import Modality, RowForm
from embedding_lab.workflows.mine_negatives import miners

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.registry.card import Card
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext

RELEVANT = frozenset({"corpora", "encoders", "trash"})


class MiningChoices(QObject):
    """Reads the workspace.

    Signals
    -------
    changed()
        Other things can be chosen now.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.corpora: list[Corpus] = []
        self.encoders: list[EncoderRecord] = []
        self.has_corpora = False
        self.miners = _miners()
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    def reload(self) -> None:
        """Read corpora and encoders again."""
        workspace = self._context.workspace
        corpora = workspace.corpora()
        self.has_corpora = bool(corpora)
        self.corpora = [corpus for corpus in corpora if offers(corpus).get(RowForm.PAIRS)]
        self.encoders = EncoderStore(workspace).list()
        self.changed.emit()

    def corpus(self, corpus_id: str) -> Corpus | None:
        """Return a corpus that offers pairs by its id or name."""
        return next((item for item in self.corpora if corpus_id in {item.id, item.name}), None)

    def sources(self, corpus_id: str) -> tuple[RowSource, ...]:
        """Return where the pairs of a corpus can come from, the most natural way first."""
        corpus = self.corpus(corpus_id)
        return offers(corpus).get(RowForm.PAIRS, ()) if corpus is not None else ()

    def fitting_encoders(self, source: str) -> list[EncoderRecord]:
        """Return the encoders that read what pairs from there hold."""
        wanted = {Modality.TEXT}
        if source == RowSource.CAPTIONS:
            wanted |= {Modality.IMAGE}
        return [item for item in self.encoders if wanted <= set(item.modalities)]

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & RELEVANT:
            self.reload()


def _miners() -> dict[str, Card]:
    try:
        return {card.id: card for card in miners()}
    except LabError:
        return {}
