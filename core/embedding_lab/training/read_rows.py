"""Reading training rows from a corpus."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.training.offers import (
    FEWEST_CLASSES,
    PairColumns,
    choose_source,
    pair_columns,
)
from embedding_lab.training.rows import (
    Content,
    PictureContent,
    RowBuilder,
    RowSource,
    TrainingRows,
)
from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from embedding_lab.workspace.corpus import Corpus, Document

CHECK_EVERY = 500
# Texts of a class are paired in rings of so many, so that a few can be held out together.
RING = 4


@dataclass(frozen=True)
class RowChoice:
    """Which rows of a corpus are read.

    Attributes
    ----------
    source : str
        Where pairs come from, a :class:`RowSource`; the most natural way without one.
    split : str
        Which judgements; ``train`` if there is such a split, or the first, without one.
    limit : int
        How many rows at most, drawn at random; 0 for all.
    seed : int
        Of the draw, and of the pairs made from classes.
    """

    source: str = ""
    split: str = ""
    limit: int = 0
    seed: int = 0


def read_rows(
    corpus: Corpus,
    form: RowForm,
    choice: RowChoice | None = None,
    *,
    allowed: NDArray[np.bool_] | None = None,
    check: Callable[[int], None] = lambda _: None,
) -> TrainingRows:
    """Read the rows of one form.

    Parameters
    ----------
    corpus : Corpus
        What to read.
    form : RowForm
        What each row must hold.
    choice : RowChoice, optional
        Source, split, limit and seed.
    allowed : ndarray of bool, shape (corpus rows,), optional
        Corpus rows that may be used: those of a subset, or that satisfy a filter. A judged pair
        is used if its document's row is allowed.
    check : callable
        Called with the number of corpus rows read, every few hundred; may raise to stop.

    Raises
    ------
    UsageError
        If the corpus does not hold such rows; says how to get them.
    """
    choice = choice or RowChoice()
    source = choose_source(corpus, form, choice.source)
    reader = _Reader(corpus, allowed, check)
    if source is RowSource.JUDGEMENTS:
        rows = reader.judged(training_split(corpus, choice.split))
    elif form is RowForm.LABELLED or source is RowSource.CLASSES:
        rows = reader.labelled()
    elif source is RowSource.COLUMNS:
        columns = pair_columns(corpus)
        assert columns is not None
        rows = reader.of_columns(form, columns)
    else:
        rows = reader.of_documents(form, source)
    rows = _limited(rows, choice)
    if source is RowSource.CLASSES and form is RowForm.PAIRS:
        rows = paired_by_class(rows, np.random.default_rng(choice.seed))
    if not len(rows):
        raise UsageError(
            f"No row of {corpus.name} can be used: {rows.n_left_out:,} lack a side.",
            hint="Choose other rows, or look into the corpus what is missing.",
        )
    return rows


def training_split(corpus: Corpus, split: str = "") -> str:
    """Return the split of judgements to train on: as named, else ``train``, else the first.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if not split:
        return "train" if "train" in corpus.splits else corpus.splits[0]
    if split not in corpus.splits:
        raise UsageError(
            f"The corpus {corpus.name} has no judgements named {split}.",
            hint=f"It has {', '.join(corpus.splits)}.",
        )
    return split


