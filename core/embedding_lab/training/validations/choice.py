"""Which measurement suits which rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.training.rows import NO_LABEL
from embedding_lab.training.validations.classes import ClassValidation
from embedding_lab.training.validations.ranking import RankingValidation
from embedding_lab.training.validations.scores import ScoreValidation
from embedding_lab.types import RowForm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.validations.validation import Validation


def validation_of(rows: TrainingRows, others: NDArray[np.int64] | None = None) -> Validation:
    """Return the measurement that suits the form of some rows.

    Parameters
    ----------
    rows : TrainingRows
        At least two rows.
    others : ndarray of int64, optional
        For pairs, numbers of further contents to find the positives among.
    """
    if rows.form is RowForm.SCORED_PAIRS:
        return ScoreValidation(rows)
    # Of pairs made from classes, every text of the class would be a right answer.
    if rows.form is RowForm.LABELLED or (rows.labels != NO_LABEL).all():
        return ClassValidation(rows)
    return RankingValidation(rows, others)
