"""What can be chosen when prompts are tested, and what it comes down to: items with scores."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.prompts.items import ItemVectors
from embedding_lab.prompts.report import ScoredTest
from embedding_lab.prompts.scoring import prompt_vectors, score_items
from embedding_lab.workflows.labelled_choices import LabelledChoices
from embedding_lab.workflows.prompt_items import Wanted, vectors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.items import LabelledItems
    from embedding_lab.prompts.scoring import PromptVectors
    from embedding_lab.workflows.labelled_choices import LabelledRows
    from embedding_lab.workspace.workspace import Workspace

NUMBERS_AT_ONCE = 1 << 22
POOL_ASSUMPTION = (
    "Calibration assumes that the pool has roughly the class mix of the items; `prior` is the mix "
    "that is predicted for it."
)


@dataclass(frozen=True)
class ScoredItems:
    """Everything a test of prompts is told from.

    Attributes
    ----------
    test : ScoredTest
        Items, classes and scores.
    items : LabelledItems
        The rows, and how many were left out.
    record : EncoderRecord
        The encoder.
    facts : dict
        What was tested, for the result: JSON values.
    """

    test: ScoredTest
    items: LabelledItems
    record: EncoderRecord
    facts: dict[str, Any]


@dataclass(frozen=True)
class PromptChoices(LabelledChoices):
    """The inputs of testing prompts.

    Attributes
    ----------
    pool : str
        Another corpus as the unlabelled pool; the rows looked at themselves without one.
    """

    pool: str = ""

    def score(self, ctx: JobContext[Workspace], *, embeds: bool = True) -> ScoredItems:
        """Encode what is new and compare every item with every class.

        Parameters
        ----------
        ctx : JobContext
            Of the job.
        embeds : bool, default True
            Whether a corpus without vectors is embedded first.

        Raises
        ------
        LabError
            If something that is named is not there, or does not fit.
        """
        found = self.labelled_rows(ctx, embeds=embeds)
        items = found.items
        ctx.progress(0, 0, "Encoding class texts…")
        vectors = prompt_vectors(
            found.classes, found.templates, lambda part: found.encode(ctx, part)
        )
        ctx.progress(0, len(items.rows), "Scoring…", unit="items")
        started = time.perf_counter()
        scores = score_items(items.vectors, vectors, ctx.check)
        scoring_ms = (time.perf_counter() - started) * 1e3
        pool_mean, pool = self._pool(ctx, found, vectors)
        facts = found.facts | {"pool": pool, "scoring_ms": round(scoring_ms, 2)}
        test = ScoredTest(found.classes, found.templates, vectors, scores, items.true, pool_mean)
        return ScoredItems(test, items, found.record, facts)

    def _pool(
        self, ctx: JobContext[Workspace], looked_at: LabelledRows, vectors: PromptVectors
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Return each class's mean similarity over the unlabelled pool, and what the pool is."""
        pool, name = looked_at.items.pool, looked_at.corpus.name
        if self.pool:
            other = ctx.workspace.corpus(self.pool)
            same = Wanted(
                self.modality, embedding_prompt=looked_at.vector_set.meta.embedding_prompt
            )
            found = vectors_of(ctx, other, looked_at.record, same)
            pool, name = ItemVectors(found.vectors(), np.arange(found.n_rows)), other.name
        class_vectors = vectors.class_vectors()
        counts = np.zeros(len(class_vectors), dtype=np.int64)
        step = max(1, NUMBERS_AT_ONCE // len(class_vectors))
        for first in range(0, len(pool), step):
            ctx.check()
            said = (pool[slice(first, first + step)] @ class_vectors.T).argmax(axis=1)
            counts += np.bincount(said, minlength=len(class_vectors))
        means: NDArray[np.float32] = class_vectors @ pool.mean(ctx.check)
        return means, {
            "corpus": name,
            "n": len(pool),
            "is_the_items_themselves": not self.pool,
            "prior": [float(share) for share in counts / max(len(pool), 1)],
            "note": POOL_ASSUMPTION,
        }
