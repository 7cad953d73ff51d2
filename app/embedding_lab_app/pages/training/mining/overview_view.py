"""What was mined: figures, the miners beside each other, and how hard negatives are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from embedding_lab_app.pages.training.mining.words import WAYS, comparison_rows, facts
from embedding_lab_app.plots.cloud import Cloud, CloudPlot, Corner
from embedding_lab_app.plots.histogram import Histogram
from embedding_lab_app.widgets.data_table import ROW_HEIGHT, DataTable
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Card, scrolled
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.training.mining.pair_cloud import PairCloud

COLUMNS = (
    ("way", "Negatives"), ("candidate_cosine", "Near"), ("owner_cosine", "Query near"),
    ("false_negatives", "False negatives"), ("coverage", "Coverage"),
)  # fmt: skip
FIGURES = ("candidate_cosine", "owner_cosine", "false_negatives", "coverage")
WIDTHS = (140, 76, 108, 164, 96)
FRAME = 44
NOT_CHOSEN, CHOSEN = "Passed over", "Taken as negatives"
FALSE = "Probably false negatives"
ESTIMATE = (
    "Without classes nobody knows which negatives are right answers. False negatives are estimated "
    "as those whose query is as near to the anchor as anchors usually are to their own positives. "
    "Its level means little, and SaHa lowers it by its very rule."
)
EXACT = "Classes are known: false negatives are negatives of the anchor's own class."
READ_ON = (
    "Near is the mean cosine of anchors and negatives, query near that of anchors and the "
    "negatives' own queries. Harder negatives teach more until they are right answers that nobody "
    "marked. Which is better for these pairs, only training with both can tell."
)


class OverviewView(QWidget):
    """Figures first, then the comparison, then the clouds."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.notes = Label("", "warning", wraps=True)
        self.facts = KeyValueList()
        self.table = DataTable("Miners beside each other")
        self.model = RecordsModel(COLUMNS, self.table, FIGURES)
        self.table.setModel(self.model)
        self.table.set_widths(*WIDTHS)
        self.table.stretch(0)
        self.about = Label("", "muted", wraps=True)
        self.cloud = CloudPlot(
            context,
            "Every pair that was weighed",
            x="Cosine of anchor and other positive",
            y="Cosine of anchor and its query",
        )
        self.cloud.setMinimumHeight(340)
        self.cloud_note = Label("", "small", wraps=True)
        self.histogram = Histogram(
            context,
            "How hard the negatives are",
            x="Cosine of anchor and negative",
            y="Negatives",
        )
        content = QWidget()
        content.setLayout(
            column(
                self.notes,
                Card("", self.facts),
                Card("Beside other ways, on the same vectors", self.table, self.about),
                Card("", self.cloud, self.cloud_note),
                Card("", self.histogram),
                None,
                spacing=12,
                margins=(0, 0, 8, 16),
            )
        )
        self.area = scrolled(content)
        self.setLayout(column(self.area))

    def show_result(self, result: dict[str, Any], cloud: PairCloud) -> None:
        """Show another table of negatives."""
        self.notes.setText("\n".join(result["notes"]))
        self.notes.setVisible(bool(result["notes"]))
        self.facts.show_pairs(facts(result))
        self.model.show_records(comparison_rows(result))
        self.table.setFixedHeight(FRAME + ROW_HEIGHT * self.model.rowCount())
        is_exact = result["false_negatives"]["is_exact"]
        self.about.setText(f"{EXACT if is_exact else ESTIMATE} {READ_ON}")
        self._show_cloud(cloud, result["suspected_from"])
        self._show_histogram(result)
        self.area.verticalScrollBar().setValue(0)

    def _show_cloud(self, cloud: PairCloud, threshold: float) -> None:
        taken = cloud.is_chosen
        clouds = [
            Cloud(name, cloud.candidate_cosines[is_in], cloud.owner_cosines[is_in])
            for name, is_in in ((NOT_CHOSEN, ~taken), (CHOSEN, taken))
        ]
        self.cloud.show_clouds(clouds, Corner(FALSE, threshold, threshold))
        drawn = len(taken)
        of_all = f"{drawn:,} of {count(cloud.n_all, 'pair')}, drawn at random. "
        self.cloud_note.setText(
            (of_all if drawn < cloud.n_all else "")
            + f"The dashed lines are at {threshold:.3f}, the median cosine of an anchor and "
            "its own positive."
        )

    def _show_histogram(self, result: dict[str, Any]) -> None:
        entries = result["comparison"]
        edges = entries[0]["histogram"]["edges"]
        series = {
            WAYS.get(entry["sampler"], entry["sampler"]): entry["histogram"]["counts"]
            for entry in entries
        }
        self.histogram.show_counts(edges, series if edges else {})
