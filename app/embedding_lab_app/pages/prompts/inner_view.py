"""The layers of a language model as curves, and what it looks at as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.prompts import copy_as
from embedding_lab_app.pages.prompts.turn_editors import SIDES
from embedding_lab_app.plots.bars import Bar, BarPlot
from embedding_lab_app.plots.curves import Curve, CurvePlot
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workflows.bench_layers import BenchLayers
    from embedding_lab.workflows.measure_attention import MeasureAttention
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.inner import InnerController

PARTS = {
    "system": "System text",
    "image": "Picture",
    "user": "What the user says",
    "form": "Chat form",
}
RIGHT = {"knn": "Right label", "recall_at_1": "R@1"}
MOST_LAYERS = 999
TOLD = (
    "How good the vectors of each layer are, and which parts of the prompt are looked at when the "
    "vector is made; with the prompt and the pooling above. For transformers on the full engine."
)


class InnerView(Card):
    """Two buttons, and a figure for each under them."""

    def __init__(self, context: AppContext, controller: InnerController) -> None:
        self._context = context
        self._controller = controller
        self.layers_button = Button("Compare layers", self._compare_layers)
        self.side = ChoiceBox()
        self.side.offer((title, side) for side, title in SIDES.items())
        self.layer = NumberField(-1, MOST_LAYERS)
        self.layer.setValue(-1)
        self.layer.setSpecialValueText("The last")
        self.attention_button = Button("Measure attention", self._measure_attention)
        self.copy_as = CopyAsButton()
        self.job_card = JobCard(context.runner)
        self.error = ErrorBox()
        self.summary = Label("", "muted", wraps=True)
        self.curves = CurvePlot(context, "Right by layer", x="Layer", y="Share that is right")
        self.shares = BarPlot(context, "Share of attention", y="Share", what="Part")
        self.each = BarPlot(context, "Share of attention per token", y="Share", what="Part")
        self.attention = _side_by_side(self.shares, self.each)
        looked_at = row(
            Field("Attention of", self.side, "Which side of a search"),
            Field("In layer", self.layer, "0 is the first"),
            column(None, self.attention_button),
            None,
            spacing=12,
        )
        super().__init__(
            "Inside the model", Label(TOLD, "muted", wraps=True), looked_at,
            row(self.layers_button, None, self.copy_as), self.job_card, self.error, self.summary,
            self.curves, self.attention,
        )  # fmt: skip
        self.clear()
        controller.running.connect(self._on_running)
        controller.layers_found.connect(self._on_layers_found)
        controller.attention_found.connect(self._on_attention_found)
        controller.failed.connect(self._on_failed)

    def clear(self) -> None:
        """Put away what belongs to another corpus or encoder."""
        for widget in (self.summary, self.curves, self.attention):
            widget.hide()
        self.error.say("")
        self.copy_as.offer(python="", command="")

    def show_ready(self) -> None:
        """Say whether something can be run."""
        for button in (self.layers_button, self.attention_button):
            button.setEnabled(self._controller.is_ready)

    def _compare_layers(self) -> None:
        self._run(self._controller.layers_job())

    def _measure_attention(self) -> None:
        self._run(self._controller.attention_job(self.side.chosen, self.layer.value()))

    def _run(self, job: BenchLayers | MeasureAttention) -> None:
        self.error.say("")
        folder = self._context.workspace.folder
        self.copy_as.offer(
            python=copy_as.inner_as_python(folder, job),
            command=copy_as.inner_as_command(folder, job),
        )
        try:
            self._controller.run(job)
        except LabError as error:
            self.error.say(error.message, error.hint)

    def _on_running(self, run_id: str) -> None:
        self.job_card.follow(run_id)
        self.show_ready()

    def _on_failed(self, event: JobFailed) -> None:
        self.error.say(event.message, event.hint, event.details)

    def _on_layers_found(self, result: dict[str, Any]) -> None:
        layers = result["layers"]
        numbers = [item["layer"] for item in layers]
        self.curves.show_curves(
            [
                Curve(
                    title,
                    numbers,
                    [item[key] for item in layers],
                    [item[f"{key}_ci"][0] for item in layers],
                    [item[f"{key}_ci"][1] for item in layers],
                    has_dots=True,
                )
                for key, title in RIGHT.items()
                if key in layers[0]
            ]
        )
        key = next(key for key in RIGHT if key in layers[0])
        best = max(layers, key=lambda item: item[key])
        self._say(
            f"{RIGHT[key]} is highest in layer {best['layer']} ({best[key]:.3f}), and "
            f"{layers[-1][key]:.3f} in the last, {layers[-1]['layer']}. The layer was chosen on "
            "these rows, so expect a little less on others. Bands are 95 % intervals."
        )
        self.curves.show()

    def _on_attention_found(self, result: dict[str, Any]) -> None:
        parts = result["parts"]
        titles = [PARTS[item["part"]] for item in parts]
        side = SIDES[result["side"]]
        for plot, key in ((self.shares, "share"), (self.each, "share_per_token")):
            values = [item[key] for item in parts]
            plot.show_bars(titles, [Bar(side, values, [item[f"{key}_ci"] for item in parts])])
        layer = "the last layer" if result["layer"] == -1 else f"layer {result['layer']}"
        looks = "all tokens look" if result["pooling"] == "mean" else "the pooled token looks"
        self._say(
            f"Where {looks} in {layer} of {result['encoder']}, mean of all heads and of "
            f"{count(result['n'], 'row')} of {result['corpus']}; {side.lower()}."
        )
        self.attention.show()

    def _say(self, sentence: str) -> None:
        self.summary.setText(sentence)
        self.summary.show()


def _side_by_side(*figures: QWidget) -> QWidget:
    box = QWidget()
    layout = row(*figures, spacing=12)
    for place in range(len(figures)):
        layout.setStretch(place, 1)
    box.setLayout(layout)
    return box
