"""What embeds a corpus, and what has: the Embed panel above, the vector sets below."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtWidgets import QWidget

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.workflows.embed_choices import EmbedChoices
from embedding_lab.workflows.estimate_embedding import EstimateEmbedding
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.corpora.embed_form import EmbedForm
from embedding_lab_app.pages.corpora.embed_plan import plan_embedding
from embedding_lab_app.pages.corpora.vector_sets_model import VectorSetsModel, vector_set_line
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

WIDTHS = (120, 150, 72, 92, 92, 80, 72, 84, 110, 130)
MOST_LINES = 6


class EmbeddingsView(QWidget):
    """The Embed panel and the table of vector sets.

    Signals
    -------
    embed_wanted(job)
        The user pressed the primary button.
    delete_wanted(vector_set), export_wanted(vector_set)
        The user wants a vector set gone, or as a file.
    """

    embed_wanted = Signal(object)
    delete_wanted = Signal(object)
    export_wanted = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._corpus: Corpus | None = None
        self._here: list[VectorSet] = []
        self._everywhere: list[VectorSet] = []
        self._records: list[EncoderRecord] = []
        self._prompts: dict[str, HierarchicalPrompt] = {}
        self.model = VectorSetsModel(self)
        self._estimate_run = ""
        context.runner.job_ended.connect(self._on_runner_job_ended)
        self._encoders = Inquiry(context.runner, self)
        self._encoders.answered.connect(self._on_encoders_answered)
        self._encoders.failed.connect(self._on_encoders_failed)
        self._build()

    def _build(self) -> None:
        self.form = EmbedForm()
        self.form.changed.connect(self._on_form_changed)
        self.primary = PrimaryButton("Embed", self._embed)
        self.estimate_button = Button("Estimate", self._estimate, kind="link")
        self.estimate_button.setToolTip(
            "Encode a few of these rows for some three seconds, and say what all will take"
        )
        self.estimate = Label("", "small", wraps=True)
        self.estimate.hide()
        self.warning = Label("", "warning", wraps=True)
        self.error = ErrorBox()
        act = row(self.primary, self.estimate_button)
        act.setStretch(0, 1)
        self.panel = Card("Embed", self.form, self.warning, self.error, act, self.estimate)
        self.progress = JobCard(self._context.runner)
        self.outcome = Label("", wraps=True)
        self.outcome.hide()
        self.heading = Label("Embeddings of this corpus", "heading")
        self.nothing = Label(
            "None yet. A search by meaning needs the corpus embedded once.", "muted", wraps=True
        )
        self.table = DataTable("Embeddings")
        self.table.setObjectName("embeddings-table")
        self.table.setModel(self.model)
        self.table.set_widths(*WIDTHS)
        self.table.add_context_action("Export as .npy…", self._export)
        self.table.add_context_action("Delete", self._delete)
        self.table.selectionModel().selectionChanged.connect(self._on_table_selection_changed)
        self.export_button = Button("Export as .npy…", self._export)
        self.delete_button = Button("Delete", self._delete, kind="danger")
        self.buttons = boxed(row(None, self.export_button, self.delete_button))
        content = QWidget()
        layout = column(
            self.progress,
            self.panel,
            self.outcome,
            self.heading,
            self.nothing,
            self.table,
            self.buttons,
            spacing=12,
            margins=(0, 16, 0, 0),
        )
        layout.addStretch(1)
        content.setLayout(layout)
        self.setLayout(column(scrolled(content)))

    # Showing

    def show_corpus(
        self, corpus: Corpus, here: list[VectorSet], everywhere: list[VectorSet]
    ) -> None:
        """Show the vector sets of another corpus, or those of this one anew."""
        is_same = self._corpus is not None and self._corpus.id == corpus.id
        self._corpus, self._here, self._everywhere = corpus, here, everywhere
        if not is_same:
            self.outcome.hide()
            self.error.say("")
            self.form.show_corpus(corpus)
        self._encoders.ask(_offered)
        self._show_sets()

    def _show_sets(self) -> None:
        corpus = self._corpus
        if corpus is None:
            return
        chosen = self._chosen()
        offered = (self._records, self._prompts)
        self.model.show_lines([vector_set_line(corpus, item, *offered) for item in self._here])
        keys = [item.key for item in self._here]
        if keys:
            place = keys.index(chosen.key) if chosen and chosen.key in keys else len(keys) - 1
            self.table.selectRow(place)
        # Heading, lines, and the scroll bar below them.
        self.table.setFixedHeight(34 + min(len(keys), MOST_LINES) * 28 + 16)
        for widget in (self.table, self.buttons):
            widget.setVisible(bool(keys))
        self.nothing.setVisible(not keys)
        self._show_plan()

    def _show_plan(self) -> None:
        corpus, record = self._corpus, self.form.record
        why_not = self._context.workspace.why_read_only if self._context.has_workspace else ""
        if corpus is None or record is None:
            self.primary.set_act("Embed", "Looking for encoders…", is_enabled=False)
            return
        job = self.form.job(corpus)
        assert job is not None
        plan = plan_embedding(self._context.workspace, job, corpus, record, self._everywhere)
        self.warning.setText(plan.warning)
        self.warning.setVisible(bool(plan.warning))
        can = plan.n_rows > 0 and not why_not and self.progress.isHidden()
        self.primary.set_act(plan.act, why_not or plan.cost, is_enabled=can)
        self.estimate_button.setVisible(can)

    def show_running(self, run_id: str) -> None:
        """Follow a run of this corpus, or none."""
        self.progress.follow(run_id)
        if run_id:
            self.error.say("")
            self.outcome.hide()
        self._show_plan()

    def show_outcome(self, sentence: str) -> None:
        """Say how the last embedding went."""
        self.outcome.setText(sentence)
        self.outcome.setVisible(bool(sentence))

    def show_error(self, event: JobFailed) -> None:
        """Say why the last embedding failed."""
        self.error.say(event.message, event.hint, event.details)

    # Choosing

    def _chosen(self) -> VectorSet | None:
        rows = self.table.selected_rows()
        return self.model.vector_set(rows[0]) if rows else None

    def _embed(self) -> None:
        job = self.form.job(self._corpus) if self._corpus else None
        if job is not None:
            self.embed_wanted.emit(job)

    def _estimate(self) -> None:
        job = self.form.job(self._corpus) if self._corpus else None
        if job is not None:
            choices = {item.name: getattr(job, item.name) for item in fields(EmbedChoices)}
            self._estimate_run = self._context.runner.submit(
                EstimateEmbedding(**choices), owner=self
            )
            self.estimate.setText("Trying a few rows…")
            self.estimate.show()

    def _on_runner_job_ended(self, run_id: str, event: Event) -> None:
        if run_id != self._estimate_run:
            return
        self._estimate_run = ""
        if isinstance(event, JobCompleted):
            self.estimate.setText(event.result["sentence"])
        elif isinstance(event, JobFailed):
            self.estimate.setText(f"{event.message} {event.hint}".strip())

    def _export(self) -> None:
        self.export_wanted.emit(self._chosen())

    def _delete(self) -> None:
        self.delete_wanted.emit(self._chosen())

    def _on_form_changed(self) -> None:
        # What was estimated was another choice.
        self._estimate_run = ""
        self.estimate.hide()
        self._show_plan()

    def _on_table_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        is_chosen = bool(self.table.selected_rows())
        self.export_button.setEnabled(is_chosen)
        self.delete_button.setEnabled(is_chosen and self._context.workspace.is_writable)

    def _on_encoders_answered(
        self, offered: tuple[list[EncoderRecord], dict[str, HierarchicalPrompt]]
    ) -> None:
        self._records, self._prompts = offered
        self.form.show_encoders(self._records)
        self.form.show_embedding_prompts(list(self._prompts))
        self._show_sets()

    def _on_encoders_failed(self, event: JobFailed) -> None:
        self.show_error(event)

    def keyboard_start(self) -> QWidget:
        """Return where the keyboard should stand first."""
        self.form.encoder.setFocus(Qt.FocusReason.OtherFocusReason)
        return self.form.encoder


def outcome_sentence(result: dict[str, object], max_length: int) -> str:
    """Return what an embedding did, with what was cut off."""
    new, rows = _number(result, "new_rows"), _number(result, "rows")
    truncated = _number(result, "truncated")
    rate = float(str(result.get("rows_per_second", 0)))
    parts = [f"Embedded {count(new, 'row')} at {rate:,.0f} rows/s."]
    if rows != new:
        parts.append(f"{count(rows, 'row')} have a vector now.")
    if truncated:
        limit = f" {max_length:,} tokens" if max_length else " length"
        parts.append(
            f"{count(truncated, 'row')} {'was' if truncated == 1 else 'were'} longer than the "
            f"encoder's{limit}; what lies behind was left out."
        )
    return " ".join(parts)


def _number(result: dict[str, object], name: str) -> int:
    return int(str(result.get(name, 0)))


def _offered(workspace: Workspace) -> tuple[list[EncoderRecord], dict[str, HierarchicalPrompt]]:
    """Return the encoders and the embedding prompts."""
    return EncoderStore(workspace).list(), EmbeddingPromptStore(workspace).all()
