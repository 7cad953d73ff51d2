"""The rows of a corpus that fit a filter, in the order of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.search.conditions import Condition, access, joined
from embedding_lab.search.filters import parse_filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.workspace.corpus import Corpus


def rows_in_order(
    corpus: Corpus,
    expression: str = "",
    *,
    label: str | None = None,
    column: str = "",
    is_descending: bool = False,
) -> NDArray[np.int64]:
    """Return the numbers of the rows that fit, shape (m,), int64.

    Parameters
    ----------
    corpus : Corpus
        Whose rows.
    expression : str
        A filter; see :mod:`embedding_lab.search.filters`.
    label : str, optional
        Only rows with this label.
    column : str
        What to sort by: numbers by value and before words, words by letter whatever their case,
        rows without a value last. The order of import without it.
    is_descending : bool
        The largest first; rows without a value stay last.

    Raises
    ------
    FilterError
        If the expression cannot be read or names an unknown column.
    """
    condition = parse_filter(expression, corpus)
    conditions = [condition] if condition.sql else []
    if label is not None:
        conditions.append(Condition("label = ?", (label,)))
    where = joined(conditions, "and") if conditions else Condition("")
    direction = "DESC" if is_descending else "ASC"
    if not column:
        return corpus.select(where.sql, where.parameters, order_by=f"row {direction}")
    value = access(column)
    number = f"CAST({value.sql} AS NUMERIC)"
    order = (
        f"({value.sql} IS NULL OR {value.sql} = ''), "
        f"CASE WHEN {number} = {value.sql} THEN {number} ELSE {value.sql} END "
        f"COLLATE NOCASE {direction}, row"
    )
    parameters = (*where.parameters, *value.parameters * 6)
    return corpus.select(where.sql, parameters, order_by=order)
