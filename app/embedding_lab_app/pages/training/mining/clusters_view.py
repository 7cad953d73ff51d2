"""The clusters of a table of negatives: which rows are hard for each other, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from embedding_lab.errors import LabError
from embedding_lab.workflows.show_clusters import FILE_ORDER, HARDEST, SUSPECTED
from embedding_lab.workspace.corpus_pictures import thumbnails
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pictures import PictureBox
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

ORDERS = {
    SUSPECTED: "Most suspected first", HARDEST: "Hardest first", FILE_ORDER: "As mined",
}  # fmt: skip
CLUSTERS = (
    ("anchor", "Anchor"), ("positive", "Its positive"), ("n", "Negatives"),
    ("mean", "Near"), ("n_suspected", "Suspected"),
)  # fmt: skip
MEMBERS = (
    ("candidate_cosine", "Near"), ("owner_cosine", "Query near"), ("is_suspected", "Suspected"),
    ("query", "Its query"), ("positive", "The negative"),
)  # fmt: skip
PICTURE_HEIGHT = 120
HEIGHTS = (200, 190, 190)


class ClustersView(QWidget):
    """Clusters above, the negatives of the chosen one below, the chosen negative in full beside.

    Signals
    -------
    order_chosen(order)
        Clusters are wanted in another order.
    """

    order_chosen = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._clusters: list[dict[str, Any]] = []
        self._corpus_id = ""
        self.order = ChoiceBox(18)
        self.order.setAccessibleName("Order of the clusters")
        self.order.offer((title, name) for name, title in ORDERS.items())
        self.note = Label("", "muted", wraps=True)
        self.clusters = DataTable("Clusters")
        self.cluster_model = RecordsModel(CLUSTERS, self.clusters, ("mean",))
        self.clusters.setModel(self.cluster_model)
        self.clusters.set_widths(280, 200, 92, 72, 96)
        self.clusters.stretch(0)
        self.members = DataTable("Negatives of the cluster")
        self.member_model = RecordsModel(
            MEMBERS, self.members, ("candidate_cosine", "owner_cosine")
        )
        self.members.setModel(self.member_model)
        self.members.set_widths(64, 104, 92, 200)
        self.details = KeyValueList()
        self.anchor_picture = PictureBox("Picture of the anchor's positive", PICTURE_HEIGHT)
        self.member_picture = PictureBox("Picture of the negative", PICTURE_HEIGHT)
        self._build()
        self.order.currentIndexChanged.connect(self._on_order_changed)
        self.clusters.selectionModel().currentRowChanged.connect(self._on_cluster_changed)
        self.members.selectionModel().currentRowChanged.connect(self._on_member_changed)

    def _build(self) -> None:
        head = row(self.order, self.note, spacing=12)
        head.setStretch(1, 1)
        whole = QWidget()
        pictures = row(self.anchor_picture, self.member_picture, spacing=12)
        whole.setLayout(column(self.details, pictures, None, spacing=12, margins=(0, 4, 8, 8)))
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        for widget in (self.clusters, self.members, scrolled(whole)):
            self.splitter.addWidget(widget)
            self.splitter.setStretchFactor(self.splitter.count() - 1, 1)
        self.splitter.setSizes(list(HEIGHTS))
        layout = column(boxed(head), self.splitter, spacing=8, margins=(0, 0, 8, 12))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_waiting(self, corpus_id: str) -> None:
        """Show nothing until the clusters of another table have been read."""
        self._corpus_id = corpus_id
        self._clusters = []
        self.note.setText("Reading…")
        self.cluster_model.show_records([])
        self._show_members(None)

    def show_clusters(self, result: dict[str, Any]) -> None:
        """Show clusters as a job returned them."""
        self._clusters = result["clusters"]
        self.note.setText(_note(result))
        self.cluster_model.show_records([_cluster_line(item) for item in self._clusters])
        if self._clusters:
            self.clusters.selectRow(0)
        else:
            self._show_members(None)

    def _show_members(self, cluster: dict[str, Any] | None) -> None:
        self.member_model.show_records(
            [_member_line(item) for item in cluster["members"]] if cluster else []
        )
        if cluster and cluster["members"]:
            self.members.selectRow(0)
        else:
            self._show_member(None, None)

    def _show_member(self, cluster: dict[str, Any] | None, member: dict[str, Any] | None) -> None:
        if cluster is None or member is None or member["query"] is None:
            self.details.show_pairs([])
            for box in (self.anchor_picture, self.member_picture):
                box.show_picture(b"")
            return
        anchor = cluster["anchor"]
        pairs = [
            ("Anchor", _said(anchor["query"])),
            ("Its positive", _said(anchor["positive"])),
            ("Negative", _said(member["positive"])),
            ("Query of the negative", _said(member["query"])),
        ]
        if anchor["label"]:
            pairs.append(("Classes", f"{anchor['label']}, {member['label']}"))
        self.details.show_pairs([pair for pair in pairs if pair[1]])
        self._show_pictures(anchor["positive"], member["positive"])

    def _show_pictures(self, anchor: dict[str, str], member: dict[str, str]) -> None:
        digests = [side.get("picture", "") for side in (anchor, member)]
        contents: dict[str, bytes] = {}
        if any(digests):
            try:
                corpus = self._context.workspace.corpus(self._corpus_id)
                contents = thumbnails(corpus, [digest for digest in digests if digest])
            except LabError as error:
                self._context.notices.error(error)
        for box, digest in zip((self.anchor_picture, self.member_picture), digests, strict=True):
            box.show_picture(contents.get(digest, b""))

    @property
    def _cluster(self) -> dict[str, Any] | None:
        number = self.clusters.currentIndex().row()
        return self._clusters[number] if 0 <= number < len(self._clusters) else None

    def _on_order_changed(self, _index: int) -> None:
        self.order_chosen.emit(self.order.chosen)

    def _on_cluster_changed(self, _current: object, _before: object) -> None:
        self._show_members(self._cluster)

    def _on_member_changed(self, _current: object, _before: object) -> None:
        cluster, number = self._cluster, self.members.currentIndex().row()
        members = cluster["members"] if cluster else []
        self._show_member(cluster, members[number] if 0 <= number < len(members) else None)


def _cluster_line(cluster: dict[str, Any]) -> dict[str, Any]:
    anchor = cluster["anchor"]
    return {
        "anchor": _said(anchor["query"]) or f"Pair {anchor['row']:,}",
        "positive": _said(anchor["positive"]),
        "n": len(cluster["members"]),
        "mean": f"{cluster['candidate_cosine']:.3f}",
        "n_suspected": cluster["n_suspected"],
    }


def _member_line(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "candidate_cosine": f"{member['candidate_cosine']:.3f}",
        "owner_cosine": f"{member['owner_cosine']:.3f}",
        "is_suspected": member["is_suspected"],
        "query": _said(member["query"]) or f"Pair {member['row']:,}",
        "positive": _said(member["positive"]),
    }


def _said(side: dict[str, str] | None) -> str:
    if side is None:
        return ""
    return " ".join(side["text"].split()) if "text" in side else "a picture"


def _note(result: dict[str, Any]) -> str:
    shown, n = len(result["clusters"]), result["n_clusters"]
    told = f"{shown:,} of {count(n, 'cluster')}" if shown < n else count(n, "cluster")
    if not result["is_current"]:
        told += ". The corpus has changed since, so nothing is shown of what rows say"
    return f"{told}."
