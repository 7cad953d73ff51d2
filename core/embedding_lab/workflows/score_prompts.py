"""Testing zero-shot prompts on the labelled rows of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.metrics.margins import entropy, margins
from embedding_lab.prompts.confidence import confidence_report
from embedding_lab.prompts.experiments import ITEMS_FILE, PROMPTS, ExperimentStore, write_items
from embedding_lab.prompts.own_scale import own_scale
from embedding_lab.prompts.report import full_report, quick_figures
from embedding_lab.prompts.selection import search_templates
from embedding_lab.workflows.labelled_choices import MOST_NUMBERS_LIVE
from embedding_lab.workflows.prompt_choices import PromptChoices
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.experiments import Items
    from embedding_lab.workflows.prompt_choices import ScoredItems

SYNONYM_COSINE = 0.8


@dataclass(frozen=True)
class ScorePrompts(PromptChoices, Job[Workspace]):
    """Classify labelled rows by the words for their classes, and say how sure the figures are.

    What was predicted for each row is left in the run's folder and handed out as a partial result.

    Attributes
    ----------
    scale : float
        What cosines are multiplied with before the softmax; 0 takes the encoder's own.
    top_k : tuple of int
        Depths of the top-k accuracy.
    synonym_cosine : float
        Class vectors at least so near are told, if they are taken for each other.
    searches : bool
        Look for a better set of templates, on one half of the rows, and tell it on the other.
    save : str
        Save the experiment under this name; nothing is saved without one.
    """

    scale: float = 0.0
    top_k: tuple[int, ...] = (3, 5)
    synonym_cosine: float = SYNONYM_COSINE
    searches: bool = False
    save: str = ""
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Testing prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode what is new, score every item, and return every figure."""
        if self.scale < 0 or any(k < 1 for k in self.top_k):
            raise UsageError("The scale cannot be negative, and a top-k is at least 1.")
        store = ExperimentStore(ctx.workspace)
        if self.save:
            store.require_unused(self.save)
        scored = self.score(ctx)
        test, n = scored.test, scored.test.n
        ctx.progress(0, n, "Working out intervals…", unit="items")
        result = scored.facts | full_report(
            test,
            top_k=self.top_k,
            synonym_cosine=self.synonym_cosine,
            seed=self.seed,
            check=ctx.check,
        )
        scale, source = (self.scale, "chosen") if self.scale else own_scale(scored.record)
        result |= {"scale": scale, "scale_source": source, "items_file": ITEMS_FILE}
        result["confidence"] = confidence_report(
            test.scores.ensemble, test.true, test.pool_mean, scale, seed=self.seed, check=ctx.check
        )
        if self.searches:
            ctx.progress(0, n, "Looking for a better set of templates…", unit="items")
            result["search"] = self._search(ctx, scored)
        return self._kept(ctx, store, result, _predictions(scored))

    def _search(self, ctx: JobContext[Workspace], scored: ScoredItems) -> dict[str, Any]:
        found = search_templates(
            scored.items.vectors,
            scored.test.true,
            scored.test.vectors,
            seed=self.seed,
            check=ctx.check,
        )
        return found | {"chosen": [self.templates[number] for number in found["chosen"]]}

    def _kept(
        self,
        ctx: JobContext[Workspace],
        store: ExperimentStore,
        result: dict[str, Any],
        predictions: Items,
    ) -> dict[str, Any]:
        """Leave what was predicted for each row in the run's folder, and save it if wanted."""
        write_items(ctx.folder / ITEMS_FILE, predictions)
        ctx.partial(predictions)
        if not self.save:
            return result | {"experiment": ""}
        saved = store.save(self.save, PROMPTS, result, predictions)
        return result | {"experiment": saved.manifest.id}


@dataclass(frozen=True)
class PreviewPrompts(PromptChoices, Job[Workspace]):
    """Score prompts again while somebody edits them: all figures but what takes resampling.

    The corpus must be embedded already: nobody waits for that while typing. Of a large corpus some
    rows are drawn.
    """

    most_numbers: ClassVar[int] = MOST_NUMBERS_LIVE

    lane: ClassVar[Lane] = Lane.INTERACTIVE
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Trying prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode what is new, score every item, and return the figures."""
        scored = self.score(ctx, embeds=False)
        ctx.partial(_predictions(scored))
        return scored.facts | quick_figures(scored.test)


def _predictions(scored: ScoredItems) -> Items:
    """Return what is kept of each item: read-only arrays of one length."""
    test = scored.test
    found: Items = {
        "row": scored.items.rows,
        "true": test.true,
        **test.modes(),
        "margin": margins(test.scores.ensemble),
        "disagreement": entropy(test.scores.single, len(test.classes)).astype(np.float32),
    }
    for array in found.values():
        array.setflags(write=False)
    return found
