"""Subsets of a corpus in the window: keeping the selected rows, and filtering by what was kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu

from embedding_lab.errors import LabError
from embedding_lab.search.filter_tokens import quoted
from embedding_lab_app.notices import Notice
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext

KEY = "Alt+Down"


def keep_subset(context: AppContext, corpus: Corpus, rows: Sequence[int]) -> None:
    """Ask for a name and keep rows under it; a notice leads on to training with them."""
    kept = count(len(rows), "row")
    name = context.asker.text("Save as a subset", f"What are these {kept} of {corpus.name} called?")
    if name is None:
        return
    try:
        context.workspace.require_writable()
        subset = corpus.subsets.save(name, rows, n_rows=corpus.n_rows)
    except (LabError, OSError) as error:
        context.notices.error(error)
        return
    condition = subset_filter(subset.name)
    text = f"Kept {kept} as “{subset.name}”. Filters take them up with: {condition}"
    train = partial(context.navigate, "training", corpus=corpus.name, filter=condition)
    context.notices.add(Notice(text, "success", action_title="Train with them", action=train))


def subset_filter(name: str) -> str:
    """Return the filter that takes the rows of a subset."""
    return f"in subset {quoted(name)}"


class SubsetMenu(QObject):
    """The subsets of a corpus as a menu at the right end of a filter's line.

    Parameters
    ----------
    line : QLineEdit
        The filter; a condition that is chosen is put behind what stands there.
    corpus : callable
        Returns the corpus whose subsets are offered, or None.
    """

    def __init__(
        self, context: AppContext, line: QLineEdit, corpus: Callable[[], Corpus | None]
    ) -> None:
        super().__init__(line)
        self._context, self._line, self._corpus = context, line, corpus
        self.action = line.addAction(
            context.theme.icon("bookmark-simple"), QLineEdit.ActionPosition.TrailingPosition
        )
        self.action.setText("Subsets")
        self.action.setToolTip(f"Rows that were kept under a name ({KEY})")
        self.action.setShortcut(QKeySequence(KEY))
        self.action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.action.triggered.connect(self._open)
        context.theme.changed.connect(self._on_theme_changed)

    def make(self) -> QMenu:
        """Return the menu as it is now."""
        menu = QMenu(self._line)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corpus = self._corpus()
        subsets = corpus.subsets.list() if corpus is not None else []
        for subset in subsets:
            title = f"{subset.name} ({count(len(subset.rows), 'row')})"
            menu.addAction(title.replace("&", "&&"), partial(self._take, subset.name))
        if not subsets:
            hint = "No subset yet: select rows in a table and choose “Save as a subset…”"
            menu.addAction(hint).setEnabled(False)
        elif self._context.workspace.is_writable:
            forget = menu.addMenu("Forget")
            for subset in subsets:
                forget.addAction(subset.name.replace("&", "&&"), partial(self._forget, subset.name))
        return menu

    def _open(self) -> None:
        try:
            menu = self.make()
        except LabError as error:
            self._context.notices.error(error)
            return
        menu.popup(self._line.mapToGlobal(QPoint(0, self._line.height())))

    def _take(self, name: str) -> None:
        before, condition = self._line.text().strip(), subset_filter(name)
        self._line.setText(f"({before}) and {condition}" if before else condition)
        self._line.setFocus()

    def _forget(self, name: str) -> None:
        corpus = self._corpus()
        if corpus is None:
            return
        try:
            subset = corpus.subsets.delete(name)
        except (LabError, OSError) as error:
            self._context.notices.error(error)
            return

        def undo() -> None:
            try:
                # Another workspace may be open by now, and another program write to this one.
                held = self._context.workspace.corpus(corpus.id)
                self._context.workspace.require_writable()
                held.subsets.save(subset.name, subset.rows, n_rows=held.n_rows)
            except (LabError, OSError) as error:
                self._context.notices.error(error)

        text = f"Forgot the subset “{name}”; its rows stay."
        self._context.notices.add(Notice(text, action_title="Undo", action=undo))

    def _on_theme_changed(self) -> None:
        self.action.setIcon(self._context.theme.icon("bookmark-simple"))
