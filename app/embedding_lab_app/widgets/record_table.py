"""A table of records in a scrolled column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab_app.widgets.data_table import ROW_HEIGHT, DataTable
from embedding_lab_app.widgets.records_model import RecordsModel

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAME, MOST_LINES = 44, 16
FIGURES, DIGITS = ("ci", "there", "back", "prior", "true"), 3


class RecordTable(DataTable):
    """A table of records that is as high as what it holds, up to ``most_lines``."""

    def __init__(
        self,
        name: str,
        columns: Sequence[tuple[str, str]],
        widths: Sequence[int],
        most_lines: int = MOST_LINES,
    ) -> None:
        super().__init__(name)
        self._most_lines = most_lines
        self.records = RecordsModel(columns, self, FIGURES, DIGITS)
        self.setModel(self.records)
        self.set_widths(*widths)

    def show_records(self, records: Sequence[dict[str, Any]]) -> None:
        """Show other records."""
        self.records.show_records(records)
        self.setFixedHeight(FRAME + ROW_HEIGHT * max(1, min(len(records), self._most_lines)))
