"""The head of the page: which part is shown, and what can be done there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from embedding_lab.prompts.tables import results_table
from embedding_lab.table_text import JSON
from embedding_lab_app.pages.prompts import copy_as
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.layout import boxed, row
from embedding_lab_app.widgets.segments import Segments
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices
    from embedding_lab_app.pages.prompts.embedding import EmbeddingPromptsController
    from embedding_lab_app.pages.prompts.instructions import InstructionsController
    from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController

ZERO_SHOT, INSTRUCTIONS, EMBEDDING = "zero-shot", "instructions", "embedding"
PATTERNS, SAVED = "patterns", "saved"
SEGMENTS = {
    ZERO_SHOT: "Zero-shot",
    INSTRUCTIONS: "Instructions",
    EMBEDDING: "Embedding",
    PATTERNS: "Patterns",
    SAVED: "Saved",
}
# The manual's section on each.
PLACES = {
    ZERO_SHOT: "prompts#zero-shot",
    INSTRUCTIONS: "prompts#instructions-for-retrieval",
    EMBEDDING: "prompts#prompts-that-make-language-models-encoders",
    PATTERNS: "prompts#patterns",
    SAVED: "prompts#keep-and-compare",
}
# Parts where something is tested on rows, and those whose tests are kept under a name.
TESTED = (ZERO_SHOT, INSTRUCTIONS, EMBEDDING)
KEPT = (ZERO_SHOT, INSTRUCTIONS)


class ActBar(QWidget):
    """Names what a test would do, and lets it be done, saved, or copied.

    Signals
    -------
    test_wanted(), save_wanted()
        Test; keep the last result under a name.
    """

    test_wanted = Signal()
    save_wanted = Signal()

    def __init__(
        self,
        context: AppContext,
        choices: PromptChoices,
        zero_shot: ZeroShotController,
        instructions: InstructionsController,
        embedding: EmbeddingPromptsController,
    ) -> None:
        super().__init__()
        self._context = context
        self._choices = choices
        self._zero_shot = zero_shot
        self._instructions = instructions
        self._embedding = embedding
        self.segments = Segments("What to test", SEGMENTS)
        self.copy_as = CopyAsButton()
        self.copy_as.add_tables(self._table)
        self.save_button = Button("Save…", self.save_wanted.emit)
        self.test_button = Button("Test", self.test_wanted.emit, kind="primary")
        self._acts = boxed(row(None, self.copy_as, self.save_button, self.test_button))
        self._row = row(boxed(row(self.segments, None)), self._acts)
        self._row.setStretch(1, 1)
        self.setLayout(self._row)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to test in the part that is shown."""
        choices, part = self._choices, self.segments.current
        if part == ZERO_SHOT:
            return self._zero_shot.is_ready and choices.corpus is not None
        if part == INSTRUCTIONS:
            has_both = choices.corpus is not None and choices.encoder is not None
            asked = self._instructions
            return has_both and asked.n_judged() > 0 and not asked.error
        if part == EMBEDDING:
            return self._embedding.is_ready
        return False

    @property
    def last_result(self) -> dict[str, Any] | None:
        """The last whole result of the part that is shown, saved or not."""
        if self.segments.current == ZERO_SHOT:
            tested = self._zero_shot.last_test
            return tested.result if tested is not None else None
        return self._instructions.result if self.segments.current == INSTRUCTIONS else None

    def show_acts(self, comparison: tuple[str, str, str] | None, *, is_idle: bool) -> None:
        """Show what can be done; ``comparison`` is that of two saved tests, if two are chosen."""
        part = self.segments.current
        self.test_button.setVisible(part in TESTED)
        self.save_button.setVisible(part in KEPT)
        self.copy_as.setVisible(part != PATTERNS)
        if part == ZERO_SHOT:
            self.test_button.setText(self._test_in_words())
        elif part == INSTRUCTIONS:
            n_judged = self._instructions.n_judged()
            self.test_button.setText(f"Test {count(n_judged, 'query', 'queries')}")
        elif part == EMBEDDING:
            n_compared = self._embedding.n_compared
            self.test_button.setText(f"Compare {count(n_compared, 'prompt')}")
        can_test = self.is_ready and is_idle
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        self.test_button.setEnabled(can_test)
        has_result = self.last_result is not None
        self.save_button.setEnabled(has_result and is_idle and not why_not)
        told = "Keep figures and predictions of the last test under a name"
        self.save_button.setToolTip(why_not or (told if has_result else "Test first, then save"))
        self._offer_copies(comparison)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the acts a row of their own where there is no room beside the parts."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._acts.setVisible(self.segments.current != PATTERNS)
        parts = (self.segments, self._acts) if self._acts.isVisibleTo(self) else (self.segments,)
        needed = sum(part.sizeHint().width() for part in parts) + self._row.spacing()
        has_room = needed <= self.width()
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(across if has_room else down)

    def _test_in_words(self) -> str:
        """Return the act with the rows that have a vector; a test embeds them where none has."""
        choices, options = self._choices, self._zero_shot.options
        if "filter" in options or "shots" in options:
            return "Test the chosen rows"
        n_rows = choices.corpus.n_rows if choices.corpus is not None else 0
        if choices.vector_set is not None:
            n_rows = choices.vector_set.n_rows
        n_rows = min(n_rows, options.get("sample", n_rows))
        return f"Test {count(n_rows, 'row')}" if n_rows else "Test"

    def _offer_copies(self, comparison: tuple[str, str, str] | None) -> None:
        folder, part = self._context.workspace.folder, self.segments.current
        python = command = ""
        if part == ZERO_SHOT and self.is_ready:
            job = self._zero_shot.test_job()
            python = copy_as.test_as_python(folder, job)
            command = copy_as.test_as_command(folder, job)
        elif part == INSTRUCTIONS and self.is_ready:
            compared = self._instructions.job()
            python = copy_as.instructions_as_python(folder, compared)
            command = copy_as.instructions_as_command(folder, compared)
        elif part == EMBEDDING and self.is_ready:
            benched = self._embedding.job()
            python = copy_as.bench_as_python(folder, benched)
            command = copy_as.bench_as_command(folder, benched)
        elif part == SAVED and comparison is not None:
            python = copy_as.comparison_as_python(folder, *comparison)
            command = copy_as.comparison_as_command(folder, *comparison)
        self.copy_as.offer(python=python, command=command, tables=self.last_result is not None)

    def _table(self, form: str) -> str:
        """Return the last result as a table of one row, or with everything it holds as JSON."""
        result = self.last_result or {}
        if form == JSON:
            return json.dumps(result, ensure_ascii=False, indent=1)
        return results_table([(f"{result['encoder']} on {result['corpus']}", result)], form)
