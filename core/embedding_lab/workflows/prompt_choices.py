"""What can be chosen when prompts are tested, and what it comes down to: items with scores."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.prompts.class_list import classes_of_labels, require_classes
from embedding_lab.prompts.items import ItemVectors, LabelledItems, labelled_items
from embedding_lab.prompts.report import ScoredTest
from embedding_lab.prompts.scoring import PromptVectors, prompt_vectors, score_items
from embedding_lab.prompts.template_list import PLAIN, require_templates
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.prompt_items import vectors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace

# One similarity of each item and class is held at once.
MOST_NUMBERS = 200_000_000
NUMBERS_AT_ONCE = 1 << 22
MOST_LABELS = 20
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
class PromptChoices:
    """The inputs of testing prompts.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids. A corpus that is not embedded with the encoder is embedded first.
    classes : tuple
        Labels, ``(label, name)``, or objects with ``label``, ``name`` and ``descriptions``; the
        labels of the corpus without any.
    templates : tuple of str
        Texts with ``{}`` for the name of a class.
    modality : str
        What is classified of a row: ``text``, ``image`` or ``image+text``.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`.
    sample : int
        So many labelled rows at random; 0 for all.
    prompt : str or None
        Text put before every class text; ``None`` takes the encoder's own prompt for queries.
    pool : str
        Another corpus as the unlabelled pool; the rows looked at themselves without one.
    seed : int
        For everything that is drawn.
    """

    corpus: str
    encoder: str = "starter"
    classes: tuple[Any, ...] = ()
    templates: tuple[str, ...] = PLAIN
    modality: str = ""
    filter: str = ""
    sample: int = 0
    prompt: str | None = None
    pool: str = ""
    seed: int = 0

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
        corpus = ctx.workspace.corpus(self.corpus)
        classes, templates = self._require_sense(corpus)
        record = _reads_texts(EncoderStore(ctx.workspace).get(self.encoder))
        prompt = resolve_prompt(record, prompt=self.prompt, role=Role.QUERY)
        vector_set = vectors_of(ctx, corpus, record, self.modality, embeds=embeds)
        items = self._items(ctx, corpus, vector_set, classes)
        texts = TextVectors(ctx.workspace, record, prompt)
        ctx.progress(0, 0, "Encoding class texts…")
        vectors = prompt_vectors(
            classes, templates, lambda part: texts.get(part, check=ctx.check, say=ctx.log)
        )
        ctx.progress(0, len(items.rows), "Scoring…", unit="items")
        started = time.perf_counter()
        scores = score_items(items.vectors, vectors, ctx.check)
        scoring_ms = (time.perf_counter() - started) * 1e3
        pool_mean, pool = self._pool(ctx, corpus, record, items, vectors)
        facts = {
            "corpus": corpus.name,
            "corpus_id": corpus.id,
            "encoder": record.name,
            "modality": vector_set.meta.modality,
            "fingerprint": vector_set.meta.fingerprint,
            "classes": [item.to_record() for item in classes],
            "prompt": prompt,
            "pool": pool,
            "without_class": items.without_class,
            "n_without_class": sum(items.without_class.values()),
            "n_unlabelled": items.n_unlabelled,
            "n_without_vector": items.n_without_vector,
            "n_encoded_texts": texts.n_encoded,
            "scoring_ms": round(scoring_ms, 2),
        }
        test = ScoredTest(classes, templates, vectors, scores, items.true, pool_mean)
        return ScoredItems(test, items, record, facts)

    def _require_sense(self, corpus: Corpus) -> tuple[tuple[PromptClass, ...], tuple[str, ...]]:
        if self.sample < 0:
            raise UsageError("The sample cannot be negative.", hint="0 stands for every row.")
        classes = require_classes(self.classes) if self.classes else classes_of_labels(corpus)
        return classes, require_templates(self.templates)

    def _items(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        vector_set: VectorSet,
        classes: tuple[PromptClass, ...],
    ) -> LabelledItems:
        fits: NDArray[np.bool_] = np.ones(corpus.n_rows, dtype=np.bool_)
        if self.filter.strip():
            fits = rows_that_fit(corpus, self.filter)
        items = labelled_items(corpus, vector_set, classes, fits, self.sample, self.seed)
        if len(items.rows) * len(classes) > MOST_NUMBERS:
            raise UsageError(
                f"{len(items.rows):,} items and {len(classes):,} classes are too many for the "
                "memory.",
                hint=f"Draw a sample of at most {MOST_NUMBERS // len(classes):,} items.",
            )
        n_left_out = sum(items.without_class.values())
        if n_left_out:
            names = ", ".join(list(items.without_class)[:MOST_LABELS])
            ctx.log(
                f"{n_left_out:,} rows have a label that is no class's and are left out: {names}.",
                level="warning",
            )
        return items

    def _pool(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        record: EncoderRecord,
        items: LabelledItems,
        vectors: PromptVectors,
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Return each class's mean similarity over the unlabelled pool, and what the pool is."""
        pool, name = items.pool, corpus.name
        if self.pool:
            other = ctx.workspace.corpus(self.pool)
            found = vectors_of(ctx, other, record, self.modality)
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


def _reads_texts(record: EncoderRecord) -> EncoderRecord:
    if Modality.TEXT not in record.modalities:
        raise EncoderError(
            f"The encoder {record.name} reads no texts, so the words for classes have no vectors.",
            hint="Add it together with its encoder of texts, or choose another.",
        )
    return record
