"""Mining in the window: choices become a job, tables are listed and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import LabError
from embedding_lab.workflows.mine_negatives import MineNegatives, described_table
from embedding_lab.workflows.plan_mining import plan_mining
from embedding_lab.workflows.show_clusters import ShowClusters
from embedding_lab.workspace.negatives_store import NegativesStore
from embedding_lab_app.jobs.followed import FollowedJob
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.pages.training.mining.choices import MiningChoices
from embedding_lab_app.pages.training.mining.pair_cloud import pair_cloud

if TYPE_CHECKING:
    from embedding_lab.workspace.negatives import NegativesMeta
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.context import AppContext

RELEVANT = frozenset({"negatives", "corpora", "trash"})


class MiningController(QObject):
    """Follows one mining job, and knows the tables there are, newest first.

    Attributes
    ----------
    choices : MiningChoices
        What can be mined.
    mining : FollowedJob
        The newest mining job.
    metas : list of NegativesMeta
        The tables.
    chosen_id : str
        The table that is shown; empty while another one is being chosen for.

    Signals
    -------
    listed()
        Other tables are there, or another one is chosen.
    planned(plan), plan_failed(event)
        What the job that was asked about would take, or why it cannot be done.
    read(result, cloud)
        Every figure of the chosen table, and the pairs that were weighed.
    clusters_read(result)
        Clusters of the chosen table.
    failed(event)
        The chosen table could not be read.
    """

    listed = Signal()
    planned = Signal(object)
    plan_failed = Signal(object)
    read = Signal(object, object)
    clusters_read = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.choices = MiningChoices(context, self)
        self.mining = FollowedJob(context.runner, self)
        self.metas: list[NegativesMeta] = []
        self.chosen_id = ""
        self._plan = Inquiry(context.runner, self)
        self._table = Inquiry(context.runner, self)
        self._clusters = FollowedJob(context.runner, self)
        self._plan.answered.connect(self.planned)
        self._plan.failed.connect(self.plan_failed)
        self._table.answered.connect(self._on_table_answered)
        self._table.failed.connect(self.failed)
        self._clusters.changed.connect(self._on_clusters_changed)
        self.mining.changed.connect(self._on_mining_changed)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.workspace_changed.connect(self._on_workspace_changed)

    # Tables

    def reload(self) -> None:
        """Read the list of tables again."""
        self.metas = [table.meta for table in reversed(self._context.workspace.negatives())]
        if self.chosen_id not in {meta.id for meta in self.metas}:
            self.chosen_id = ""
        self.listed.emit()

    @property
    def meta(self) -> NegativesMeta | None:
        """What the chosen table is."""
        return next((meta for meta in self.metas if meta.id == self.chosen_id), None)

    def choose(self, table_id: str) -> None:
        """Show another table, or none for an empty id."""
        known = {meta.id for meta in self.metas}
        self.chosen_id = table_id if table_id in known else ""
        self.listed.emit()
        if not self.chosen_id:
            return
        chosen = self.chosen_id

        def look(workspace: Workspace) -> Any:
            table = NegativesStore(workspace).get(chosen)
            return described_table(table), pair_cloud(table)

        self._table.ask(look)

    def read_clusters(self, order: str) -> None:
        """Read clusters of the chosen table in an order."""
        if self.chosen_id:
            self._clusters.start(ShowClusters(self.chosen_id, order))

    def delete(self) -> None:
        """Move the chosen table to the trash."""
        meta = self.meta
        if meta is None:
            return
        try:
            workspace = self._context.workspace
            workspace.delete_negatives(NegativesStore(workspace).get(meta.id))
        except (LabError, OSError) as error:
            self._context.notices.error(error)
            return
        self._context.notices.info(f"{meta.name} is in the trash.")
        self._context.announce("negatives", "trash", initiator=self)

    # Mining

    def plan(self, job: MineNegatives) -> None:
        """Ask what a job would take."""
        self._plan.ask(lambda workspace: plan_mining(workspace, job))

    def mine(self, job: MineNegatives) -> None:
        """Start mining, or tell why it cannot be."""
        try:
            self.mining.start(job)
        except (LabError, OSError) as error:
            self._context.notices.error(error)

    # Answers

    def _on_table_answered(self, answer: tuple[dict[str, Any], Any]) -> None:
        result, cloud = answer
        if result["negatives"] == self.chosen_id:
            self.read.emit(result, cloud)

    def _on_clusters_changed(self) -> None:
        result = self._clusters.result
        if result is not None and result["negatives"] == self.chosen_id:
            self.clusters_read.emit(result)
        elif self._clusters.failure is not None:
            self.failed.emit(self._clusters.failure)

    def _on_mining_changed(self) -> None:
        result = self.mining.result
        if result is not None:
            # Mining pictures may have embedded the corpus.
            self._context.announce("negatives", "embeddings", initiator=self)
            self.choose(result["negatives"])

    def _on_workspace_opened(self, _workspace: object) -> None:
        self.chosen_id = ""
        self.mining.forget()
        self.reload()

    def _on_workspace_changed(self, kinds: frozenset[str], _initiator: object) -> None:
        if kinds & RELEVANT:
            self.reload()
