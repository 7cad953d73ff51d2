"""The stops of the tour at training: hard negatives, a short run, its report."""

from __future__ import annotations

from embedding_lab_app.pages.training.mining.table_view import CLUSTERS
from embedding_lab_app.pages.training.page import TRAIN
from embedding_lab_app.tour.driver import LONG_S, SOON_S, Driver
from embedding_lab_app.waiting import wait_until

# A run of seconds: titles and texts need no judged documents to be encoded again and again.
SHORT_RUN = {
    "source": "titles",
    "limit": 600,
    "name": "starter, tuned",
    "settings": {
        "steps": 12,
        "batch_size": 8,
        "max_length": 64,
        "validation_rows": 60,
        "held_out_rows": 60,
        "validate_every": 4,
    },
}
WATCHED_STEP = 5


class TrainingStops(Driver):
    """Mines, trains and reads the report."""

    def mine_negatives(self) -> None:
        """Mine hard negatives for the sample's questions, and look at their clusters."""
        self._window.context.navigate("training", segment="negatives")
        mining = self._training.mining
        self._take("training", "training-negatives-form")
        wait_until(mining.form.button.button.isEnabled, "The plan of the mining", SOON_S)
        result = self._result_of(mining.form.button.button.click, LONG_S)
        self._require(result["coverage"] > 0.9, "questions of the sample are in no cluster")
        figures = mining.table.overview.model
        wait_until(lambda: figures.rowCount() > 0, "The figures of the negatives", SOON_S)
        self._album.note(
            "training",
            pairs=result["n_rows"],
            clusters=result["n_clusters"],
            recall_at_1=round(result["recall"]["recall@1"]["value"], 4),
            suspected=round(result["false_negatives"]["value"], 4),
        )
        self._take("training", "training-negatives")
        mining.table.segments.choose(CLUSTERS)
        clusters = mining.table.clusters.cluster_model
        wait_until(lambda: clusters.rowCount() > 0, "The clusters of the negatives", SOON_S)
        self._take("training", "training-clusters")

    def train(self) -> None:
        """Train the starter for some seconds and watch, then see what came of it."""
        self._window.context.navigate("training", segment=TRAIN)
        page = self._training
        page.form.show_job(SHORT_RUN)
        self._take("training", "training-form")
        self._ends.clear()
        page.form.primary.button.click()
        self._require(page.train.is_running, page.form.error.text)
        curves = page.train.curves
        wait_until(
            lambda: bool(self._ends) or (curves is not None and curves.step >= WATCHED_STEP),
            "The first steps",
            LONG_S,
        )
        self._take("training", "training-live")
        result = self._result(LONG_S)
        wait_until(page.runs_view.report.isVisible, "The report", SOON_S)
        self._album.note(
            "training",
            steps=result["steps"],
            base=round(result["base"][result["metric"]], 4),
            tuned=round(result["tuned"][result["metric"]], 4),
            verdict=result["verdict"],
        )
        self._take("training", "training-report")
