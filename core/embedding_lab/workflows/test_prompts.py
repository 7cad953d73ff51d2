"""Testing zero-shot prompts on the labelled rows of a corpus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.metrics.margins import entropy, margins
from embedding_lab.prompts.class_list import classes_of_labels, require_classes
from embedding_lab.prompts.confidence import confidence_report
from embedding_lab.prompts.experiments import ITEMS_FILE, PROMPTS, ExperimentStore, write_items
from embedding_lab.prompts.items import ItemVectors, LabelledItems, labelled_items
from embedding_lab.prompts.own_scale import own_scale
from embedding_lab.prompts.report import ScoredTest, full_report
from embedding_lab.prompts.scoring import PromptVectors, prompt_vectors, score_items
from embedding_lab.prompts.selection import search_templates
from embedding_lab.prompts.template_list import PLAIN, require_templates
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.prompt_items import vectors_of
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.prompts.experiments import Items
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet

# One similarity of each item and class is held at once.
MOST_NUMBERS = 200_000_000
MOST_LABELS = 20
SYNONYM_COSINE = 0.8
POOL_ASSUMPTION = (
    "Calibration assumes that the pool has roughly the class mix of the items; `prior` is the mix "
    "that is predicted for it."
)


@dataclass(frozen=True)
class ScorePrompts(Job[Workspace]):
    """Classify labelled rows by the words for their classes, and say how sure the figures are.

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
        Another embedded corpus as the unlabelled pool; the rows looked at themselves without one.
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
    scale: float = 0.0
    top_k: tuple[int, ...] = (3, 5)
    synonym_cosine: float = SYNONYM_COSINE
    searches: bool = False
    save: str = ""
    seed: int = 0
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Testing prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode what is new, score every item, and return every figure."""
        store = ExperimentStore(ctx.workspace)
        if self.save:
            store.require_unused(self.save)
        corpus = ctx.workspace.corpus(self.corpus)
        classes, templates = self._require_sense(corpus)
        record = _reads_texts(EncoderStore(ctx.workspace).get(self.encoder))
        vector_set = vectors_of(ctx, corpus, record, self.modality)
        items = self._items(ctx, corpus, vector_set, classes)
        texts = TextVectors(ctx.workspace, record, self._text_prompt(record))
        ctx.progress(0, 0, "Encoding class texts…")
        vectors = prompt_vectors(
            classes, templates, lambda part: texts.get(part, check=ctx.check, say=ctx.log)
        )
        ctx.progress(0, len(items.rows), "Scoring…", unit="items")
        started = time.perf_counter()
        scores = score_items(items.vectors, vectors, ctx.check)
        scoring_ms = (time.perf_counter() - started) * 1e3
        pool, pool_facts = self._pool(ctx, corpus, record, items, vectors)
        test = ScoredTest(classes, templates, vectors, scores, items.true, pool)
        ctx.progress(0, len(items.rows), "Working out intervals…", unit="items")
        scale, source = (self.scale, "chosen") if self.scale else own_scale(record)
        result = full_report(
            test,
            top_k=self.top_k,
            synonym_cosine=self.synonym_cosine,
            seed=self.seed,
            check=ctx.check,
        ) | {
            "corpus": corpus.name,
            "encoder": record.name,
            "modality": vector_set.meta.modality,
            "fingerprint": vector_set.meta.fingerprint,
            "classes": [item.to_record() for item in classes],
            "prompt": self._text_prompt(record),
            "scale": scale,
            "scale_source": source,
            "confidence": confidence_report(
                scores.ensemble, items.true, pool, scale, seed=self.seed, check=ctx.check
            ),
            "pool": pool_facts,
            "without_class": items.without_class,
            "n_without_class": sum(items.without_class.values()),
            "n_unlabelled": items.n_unlabelled,
            "n_without_vector": items.n_without_vector,
            "n_encoded_texts": texts.n_encoded,
            "scoring_ms": round(scoring_ms, 2),
            "items_file": ITEMS_FILE,
        }
        if self.searches:
            result["search"] = self._search(ctx, items, vectors)
        return self._kept(ctx, store, corpus, result, _predictions(test, items))

    def _require_sense(self, corpus: Corpus) -> tuple[tuple[PromptClass, ...], tuple[str, ...]]:
        if self.sample < 0 or self.scale < 0 or any(k < 1 for k in self.top_k):
            raise UsageError("Sample and scale cannot be negative, and a top-k is at least 1.")
        classes = require_classes(self.classes) if self.classes else classes_of_labels(corpus)
        return classes, require_templates(self.templates)

    def _text_prompt(self, record: EncoderRecord) -> str:
        return resolve_prompt(record, prompt=self.prompt, role=Role.QUERY)

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
        step = max(1, (1 << 22) // len(class_vectors))
        for first in range(0, len(pool), step):
            ctx.check()
            said = (pool[slice(first, first + step)] @ class_vectors.T).argmax(axis=1)
            counts += np.bincount(said, minlength=len(class_vectors))
        means: NDArray[np.float32] = class_vectors @ pool.mean(ctx.check)
        prior = counts / max(len(pool), 1)
        return means, {
            "corpus": name,
            "n": len(pool),
            "is_the_items_themselves": not self.pool,
            "prior": [float(share) for share in prior],
            "note": POOL_ASSUMPTION,
        }

    def _search(
        self, ctx: JobContext[Workspace], items: LabelledItems, vectors: PromptVectors
    ) -> dict[str, Any]:
        ctx.progress(0, len(items.rows), "Looking for a better set of templates…", unit="items")
        found = search_templates(
            items.vectors, items.true, vectors, seed=self.seed, check=ctx.check
        )
        return found | {"chosen": [self.templates[number] for number in found["chosen"]]}

    def _kept(
        self,
        ctx: JobContext[Workspace],
        store: ExperimentStore,
        corpus: Corpus,
        result: dict[str, Any],
        predictions: Items,
    ) -> dict[str, Any]:
        """Leave what was predicted for each row in the run's folder, and save it if wanted."""
        ctx.folder.mkdir(parents=True, exist_ok=True)
        write_items(ctx.folder / ITEMS_FILE, predictions)
        ctx.partial(predictions)
        if not self.save:
            return result | {"experiment": ""}
        facts = {
            "corpus_id": corpus.id,
            "corpus": corpus.name,
            "encoder": result["encoder"],
            "fingerprint": result["fingerprint"],
            "n": result["n"],
            "score": result["accuracy"],
        }
        saved = store.save(self.save, PROMPTS, result, predictions, facts)
        return result | {"experiment": saved.manifest.id}


def _reads_texts(record: EncoderRecord) -> EncoderRecord:
    if Modality.TEXT not in record.modalities:
        raise EncoderError(
            f"The encoder {record.name} reads no texts, so the words for classes have no vectors.",
            hint="Add it together with its encoder of texts, or choose another.",
        )
    return record


def _predictions(test: ScoredTest, items: LabelledItems) -> Items:
    """Return what is kept of each item: read-only arrays of one length."""
    found: Items = {
        "row": items.rows,
        "true": items.true,
        **test.modes(),
        "margin": margins(test.scores.ensemble),
        "disagreement": entropy(test.scores.single, len(test.classes)).astype(np.float32),
    }
    for array in found.values():
        array.setflags(write=False)
    return found
