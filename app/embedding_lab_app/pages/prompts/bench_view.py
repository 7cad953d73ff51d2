"""The zero-shot bench: prompts to type, and what a preview or a test says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from embedding_lab_app.pages.prompts.confusion_view import ConfusionView
from embedding_lab_app.pages.prompts.optimizer_view import OptimizerView
from embedding_lab_app.pages.prompts.prompt_editors import PromptEditors
from embedding_lab_app.pages.prompts.result_views import (
    ClassesView,
    ConfidenceView,
    OverviewView,
    TemplatesView,
)
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import EmptyState
from embedding_lab_app.widgets.wording import count, interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.optimizer import OptimizerController
    from embedding_lab_app.pages.prompts.zero_shot import Outcome, ZeroShotController

TABS = ("prompts", "overview", "confusion", "templates", "classes", "confidence")
LIVE = {"confusion", "templates"}
# The way to classify that a pattern stands for.
CONFUSION_MODES = {"vote": "vote", "calibrate": "calibrated"}


class _Waiting(QStackedWidget):
    """A part of the results, or what to do to have it."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.empty = EmptyState("Nothing is tested yet", "")
        self.addWidget(self.empty)
        self.addWidget(view)


class BenchView(QWidget):
    """The figures that count above, the parts as tabs below.

    Signals
    -------
    row_chosen(row)
        A row is to be shown whole.
    """

    row_chosen = Signal(int)

    def __init__(
        self,
        context: AppContext,
        controller: ZeroShotController,
        optimizer: OptimizerController,
    ) -> None:
        super().__init__()
        self._controller = controller
        self.editors = PromptEditors(context, controller)
        self.optimizer = OptimizerView(context, optimizer)
        self.prompts = QStackedWidget()
        for widget in (self.editors, self.optimizer):
            self.prompts.addWidget(widget)
        self.overview = OverviewView(context)
        self.confusion = ConfusionView(context, controller)
        self.templates = TemplatesView(context)
        self.classes = ClassesView(context)
        self.confidence = ConfidenceView(context)
        self.chip = Label("", "chip")
        self.chip.setFixedHeight(24)
        self.figures = ElidedLabel("", "")
        self.remark = Label("", "warning", wraps=True)
        self.chip.hide()
        self.remark.hide()
        strip = row(self.chip, self.figures)
        strip.setStretch(1, 1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setAccessibleName("Parts of the test")
        self.tabs.addTab(self.prompts, "Prompts")
        self._parts: dict[str, _Waiting] = {}
        for name, view in self._views().items():
            self._parts[name] = _Waiting(view)
            self.tabs.addTab(self._parts[name], name.capitalize())
        layout = column(boxed(strip), self.remark, self.tabs, spacing=4)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self._connect()
        self.clear("")

    def _connect(self) -> None:
        controller = self._controller
        controller.previewed.connect(self._on_previewed)
        controller.tested.connect(self._on_tested)
        controller.preview_failed.connect(self._on_preview_failed)
        controller.waiting.connect(self._on_waiting)
        self.templates.templates_wanted.connect(self._on_templates_wanted)
        self.confusion.row_chosen.connect(self.row_chosen)
        self.editors.optimizer_wanted.connect(self.show_optimizer)
        self.optimizer.closed.connect(self.show_editors)
        self.optimizer.prompts_wanted.connect(self._on_prompts_found)

    def _views(self) -> dict[str, QWidget]:
        return {
            "overview": self.overview,
            "confusion": self.confusion,
            "templates": self.templates,
            "classes": self.classes,
            "confidence": self.confidence,
        }

    @property
    def part(self) -> str:
        """Which tab is shown."""
        return TABS[self.tabs.currentIndex()]

    def show_part(self, part: str) -> None:
        """Show one tab; an unknown one is ignored."""
        if part in TABS:
            self.tabs.setCurrentIndex(TABS.index(part))

    def show_optimizer(self) -> None:
        """Show the search for better prompts in place of the editors."""
        self.show_part("prompts")
        self.prompts.setCurrentWidget(self.optimizer)

    def show_editors(self) -> None:
        """Show the editors."""
        self.show_part("prompts")
        self.prompts.setCurrentWidget(self.editors)

    def edit(self, classes: Sequence[Any], templates: Sequence[str], what: str) -> None:
        """Put classes and templates into the editors; ``what`` names them for Undo."""
        self.editors.show_prompts(classes, templates, what)
        self.show_editors()

    def use_pattern(self, use: str, templates: Sequence[str]) -> None:
        """Show where a prompt pattern is tried with an encoder, filled with its templates."""
        if use == "search_templates":
            self.show_optimizer()
        elif use in CONFUSION_MODES:
            self.show_part("confusion")
            self.confusion.mode.setCurrentIndex(self.confusion.mode.findData(CONFUSION_MODES[use]))
        else:
            self.show_editors()
            if templates:
                self.editors.show_templates("\n".join(templates))
            else:
                self.editors.show_examples()

    def clear(self, act: str) -> None:
        """Show no figures; ``act`` names the button that brings them."""
        self.chip.hide()
        self.remark.hide()
        self.figures.setText("")
        for part in self._parts.values():
            part.empty.say("Nothing is tested yet", f"Press “{act}” above." if act else "")
            part.setCurrentIndex(0)

    # Outcomes

    def _on_waiting(self, message: str) -> None:
        if message:
            self.figures.set_kind("muted")
            self.figures.setText(message)

    def _on_previewed(self, outcome: Outcome) -> None:
        self._say("Live", outcome)
        self._show(LIVE, outcome)
        tested = self._controller.tested_outcome
        if tested is not None:
            change = outcome.result["accuracy"] - tested.result["accuracy"]
            self.figures.setText(f"{self.figures.text()} · {change:+.3f} since the last test")

    def _on_tested(self, outcome: Outcome) -> None:
        self._say("Tested", outcome)
        self._show(set(self._parts), outcome)
        if self.part == "prompts":
            self.show_part("overview")

    def _on_preview_failed(self, message: str) -> None:
        self.chip.hide()
        self.figures.setText("")
        self._remark(message, "error")

    def _remark(self, text: str, kind: str) -> None:
        self.remark.set_kind(kind)
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    def _show(self, names: set[str], outcome: Outcome) -> None:
        for name, view in self._views().items():
            if name in names:
                view.show_outcome(outcome)  # type: ignore[attr-defined]
                self._parts[name].setCurrentIndex(1)

    def _say(self, chip: str, outcome: Outcome) -> None:
        result = outcome.result
        self.chip.setText(chip)
        self.chip.show()
        self.figures.set_kind("")
        ends = f" {interval(result['macro_f1_ci'])}" if outcome.is_whole else ""
        pace = "" if outcome.is_whole else f" · {result['scoring_ms']:,.0f} ms"
        self.figures.setText(
            f"Accuracy {result['accuracy']:.3f} {interval(result['accuracy_ci'])} · "
            f"macro F1 {result['macro_f1']:.3f}{ends} · {count(result['n'], 'item')}{pace}"
        )
        self._remark(_left_out(result), "warning")

    def _on_templates_wanted(self, text: str) -> None:
        self.editors.show_templates(text)
        self.show_editors()

    def _on_prompts_found(self, prompt_set: dict[str, Any]) -> None:
        self.edit(prompt_set["classes"], prompt_set["templates"], "prompts that were found")


def _left_out(result: dict[str, Any]) -> str:
    """Return which rows are left out, and why."""
    parts = []
    without = result["without_class"]
    if without:
        named = ", ".join(list(without)[:3])
        more = ", …" if len(without) > 3 else ""
        parts.append(f"{count(result['n_without_class'], 'row')} of other labels ({named}{more})")
    for key, words in (("n_unlabelled", "without a label"), ("n_without_vector", "not embedded")):
        if result[key]:
            parts.append(f"{count(result[key], 'row')} {words}")
    return f"Left out: {'; '.join(parts)}." if parts else ""
