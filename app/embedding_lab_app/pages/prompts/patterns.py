"""The library of prompt patterns: what is looked for, kept, and taken in from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.prompts.own_prompts import PatternStore
from embedding_lab.prompts.pattern_file import pattern_of, read_patterns, write_patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.prompts.patterns import Pattern
    from embedding_lab_app.context import AppContext


class PatternsController(QObject):
    """Holds the patterns that fit what is looked for, and the chosen one.

    Signals
    -------
    changed()
        Other patterns are listed, or another one is chosen.
    """

    changed = Signal()

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._wanted = ""
        self.own: frozenset[str] = frozenset()
        self.listed: list[Pattern] = []
        self.chosen: Pattern | None = None
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    def reload(self) -> None:
        """Read the patterns again; what is chosen stays where it is still listed."""
        store = PatternStore(self._context.workspace)
        self.own = frozenset(item.id for item in store.own())
        words = self._wanted.casefold().split()
        self.listed = [item for item in store.list() if all(word in _text(item) for word in words)]
        before = self.chosen.id if self.chosen is not None else ""
        self.choose(before)

    def search(self, wanted: str) -> None:
        """List the patterns that hold every word, in the title, the idea or elsewhere."""
        self._wanted = wanted
        self.reload()

    def choose(self, name: str) -> None:
        """Choose a listed pattern; the first one if it is not listed."""
        known = {item.id: item for item in self.listed}
        self.chosen = known.get(name, next(iter(self.listed), None))
        self.changed.emit()

    def keep(self, title: str, templates: Sequence[str]) -> None:
        """Keep templates as a pattern and choose it.

        Raises
        ------
        LabError
            If the title is taken, or the workspace cannot be written.
        """
        self._add([pattern_of(title, templates)])

    def read_file(self, path: Path) -> int:
        """Take the patterns of a file and return how many they are.

        Raises
        ------
        LabError
            If it holds none, a name is taken, or the workspace cannot be written.
        """
        found = read_patterns(path)
        self._add(found)
        return len(found)

    def write_file(self, path: Path) -> None:
        """Write the chosen pattern to a file.

        Raises
        ------
        LabError
            If it cannot be written.
        """
        if self.chosen is not None:
            write_patterns(path, [self.chosen])

    def delete(self) -> None:
        """Move the chosen pattern to the trash.

        Raises
        ------
        LabError
            If it comes with the program, or the workspace cannot be written.
        """
        if self.chosen is not None:
            PatternStore(self._context.workspace).delete(self.chosen.id)
            self.reload()
            self._context.announce("trash", initiator=self)

    def _add(self, patterns: Sequence[Pattern]) -> None:
        PatternStore(self._context.workspace).add(patterns)
        self._wanted = ""
        self.reload()
        self.choose(patterns[0].id)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], initiator: object) -> None:
        if "trash" in kinds and initiator is not self:
            self.reload()


def _text(pattern: Pattern) -> str:
    parts = (pattern.id, pattern.title, pattern.area, pattern.idea, pattern.embedding_use)
    return " ".join((*parts, *pattern.needs, pattern.source, str(pattern.year))).casefold()
