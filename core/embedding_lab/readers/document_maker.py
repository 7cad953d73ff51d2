"""From a row of a file to a document of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.readers.values import clean, needs_cleaning, unique_name
from embedding_lab.types import ColumnRole
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMED_COLUMNS = ("id", "text", "title", "label")
CLEANED = "NUL characters were taken out, halves of characters replaced"


class DocumentMaker:
    """Sorts the values of a row into a document's fields.

    Parameters
    ----------
    roles : mapping
        Column name to what it means; a column that is not named here is kept beside the text.
    """

    def __init__(self, roles: Mapping[str, ColumnRole]) -> None:
        def columns(role: ColumnRole) -> list[str]:
            return [name for name, found in roles.items() if found is role]

        self._texts = columns(ColumnRole.TEXT)
        self._titles = columns(ColumnRole.TITLE)
        if not (self._texts or self._titles or columns(ColumnRole.IMAGE)):
            # Of a file of pairs, the first text of each is what the row says.
            pair = columns(ColumnRole.QUERY) + columns(ColumnRole.POSITIVE)
            self._texts = pair[:1]
        self._id = columns(ColumnRole.ID)[:1]
        self._label = columns(ColumnRole.LABEL)[:1]
        #: The column that names the row's picture or holds it; empty if none does.
        self.image_column = next(iter(columns(ColumnRole.IMAGE)), "")
        ignored = columns(ColumnRole.IGNORE)
        self._elsewhere = {*self._texts, *self._titles, *self._id, *self._label, *ignored}
        self.has_id = bool(self._id)
        taken = {*NAMED_COLUMNS, *roles}
        # A plain column named like a document's own field is kept under a name of its own.
        self._renamed = {name: unique_name(name, taken) for name in NAMED_COLUMNS}
        self.extra_roles = {
            self.extra_name(name): role
            for name, role in roles.items()
            if name not in self._elsewhere
        }

    def extra_name(self, column: str) -> str:
        """Return the name under which a plain column is kept."""
        return self._renamed.get(column, column)

    def document(self, values: Mapping[str, str]) -> tuple[Document, bool]:
        """Return the document, and whether characters had to be taken out of it."""
        is_changed = needs_cleaning("".join(values.values()))
        if is_changed:
            values = {name: clean(value) for name, value in values.items()}
        elsewhere, renamed = self._elsewhere, self._renamed
        document = Document(
            text=_joined(values, self._texts, "\n"),
            id=values.get(self._id[0]) or None if self._id else None,
            title=_joined(values, self._titles, " ") or None,
            label=values.get(self._label[0]) or None if self._label else None,
            extra={
                renamed.get(name, name): value
                for name, value in values.items()
                if value and name not in elsewhere
            },
        )
        return document, is_changed


def _joined(values: Mapping[str, str], names: Sequence[str], glue: str) -> str:
    if len(names) < 2:  # nearly always
        return values.get(names[0], "") if names else ""
    return glue.join(value for name in names if (value := values.get(name, "")))
