"""One table of negatives: its name, what can be done with it, figures and clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab_app.pages.training.mining.clusters_view import ClustersView
from embedding_lab_app.pages.training.mining.overview_view import OverviewView
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.segments import Segments
from embedding_lab_app.widgets.surfaces import ErrorBox

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workspace.negatives import NegativesMeta
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.mining.controller import MiningController

FIGURES, CLUSTERS = "figures", "clusters"


class TableView(QWidget):
    """Figures or clusters of the chosen table.

    Signals
    -------
    train_wanted(), delete_wanted()
        The table is to be trained with, or to go to the trash.
    """

    train_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, context: AppContext, controller: MiningController) -> None:
        super().__init__()
        self._context = context
        self._controller = controller
        self._shown_id = self._clusters_of = ""
        self._is_read = False
        self.title = ElidedLabel("", "title")
        self.segments = Segments("What to look at", {FIGURES: "Figures", CLUSTERS: "Clusters"})
        self.train_button = Button("Train with these…", self.train_wanted.emit)
        self.delete_button = Button("Delete", self.delete_wanted.emit)
        self.error = ErrorBox()
        self.overview = OverviewView(context)
        self.clusters = ClustersView(context)
        self.stack = QStackedWidget()
        self.nothing = QWidget()
        for widget in (self.nothing, self.overview, self.clusters):
            self.stack.addWidget(widget)
        head = row(
            self.title,
            self.segments,
            self.train_button,
            self.delete_button,
            spacing=12,
            margins=(0, 0, 8, 0),
        )
        head.setStretch(0, 1)
        layout = column(boxed(head), self.error, self.stack, spacing=12, margins=(12, 0, 0, 0))
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.segments.chosen.connect(self._on_segment_chosen)
        self.clusters.order_chosen.connect(controller.read_clusters)
        controller.read.connect(self._on_read)
        controller.clusters_read.connect(self.clusters.show_clusters)
        controller.failed.connect(self._on_failed)

    def show_table(self, meta: NegativesMeta) -> None:
        """Show the name of another table; its figures come when they are read."""
        self.title.setText(meta.name)
        why_not = self._context.workspace.why_read_only
        self.delete_button.setEnabled(not why_not)
        self.delete_button.setToolTip(why_not or "Move this table to the trash")
        if meta.id != self._shown_id:
            self._shown_id, self._is_read = meta.id, False
            self.error.say("")
            self.stack.setCurrentWidget(self.nothing)
            self.clusters.show_waiting(meta.corpus_id)
            self._clusters_of = ""

    def _on_read(self, result: dict[str, Any], cloud: Any) -> None:
        self.error.say("")
        self.overview.show_result(result, cloud)
        self._is_read = True
        self._on_segment_chosen(self.segments.current)

    def _on_failed(self, event: JobFailed) -> None:
        self.error.say(event.message, event.hint, event.details)

    def _on_segment_chosen(self, segment: str) -> None:
        if not self._is_read:
            return
        is_clusters = segment == CLUSTERS
        self.stack.setCurrentWidget(self.clusters if is_clusters else self.overview)
        if is_clusters and self._clusters_of != self._shown_id:
            self._clusters_of = self._shown_id
            self._controller.read_clusters(self.clusters.order.chosen)
