"""Everything a run trains with, is watched by and is judged by, read from a corpus."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.training.read_rows import RowChoice, read_rows, training_split
from embedding_lab.training.rows import RowSource
from embedding_lab.training.split import split_rows, without_leaks
from embedding_lab.training.validations.choice import validation_of
from embedding_lab.training.validations.ranking import RankingValidation
from embedding_lab.types import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.settings import TrainingSettings
    from embedding_lab.training.validations.validation import Validation
    from embedding_lab.types import RowForm
    from embedding_lab.workspace.corpus import Corpus

HELD_OUT_SPLITS = ("test", "dev", "validation")
# Judged queries look for their documents among so many others.
MOST_OTHERS = 1000
FEWEST_TO_MEASURE = 2
# Held out, at most: a tenth of the rows.
SHARE = 10


@dataclass(frozen=True)
class TrainingData:
    """Rows to train with, and what is measured on rows held out from them.

    ``validation`` is looked at while training and chooses the best checkpoint; ``held_out`` only by
    the report. Either is ``None`` where too few rows could be held out. ``numbers``, shape (n,),
    are those that the rows of ``train`` have among all rows that were read, of which ``digest`` is
    the digest. ``notes`` say in sentences what the user should know.
    """

    train: TrainingRows
    validation: Validation | None
    held_out: Validation | None
    numbers: NDArray[np.int64]
    digest: str
    notes: tuple[str, ...] = ()


def gather(
    corpus: Corpus,
    form: RowForm,
    choice: RowChoice,
    settings: TrainingSettings,
    allowed: NDArray[np.bool_] | None = None,
    check: Callable[[int], None] = lambda _: None,
) -> TrainingData:
    """Read the rows of a corpus and hold some out.

    Judged pairs are judged by another split of judgements where the corpus has one; queries asked
    there are not trained on.

    Parameters
    ----------
    corpus : Corpus
        What to read.
    form : RowForm
        What each row must hold.
    choice : RowChoice
        Which rows.
    settings : TrainingSettings
        How many are held out, and the seed.
    allowed : ndarray of bool, shape (corpus rows,), optional
        Corpus rows that may be used.
    check : callable
        Called now and then; may raise to stop.

    Raises
    ------
    UsageError
        If the corpus does not offer such rows, or too few.
    """
    rows = read_rows(corpus, form, choice, allowed=allowed, check=check)
    notes, digest, numbers = _left_out(rows), rows.digest(), np.arange(len(rows))
    test = _test_split(corpus, rows, choice, settings, allowed)
    if test is not None:
        numbers = without_leaks(rows, test)
        notes += _leaks(len(rows) - len(numbers))
        rows = rows.take(numbers)
    most = max(FEWEST_TO_MEASURE, len(rows) // SHARE)
    split = split_rows(
        rows,
        min(settings.validation_rows, most),
        0 if test is not None else min(settings.held_out_rows, most),
        seed=settings.seed,
    )
    if len(split.train) < FEWEST_TO_MEASURE:
        raise UsageError(
            f"The corpus {corpus.name} has {counted(len(rows), 'row')} to train with, which is too "
            "few.",
            hint="Choose more rows, or hold fewer out.",
        )
    held_out = test if test is not None else rows.take(split.held_out)
    return TrainingData(
        train=rows.take(split.train),
        validation=_measured_on(corpus, rows.take(split.validation), settings.seed),
        held_out=_measured_on(corpus, held_out, settings.seed),
        numbers=numbers[split.train],
        digest=digest,
        notes=(*notes, *split.notes),
    )


def _leaks(n: int) -> list[str]:
    if not n:
        return []
    were = "was" if n == 1 else "were"
    return [
        f"{counted(n, 'row')} asked what is asked in the held-out rows too, and {were} left out."
    ]


def _left_out(rows: TrainingRows) -> list[str]:
    if not rows.n_left_out:
        return []
    return [
        f"{counted(rows.n_left_out, 'row')} lacked a side, a score or a class and were left out."
    ]


def _test_split(
    corpus: Corpus,
    rows: TrainingRows,
    choice: RowChoice,
    settings: TrainingSettings,
    allowed: NDArray[np.bool_] | None,
) -> TrainingRows | None:
    """Return rows of judgements that are not trained on; ``None`` where there are none."""
    if rows.source is not RowSource.JUDGEMENTS or not settings.held_out_rows:
        return None
    trained = training_split(corpus, choice.split)
    split = next((s for s in HELD_OUT_SPLITS if s in corpus.splits and s != trained), None)
    if split is None:
        return None
    elsewhere = replace(choice, split=split, limit=settings.held_out_rows)
    return read_rows(corpus, rows.form, elsewhere, allowed=allowed)


def _measured_on(corpus: Corpus, rows: TrainingRows, seed: int) -> Validation | None:
    if len(rows) < FEWEST_TO_MEASURE:
        return None
    if rows.source is not RowSource.JUDGEMENTS:
        return validation_of(rows)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(corpus.n_rows)[:MOST_OTHERS])
    texts = [text for d in corpus.documents_at(drawn) if (text := d.full_text).strip()]
    more, others = rows.with_contents(texts)
    return RankingValidation(more, others)
