"""What mining would take, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.types import counted
from embedding_lab.workflows.pair_vectors import distinct_texts

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workflows.mine_negatives import MiningChoices
    from embedding_lab.workspace.workspace import Workspace

SHORT_S, MINUTE_S = 5, 90


@dataclass(frozen=True)
class MiningPlan:
    """What mining would work on.

    Attributes
    ----------
    n_rows : int
        Training rows.
    n_texts : int
        Texts to encode at most; what was encoded before is not encoded again.
    seconds : float or None
        How long that takes at the speed this encoder had before; ``None`` if it is not known.
    """

    n_rows: int
    n_texts: int
    seconds: float | None

    @property
    def sentence(self) -> str:
        """What it would take, in words: ``Up to 1,720 texts to encode, about 3 minutes``."""
        texts = f"Up to {counted(self.n_texts, 'text')} to encode"
        if self.seconds is None or not self.n_texts:
            return texts if self.n_texts else "Nothing to encode"
        if self.seconds < SHORT_S:
            return f"{texts}, a few seconds"
        if self.seconds < MINUTE_S:
            return f"{texts}, about {self.seconds:.0f} seconds"
        return f"{texts}, about {counted(round(self.seconds / 60), 'minute')}"


def plan_mining(workspace: Workspace, choices: MiningChoices) -> MiningPlan:
    """Read the training rows and tell what mining them would take.

    Raises
    ------
    LabError
        If something that is chosen is not there, or does not fit.
    """
    choices.require_possible(workspace)
    corpus = workspace.corpus(choices.corpus)
    record = EncoderStore(workspace).get(choices.encoder)
    rows = choices.read(corpus, lambda _: None)
    n_texts = sum(len(distinct_texts(rows, side)) for side in (0, 1))
    rate = _texts_per_second(workspace, record)
    return MiningPlan(len(rows), n_texts, n_texts / rate if rate else None)


def _texts_per_second(workspace: Workspace, record: EncoderRecord) -> float:
    """Return how fast the encoder was when it last embedded a corpus; 0 if it never did."""
    states = [
        found.state
        for found in workspace.vector_sets()
        if found.meta.encoder_id == record.id and found.meta.engine == record.engine
    ]
    known = [state for state in states if state.seconds > 0 and state.n_rows]
    return known[-1].n_rows / known[-1].seconds if known else 0.0