def paired_by_class(rows: TrainingRows, rng: np.random.Generator) -> TrainingRows:
    """Pair every labelled text with another of its class.

    The texts of a class are shuffled and closed to rings of a few, in which each is the anchor once
    and the positive of its neighbour once; a class with one text makes no pair.
    """
    anchors, partners = [], []
    for label in np.unique(rows.labels):
        members = rng.permutation(np.flatnonzero(rows.labels == label))
        if len(members) < 2:
            continue
        for ring in np.array_split(members, max(1, len(members) // RING)):
            anchors.append(ring)
            partners.append(np.roll(ring, -1))
    if not anchors:
        return replace(rows.take(np.empty(0, np.int64)), form=RowForm.PAIRS)
    numbers, others = np.concatenate(anchors), np.concatenate(partners)
    order = np.argsort(numbers, kind="stable")
    taken = rows.take(numbers[order])
    second = rows.sides[others[order], :1]
    return replace(taken, form=RowForm.PAIRS, sides=np.hstack([taken.sides[:, :1], second]))


def _limited(rows: TrainingRows, choice: RowChoice) -> TrainingRows:
    if not 0 < choice.limit < len(rows):
        return rows
    drawn = np.random.default_rng(choice.seed).permutation(len(rows))[: choice.limit]
    return rows.take(np.sort(drawn))


class _Reader:
    def __init__(
        self,
        corpus: Corpus,
        allowed: NDArray[np.bool_] | None,
        check: Callable[[int], None],
    ) -> None:
        self._corpus = corpus
        self._allowed = allowed
        self._check = check
        self._builder = RowBuilder()

    def _documents(self) -> Iterator[Document]:
        for document in self._corpus.documents():
            if document.row % CHECK_EVERY == 0:
                self._check(document.row)
            if self._allowed is None or self._allowed[document.row]:
                yield document

    def of_columns(self, form: RowForm, columns: PairColumns) -> TrainingRows:
        for document in self._documents():
            sides = [
                document.value(columns.anchor) if columns.anchor else document.full_text,
                document.value(columns.positive) if columns.positive else document.full_text,
            ]
            if form is RowForm.TRIPLETS:
                sides += [document.value(name) for name in columns.negatives]
            score = float("nan")
            if form is RowForm.SCORED_PAIRS:
                score = _number(document.value(columns.score))
            is_scored = form is not RowForm.SCORED_PAIRS or not math.isnan(score)
            self._add(sides, document, score=score, is_usable=is_scored)
        rows = self._builder.rows(form, RowSource.COLUMNS)
        if form is RowForm.SCORED_PAIRS:
            return replace(rows, scores=_from_zero_to_one(rows.scores))
        return rows

    def of_documents(self, form: RowForm, source: RowSource) -> TrainingRows:
        for document in self._documents():
            if source is RowSource.TITLES:
                sides: list[Content | None] = [document.title, document.text]
            else:
                picture = PictureContent(document.picture) if document.picture else None
                sides = [document.full_text, picture]
            self._add(sides, document)
        return self._builder.rows(form, source)

    def labelled(self) -> TrainingRows:
        for document in self._documents():
            text: Content | None = document.full_text
            if document.picture and not document.full_text.strip():
                text = PictureContent(document.picture)
            is_labelled = bool(document.label)
            self._add([text], document, label=document.label, is_usable=is_labelled)
        rows = self._builder.rows(RowForm.LABELLED, RowSource.CLASSES)
        if len(rows.label_names) < FEWEST_CLASSES:
            raise UsageError(
                f"The rows of {self._corpus.name} show a single class.",
                hint="Labels can only be learned from where there are at least two.",
            )
        return rows

    def judged(self, split: str) -> TrainingRows:
        judgements = self._corpus.judgements(split)
        row_of = {document_id: row for row, document_id in enumerate(self._corpus.ids())}
        pairs = [
            (query.text, row_of[document_id], grade)
            for query in self._corpus.queries(split)
            for document_id, grade in judgements[query.id].items()
            if grade > 0 and document_id in row_of
        ]
        if self._allowed is not None:
            pairs = [pair for pair in pairs if self._allowed[pair[1]]]
        for start in range(0, len(pairs), CHECK_EVERY):
            self._check(start)
            part = pairs[start : start + CHECK_EVERY]
            documents = self._corpus.documents_at([row for _, row, _ in part])
            for (text, _, grade), document in zip(part, documents, strict=True):
                self._add([text, document.full_text], document, score=grade)
        return self._builder.rows(RowForm.PAIRS, RowSource.JUDGEMENTS)

    def _add(
        self,
        sides: list[Content | None],
        document: Document,
        *,
        label: str | None = None,
        score: float = float("nan"),
        is_usable: bool = True,
    ) -> None:
        whole = [side for side in sides if _is_there(side)]
        if not is_usable or len(whole) < len(sides):
            self._builder.n_left_out += 1
            return
        self._builder.add(whole, document.row, label, score)


def _is_there(side: Content | None) -> TypeGuard[Content]:
    return isinstance(side, PictureContent) or bool(side and side.strip())


def _number(text: object) -> float:
    """Return a score as written in a file, with a decimal point or comma; NaN for none."""
    try:
        value = float(str(text).strip().rstrip("%").replace(",", "."))
    except ValueError:
        return float("nan")
    return value if math.isfinite(value) else float("nan")


def _from_zero_to_one(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scores on a scale from 0 to 1; those already on it stay as they are."""
    if not len(scores) or (scores.min() >= 0 and scores.max() <= 1):
        return scores
    # Grades begin at 0 even if the lowest does not occur; other scales begin at their lowest.
    low = min(0.0, float(scores.min()))
    scaled: NDArray[np.float32] = (scores - low) / max(float(scores.max()) - low, 1e-12)
    return scaled.astype(np.float32)
