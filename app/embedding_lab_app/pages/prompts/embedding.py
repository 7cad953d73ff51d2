"""Embedding prompts: what is edited becomes a preview, a saved prompt, or a comparison."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
from embedding_lab.embedding_prompts.presets import OWN, PRESETS
from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.jobs.events import JobCompleted, JobFailed, JobLogged
from embedding_lab.types import Role
from embedding_lab.workflows.bench_prompts import BenchPrompts
from embedding_lab.workflows.render_prompt import RenderPrompt
from embedding_lab_app.widgets.pause import pause

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices

PAUSE_MS = 300
FIRST_PROMPT, FIRST_TEXT = "hierarchical", "cat"
RELEVANT = frozenset({"embedding_prompts", "trash"})


class EmbeddingPromptsController(QObject):
    """Holds the texts that are edited, and runs what shows and compares them.

    Signals
    -------
    prompts_changed()
        Other prompts can be chosen, or another one is.
    changed()
        Something else was typed or chosen.
    previewed(side, result), preview_failed(side, sentence)
        What an encoder reads on one side of a search, or why that cannot be shown.
    running(run_id)
        A comparison began, or ended: no id then.
    compared(result), failed(event)
        How it ended.
    """

    prompts_changed = Signal()
    changed = Signal()
    previewed = Signal(str, object)
    preview_failed = Signal(str, str)
    running = Signal(str)
    compared = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, choices: PromptChoices, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._choices = choices
        self.prompts: dict[str, HierarchicalPrompt] = dict(PRESETS)
        self.name = FIRST_PROMPT
        self.texts: dict[str, str] = asdict(PRESETS[FIRST_PROMPT])
        self.left_out: set[str] = set()
        self.text, self.has_image = FIRST_TEXT, False
        self.pooling, self.layer, self.k = "", -1, 1
        self.is_previewing = False
        self._previews: dict[str, str] = {}
        # A newer job of one owner takes the place of an older; the two sides are shown together.
        self._sides = {role.value: QObject(self) for role in Role}
        self._run_id = ""
        self._pause = pause(self, PAUSE_MS, self.preview)
        context.runner.event_received.connect(self._on_event)
        context.runner.job_ended.connect(self._on_job_ended)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)
        choices.changed.connect(self._on_choices_changed)
        self._encoder_id = ""

    # Prompts by name

    @property
    def is_edited(self) -> bool:
        """Whether the texts are others than those of the chosen prompt."""
        return self.texts != asdict(self.prompts[self.name])

    @property
    def changes(self) -> dict[str, str]:
        """What the texts are over those of the prompt without any."""
        return {name: text for name, text in self.texts.items() if text} or dict(self.texts)

    @property
    def is_own(self) -> bool:
        """Whether the chosen prompt is the workspace's own, and may be changed."""
        return self.name not in PRESETS

    def reload(self) -> None:
        """Read the workspace's own prompts again."""
        self.prompts = EmbeddingPromptStore(self._context.workspace).all()
        if self.name not in self.prompts:
            self.choose(FIRST_PROMPT)
        self.prompts_changed.emit()

    def choose(self, name: str) -> None:
        """Edit the texts of another prompt."""
        self.name = name
        self.texts = asdict(self.prompts[name])
        self.prompts_changed.emit()
        self._show_soon()

    def edit(self, texts: dict[str, str]) -> None:
        """Take texts as they were typed."""
        self.texts = dict(texts)
        self._show_soon()

    def save(self, name: str) -> None:
        """Keep the texts in the workspace.

        Raises
        ------
        LabError
            If the name or the workspace does not take them.
        """
        EmbeddingPromptStore(self._context.workspace).save(name, HierarchicalPrompt(**self.texts))
        self.name = name
        self._context.announce("embedding_prompts")

    def delete(self) -> None:
        """Move the chosen prompt, which is an own one, to the trash.

        Raises
        ------
        LabError
            If the workspace is open read-only.
        """
        EmbeddingPromptStore(self._context.workspace).delete(self.name)
        self._context.announce("embedding_prompts", "trash")

    def set_options(self, **options: Any) -> None:
        """Set ``text``, ``has_image``, ``pooling``, ``layer`` or ``k``."""
        for name, value in options.items():
            setattr(self, name, value)
        self._show_soon()

    # The preview

    def _show_soon(self) -> None:
        self.changed.emit()
        if self.is_previewing:
            self._pause.start()

    def preview(self) -> None:
        """Show what the chosen encoder reads, now and after every change."""
        self._pause.stop()
        encoder = self._choices.encoder
        if encoder is None or not self._context.has_workspace:
            return
        self.is_previewing = True
        for role in Role:
            job = RenderPrompt(
                encoder.name,
                self.text,
                preset="none",
                changes=self.changes,
                side=role.value,
                has_image=self.has_image,
                pooling=self.pooling,
            )
            owner = self._sides[role.value]
            self._previews[role.value] = self._context.runner.submit(job, owner=owner)

    # The comparison

    @property
    def compared_names(self) -> list[str]:
        """The prompts that are compared, the first of which all others are compared with."""
        return [name for name in self.prompts if name not in self.left_out]

    @property
    def n_compared(self) -> int:
        """How many prompts are compared, with the one that is being edited."""
        return len(self.compared_names) + self.is_edited

    @property
    def is_ready(self) -> bool:
        """Whether there is something to compare on."""
        corpus, encoder = self._choices.corpus, self._choices.encoder
        has_both = corpus is not None and encoder is not None
        return has_both and bool(corpus.has_labels or corpus.splits) and self.n_compared > 0  # type: ignore[union-attr]

    def leave_out(self, name: str, *, is_left_out: bool) -> None:
        """Compare a prompt too, or leave it out."""
        (self.left_out.add if is_left_out else self.left_out.discard)(name)
        self.changed.emit()

    def job(self) -> BenchPrompts:
        """Return the comparison; what is edited and not saved is named ``own``."""
        corpus, encoder = self._choices.corpus, self._choices.encoder
        return BenchPrompts(
            corpus.name if corpus else "",
            encoder.name if encoder else "",
            presets=tuple(self.compared_names),
            changes=self.changes if self.is_edited else {},
            pooling=self.pooling,
            layer=self.layer,
            k=self.k,
            modality=self._choices.asked_modality,
        )

    def compare(self) -> None:
        """Run the comparison.

        Raises
        ------
        LabError
            If the workspace does not take it.
        """
        self._run_id = self._context.runner.submit(self.job())
        self.running.emit(self._run_id)

    # Answers

    def _on_event(self, run_id: str, event: Event) -> None:
        side = self._side_of(run_id)
        if side and isinstance(event, JobLogged):
            self.preview_failed.emit(side, event.message)

    def _on_job_ended(self, run_id: str, event: Event) -> None:
        side = self._side_of(run_id)
        if side:
            del self._previews[side]
            if isinstance(event, JobCompleted):
                self.previewed.emit(side, event.result)
            elif isinstance(event, JobFailed):
                self.preview_failed.emit(side, f"{event.message} {event.hint}".strip())
        elif run_id == self._run_id:
            self._run_id = ""
            self.running.emit("")
            if isinstance(event, JobCompleted):
                self.compared.emit(event.result)
            elif isinstance(event, JobFailed):
                self.failed.emit(event)

    def _side_of(self, run_id: str) -> str:
        return next((side for side, own in self._previews.items() if own == run_id), "")

    def _on_choices_changed(self) -> None:
        encoder_id = self._choices.encoder.id if self._choices.encoder else ""
        if encoder_id != self._encoder_id:
            # Another encoder may have to be loaded first, so it is not asked by itself.
            self._encoder_id, self.is_previewing = encoder_id, False
            for role in Role:
                self.preview_failed.emit(role.value, "")
        self.changed.emit()

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & RELEVANT:
            self.reload()


def title_of(name: str) -> str:
    """Return what a prompt is called in a figure; what is not saved is what is being edited."""
    return "as edited" if name == OWN else name
