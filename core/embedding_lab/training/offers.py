"""Which training rows a corpus offers, and what it lacks for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError
from embedding_lab.training.rows import RowSource
from embedding_lab.types import ColumnRole, RowForm

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus

# The way to each form for a corpus that does not offer it, as a sentence of advice.
WAYS = {
    RowForm.PAIRS: (
        "Import a file whose columns have the roles query and positive, a folder in the BEIR "
        "layout, pictures with captions, or texts with labels."
    ),
    RowForm.TRIPLETS: (
        "Import a file with a column of the role negative, or train on its pairs with a batch "
        "sampler that mines hard negatives."
    ),
    RowForm.SCORED_PAIRS: (
        "Import a file of two texts a row, the second with the role positive, and a column of "
        "numbers with the role score."
    ),
    RowForm.LABELLED: "Import a file with a column of the role label.",
}
LACKS = {
    RowForm.PAIRS: "pairs of texts that belong together",
    RowForm.TRIPLETS: "triplets of anchor, positive and negative",
    RowForm.SCORED_PAIRS: "pairs of texts with a score",
    RowForm.LABELLED: "texts with labels",
}
# A corpus must show more than one class for them to be told apart.
FEWEST_CLASSES = 2


@dataclass(frozen=True)
class PairColumns:
    """Which columns hold what; an empty name stands for the row's own text."""

    anchor: str = ""
    positive: str = ""
    negatives: tuple[str, ...] = ()
    score: str = ""


def pair_columns(corpus: Corpus) -> PairColumns | None:
    """Return the columns that make pairs; ``None`` if a row holds a single text only.

    With a column of each, ``query`` is the anchor and ``positive`` the positive; the row's own text
    stands in for the one that is missing.
    """

    def columns(role: ColumnRole) -> tuple[str, ...]:
        return tuple(name for name in corpus.extra_columns if corpus.roles.get(name) == role)

    queries, positives = columns(ColumnRole.QUERY), columns(ColumnRole.POSITIVE)
    if not (queries or positives):
        return None
    return PairColumns(
        anchor=next(iter(queries), ""),
        positive=next(iter(positives), ""),
        negatives=columns(ColumnRole.NEGATIVE),
        score=next(iter(columns(ColumnRole.SCORE)), ""),
    )


def offers(corpus: Corpus) -> dict[RowForm, tuple[RowSource, ...]]:
    """Return the forms of training rows a corpus offers, with where each may come from.

    The first source is the most natural one. Judged from the manifest alone: whether every row is
    complete is found out when they are read.
    """
    columns = pair_columns(corpus)
    pairs = []
    # A score says how alike two texts are, so not every pair of such a file is a positive one.
    if columns is not None and not columns.score:
        pairs.append(RowSource.COLUMNS)
    if corpus.n_judgements:
        pairs.append(RowSource.JUDGEMENTS)
    if corpus.n_pictures and corpus.has_texts:
        pairs.append(RowSource.CAPTIONS)
    if corpus.has_titles and corpus.has_texts:
        pairs.append(RowSource.TITLES)
    if corpus.has_labels:
        pairs.append(RowSource.CLASSES)
    found = {RowForm.PAIRS: tuple(pairs)}
    if columns is not None and columns.negatives:
        found[RowForm.TRIPLETS] = (RowSource.COLUMNS,)
    if columns is not None and columns.score:
        found[RowForm.SCORED_PAIRS] = (RowSource.COLUMNS,)
    if corpus.has_labels:
        found[RowForm.LABELLED] = (RowSource.CLASSES,)
    return {form: sources for form, sources in found.items() if sources}


def choose_source(corpus: Corpus, form: RowForm, source: str = "") -> RowSource:
    """Return where the rows of a form come from: as named, or the most natural way.

    Raises
    ------
    UsageError
        If the corpus does not offer the form, or not from there.
    """
    offered = offers(corpus).get(form, ())
    if not offered:
        raise UsageError(f"The corpus {corpus.name} holds no {LACKS[form]}.", hint=WAYS[form])
    if not source:
        return offered[0]
    if source not in offered:
        raise UsageError(
            f"The corpus {corpus.name} offers no {form} from {source}.",
            hint=f"It offers them from {', '.join(offered)}.",
        )
    return RowSource(source)
