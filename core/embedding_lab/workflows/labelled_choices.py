"""Choosing labelled rows and the prompts for their classes, and what the choice comes down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.two_sided import query_side
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.prompts.class_list import classes_of_labels, require_classes
from embedding_lab.prompts.items import labelled_items
from embedding_lab.prompts.template_list import PLAIN, require_templates
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.search.filters import rows_that_fit
from embedding_lab.types import Modality
from embedding_lab.workflows.prompt_items import Wanted, vectors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompts.class_list import PromptClass
    from embedding_lab.prompts.items import LabelledItems
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace

# One similarity of each item and class is held at once: so many, and while somebody types.
MOST_NUMBERS, MOST_NUMBERS_LIVE = 200_000_000, 20_000_000
MOST_LABELS = 20


@dataclass(frozen=True)
class LabelledRows:
    """Labelled rows with their vectors, and the words for their classes.

    Attributes
    ----------
    corpus : Corpus
        Where the rows are from.
    record : EncoderRecord
        The encoder.
    classes : tuple of PromptClass
        What to tell apart.
    templates : tuple of str
        Texts with ``{}``.
    items : LabelledItems
        The rows, and how many were left out.
    prompt : str
        What is put before every class text.
    texts : TextVectors
        Encodes class texts.
    vector_set : VectorSet
        The vectors of the corpus.
    """

    corpus: Corpus
    record: EncoderRecord
    classes: tuple[PromptClass, ...]
    templates: tuple[str, ...]
    items: LabelledItems
    prompt: str
    texts: TextVectors
    vector_set: VectorSet

    def encode(self, ctx: JobContext[Workspace], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of class texts, shape (n, d); only new ones are encoded."""
        return self.texts.get(texts, check=ctx.check, say=ctx.log)

    @property
    def facts(self) -> dict[str, Any]:
        """What is looked at, for a result: JSON values."""
        items = self.items
        return {
            "corpus": self.corpus.name,
            "corpus_id": self.corpus.id,
            "encoder": self.record.name,
            "modality": self.vector_set.meta.modality,
            "embedding_prompt": self.vector_set.meta.embedding_prompt,
            "fingerprint": self.vector_set.meta.fingerprint,
            "classes": [item.to_record() for item in self.classes],
            "prompt": self.prompt,
            "without_class": items.without_class,
            "n_without_class": sum(items.without_class.values()),
            "n_unlabelled": items.n_unlabelled,
            "n_without_vector": items.n_without_vector,
            "n_labelled": items.n_labelled,
            "n_encoded_texts": self.texts.n_encoded,
        }


@dataclass(frozen=True)
class LabelledChoices:
    """Which rows of which corpus are looked at, and which words stand for their classes.

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
        So many labelled rows at random; 0 for all, or as many as fit into the memory.
    prompt : str or None
        Text put before every class text; ``None`` takes the encoder's own prompt for queries.
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
    seed: int = 0
    most_numbers: ClassVar[int] = MOST_NUMBERS

    def labelled_rows(self, ctx: JobContext[Workspace], *, embeds: bool = True) -> LabelledRows:
        """Return the rows with their vectors, and what encodes the words for their classes.

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
        # A text before class texts goes with rows that have nothing but texts around them.
        wanted = Wanted(self.modality, embedding_prompt="" if self.prompt else None)
        vector_set = vectors_of(ctx, corpus, record, wanted, embeds=embeds)
        side = query_side(record, vector_set.meta, prompt=self.prompt)
        items = self._items(ctx, corpus, vector_set, classes)
        texts = TextVectors(ctx.workspace, side.record, side.options)
        prompt = side.options.prompt
        return LabelledRows(corpus, record, classes, templates, items, prompt, texts, vector_set)

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
        most = max(1, self.most_numbers // len(classes))
        if self.sample > most:
            raise UsageError(
                f"{self.sample:,} items and {len(classes):,} classes are too many for the memory.",
                hint=f"Draw a sample of at most {most:,} items.",
            )
        items = labelled_items(corpus, vector_set, classes, fits, self.sample or most, self.seed)
        if not self.sample and len(items.rows) < items.n_labelled:
            ctx.log(
                f"{items.n_labelled:,} labelled rows are more than are looked at together: "
                f"{len(items.rows):,} of them are drawn.",
                level="warning",
            )
        n_left_out = sum(items.without_class.values())
        if n_left_out:
            names = ", ".join(list(items.without_class)[:MOST_LABELS])
            ctx.log(
                f"{n_left_out:,} rows have a label that is no class's and are left out: {names}.",
                level="warning",
            )
        return items


def _reads_texts(record: EncoderRecord) -> EncoderRecord:
    if Modality.TEXT not in record.modalities:
        raise EncoderError(
            f"The encoder {record.name} reads no texts, so the words for classes have no vectors.",
            hint="Add it together with its encoder of texts, or choose another.",
        )
    return record
