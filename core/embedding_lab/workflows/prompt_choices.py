"""What can be chosen when prompts are tested, and what it comes down to: items with scores."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.prompts.few_shot import mixed, prototypes
from embedding_lab.prompts.held_out import draw_examples
from embedding_lab.prompts.items import ItemVectors
from embedding_lab.prompts.report import ScoredTest
from embedding_lab.prompts.scoring import nearest_classes, prompt_vectors, score_items
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

POOL_ASSUMPTION = (
    "Calibration assumes that the pool has roughly the class mix of the items; `prior` is the mix "
    "that is predicted for it."
)
EXAMPLES_HELD_OUT = (
    "They were drawn with the seed and judge nothing: every figure is of the other labelled rows."
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
    shots : int
        So many examples of each class (at most half of what it has) are taken out of the rows that
        are judged, and classify the others too: alone, and mixed with the words.
    beta : float
        The weight of the examples beside the words.
    """

    pool: str = ""
    shots: int = 0
    beta: float = 1.0

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
        if self.shots < 0 or not 0 <= self.beta < np.inf:
            raise UsageError("Neither examples of a class nor their weight can be below 0.")
        found = self.labelled_rows(ctx, embeds=embeds)
        items, examples = found.items, None
        if self.shots:
            drawn, others = draw_examples(items.true, self.shots, self.seed)
            items, examples = items.only(others), items.only(drawn)
        ctx.progress(0, 0, "Encoding class texts…")
        vectors = prompt_vectors(
            found.classes, found.templates, lambda part: found.encode(ctx, part)
        )
        ctx.progress(0, len(items.rows), "Scoring…", unit="items")
        started = time.perf_counter()
        scores = score_items(items.vectors, vectors, ctx.check)
        scoring_ms = (time.perf_counter() - started) * 1e3
        pool_mean, pool = self._pool(ctx, found, vectors, embeds=embeds)
        facts = found.facts | {"pool": pool, "scoring_ms": round(scoring_ms, 2)}
        by_examples = {}
        if examples is not None:
            by_examples = self._by_examples(ctx, items, examples, vectors)
            facts["few_shot"] = self._told_of(found, examples)
        test = ScoredTest(
            found.classes, found.templates, vectors, scores, items.true, pool_mean, by_examples
        )
        return ScoredItems(test, items, found.record, facts)

    def _by_examples(
        self,
        ctx: JobContext[Workspace],
        items: LabelledItems,
        examples: LabelledItems,
        vectors: PromptVectors,
    ) -> dict[str, NDArray[np.int64]]:
        """Return what the examples say of each item, alone and mixed with the words."""
        names = vectors.class_vectors()
        means = prototypes(examples.vectors[:], examples.true, len(names))
        ways = {"examples": means, "mixed": mixed(names, means, self.beta)}
        return {
            way: nearest_classes(items.vectors, class_vectors, ctx.check)
            for way, class_vectors in ways.items()
        }

    def _told_of(self, found: LabelledRows, examples: LabelledItems) -> dict[str, Any]:
        has_example = set(examples.true.tolist())
        return {
            "shots": self.shots,
            "beta": self.beta,
            "n_examples": len(examples.rows),
            "n_held_out": len(found.items.rows) - len(examples.rows),
            "example_rows": examples.rows.tolist(),
            "classes_without_examples": [
                item.label for number, item in enumerate(found.classes) if number not in has_example
            ],
            "note": EXAMPLES_HELD_OUT,
        }

    def _pool(
        self,
        ctx: JobContext[Workspace],
        looked_at: LabelledRows,
        vectors: PromptVectors,
        *,
        embeds: bool,
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Return each class's mean similarity over the unlabelled pool, and what the pool is."""
        pool, name = looked_at.items.pool, looked_at.corpus.name
        if self.pool:
            other = ctx.workspace.corpus(self.pool)
            same = Wanted(
                self.modality, embedding_prompt=looked_at.vector_set.meta.embedding_prompt
            )
            found = vectors_of(ctx, other, looked_at.record, same, embeds=embeds)
            pool, name = ItemVectors(found.vectors(), np.arange(found.n_rows)), other.name
        class_vectors = vectors.class_vectors()
        said = nearest_classes(pool, class_vectors, ctx.check)
        counts = np.bincount(said, minlength=len(class_vectors))
        means: NDArray[np.float32] = class_vectors @ pool.mean(ctx.check)
        return means, {
            "corpus": name,
            "n": len(pool),
            "is_the_items_themselves": not self.pool,
            "prior": [float(share) for share in counts / max(len(pool), 1)],
            "note": POOL_ASSUMPTION,
        }
