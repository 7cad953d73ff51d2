"""Home: where to begin, and what is here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.resources import SAMPLES
from embedding_lab_app.jobs.live_embedding import live_embeddings
from embedding_lab_app.pages.base import Page
from embedding_lab_app.pages.home.controller import CorpusSummary, HomeController
from embedding_lab_app.pages.home.welcome import Welcome
from embedding_lab_app.widgets.buttons import Button, MenuButton
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, DropArea, scrolled

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QLayout

    from embedding_lab_app.context import AppContext

MOST_RECENT = 5
STEP_WIDTH = 96


class HomePage(Page):
    """A place to drop files, the next step for each corpus, and the recent workspaces."""

    page_id: ClassVar[str] = "home"
    title: ClassVar[str] = "Home"
    icon: ClassVar[str] = "house"

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._controller = HomeController(context)
        self.welcome = Welcome(
            on_dropped=self._on_area_dropped,
            on_open_files=self._open_files,
            on_sample=partial(self._controller.open_sample, SAMPLES[0]),
            on_tour=self._take_tour,
        )
        self.drop_area = self._make_drop_area()
        self._corpora = column(spacing=8)
        self._recent = column(spacing=4)
        self.corpora_card = Card("In this workspace", self._corpora)
        self.recent_card = Card("Recent workspaces", self._recent)
        content = QWidget()
        content.setLayout(
            column(
                Label("Embedding Lab", "title"),
                self.drop_area,
                self.corpora_card,
                self.recent_card,
                None,
                spacing=16,
                margins=24,
            )
        )
        self.stack = QStackedWidget()
        self.usual = scrolled(content)
        for widget in (self.welcome, self.usual):
            self.stack.addWidget(widget)
        self.setLayout(column(self.stack))
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)
        context.runner.job_changed.connect(self._on_runner_job_changed)
        self._show()

    def _make_drop_area(self) -> DropArea:
        heading = Label("Drop texts or pictures here", "heading")
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        formats = Label(
            "CSV, TSV, JSON, JSON Lines, Parquet, plain text, Markdown, gzip forms of them, "
            "folders of them or of pictures, or a BEIR folder. An encoder's folder or ONNX file "
            "opens as an encoder.",
            "muted",
            wraps=True,
        )
        formats.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_button = Button("Open files…", self._open_files, kind="primary")
        self.sample_button = MenuButton("Open a sample", "Open a sample")
        for sample in SAMPLES:
            act = partial(self._controller.open_sample, sample)
            self.sample_button.add(sample.title, act, sample.summary)
        self.tour_button = Button("Take the tour", self._take_tour)
        buttons = row(None, self.open_button, self.sample_button, self.tour_button, None)
        area = DropArea(column(heading, formats, 4, buttons, spacing=12, margins=24))
        area.setAccessibleName("Drop files or folders here")
        area.dropped.connect(self._on_area_dropped)
        return area

    def _open_files(self) -> None:
        paths = self.context.asker.files("Open files of texts or pictures")
        if paths:
            self.context.drop(paths)

    def _take_tour(self) -> None:
        self.context.actions["help.tour"].run()

    def _on_area_dropped(self, paths: list[Path]) -> None:
        self.context.drop(paths)

    def _on_workspace_opened(self, _workspace: object) -> None:
        self._show()

    def _on_workspace_changed(self, _kinds: object, _initiator: object) -> None:
        self._show()

    def _on_runner_job_changed(self, _run_id: str) -> None:
        # Progress comes many times a second; only the beginning of an embedding changes a line.
        if live_embeddings(self.context.runner) != self._shown_embeddings:
            self._show()

    def _show(self) -> None:
        self._shown_embeddings = live_embeddings(self.context.runner)
        if not self.context.has_workspace:
            return
        is_first = self._controller.is_first_run
        self.stack.setCurrentWidget(self.welcome if is_first else self.usual)
        _clear(self._corpora)
        summaries = self._controller.corpora()
        for summary in summaries:
            self._corpora.addWidget(self._corpus_row(summary))
        if not summaries:
            self._corpora.addWidget(Label("No corpus yet. Drop a file above to begin.", "muted"))
        _clear(self._recent)
        recent = self.context.recent_workspaces()
        self.recent_card.setVisible(bool(recent))
        for folder in recent[:MOST_RECENT]:
            self._recent.addWidget(self._recent_row(folder))

    def _corpus_row(self, summary: CorpusSummary) -> QWidget:
        name = ElidedLabel(summary.name)
        facts = ElidedLabel(summary.facts, "muted")
        button = Button(summary.next_step, lambda: self._controller.take_next_step(summary))
        button.setAccessibleName(f"{summary.next_step} {summary.name}")
        return _line(name, facts, button, has_step=bool(summary.next_step))

    def _recent_row(self, folder: Path) -> QWidget:
        name = Button(folder.stem, lambda: self._open(folder), "link")
        name.setProperty("place", "start")
        where = ElidedLabel(str(folder.parent), "muted", mode=Qt.TextElideMode.ElideMiddle)
        if not self._controller.is_there(folder):
            name.setEnabled(False)
            where.setText(f"{folder.parent} · not found")
        return _line(boxed(row(name, None)), where, Button(""), has_step=False)

    def _open(self, folder: Path) -> None:
        self.context.workspace_requested.emit(folder)


def _line(first: QWidget, second: QWidget, step: Button, *, has_step: bool) -> QWidget:
    """Return a line of which the second part takes twice the room of the first.

    The room of the button stays where there is no step, so that all lines are alike.
    """
    step.setFixedWidth(STEP_WIDTH)
    policy = step.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    step.setSizePolicy(policy)
    layout = row(first, second, step, spacing=12)
    layout.setStretch(0, 1)
    layout.setStretch(1, 2)
    line = boxed(layout)
    step.setVisible(has_step)
    return line


def _clear(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
