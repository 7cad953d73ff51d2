"""What a test found, part by part: overview, templates, classes, confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from embedding_lab_app.pages.prompts.words import MODES, SHORT_WAYS, WAYS, compared
from embedding_lab_app.plots.curves import Curve, CurvePlot
from embedding_lab_app.plots.histogram import Histogram
from embedding_lab_app.plots.intervals import Estimate, IntervalPlot
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card, scrolled
from embedding_lab_app.widgets.wording import count, interval, p_value

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.zero_shot import Outcome


class ResultView(QWidget):
    """A scrolled column of cards."""

    def _show(self, *cards: QWidget) -> None:
        content = QWidget()
        content.setLayout(column(*cards, None, spacing=12, margins=(0, 12, 8, 12)))
        self.setLayout(column(scrolled(content)))


class OverviewView(ResultView):
    """Accuracy and its like with intervals, ways to classify, histograms."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.figures = IntervalPlot(context, "Figures", x="Share of the items", what="Figure")
        columns = (
            ("mode", "Way"), ("accuracy", "Accuracy"), ("ci", "95 %"), ("f1", "Macro F1"),
            ("verdict", "Compared with the mean"),
        )  # fmt: skip
        self.modes = RecordTable("Ways to classify", columns, (152, 80, 112, 80))
        self.examples_note = Label("", "small", wraps=True)
        self.similarities = Histogram(context, "Similarities", x="Cosine")
        self.margins = Histogram(context, "Margins", x="Lead over the next class")
        self._show(
            Card("", self.figures),
            Card("Ways to classify", self.modes, self.examples_note),
            Card("", self.similarities),
            Card("", self.margins),
        )

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a test."""
        result = outcome.result
        estimates = [Estimate("Accuracy", result["accuracy"], *result["accuracy_ci"])]
        estimates.append(Estimate("Macro F1", result["macro_f1"], *result["macro_f1_ci"]))
        estimates += [
            Estimate(f"Among the first {item['k']}", item["accuracy"], *item["accuracy_ci"])
            for item in result["top_k"]
        ]
        self.figures.show_estimates(estimates)
        self.modes.show_records(
            [
                {
                    "mode": MODES[item["mode"]],
                    "accuracy": item["accuracy"],
                    "ci": interval(item["accuracy_ci"]),
                    "f1": item["macro_f1"],
                    "verdict": compared(item),
                }
                for item in result["modes"]
            ]
        )
        few_shot = result.get("few_shot")
        self.examples_note.setVisible(few_shot is not None)
        if few_shot is not None:
            n_examples = count(few_shot["n_examples"], "example")
            self.examples_note.setText(f"{n_examples} held out. {few_shot['note']}")
        near, ahead = result["similarity_histogram"], result["margin_histogram"]
        self.similarities.show_counts(
            near["edges"], {"Own class": near["own_class"], "Best other": near["best_other"]}
        )
        self.margins.show_counts(ahead["edges"], {"Right": ahead["right"], "Wrong": ahead["wrong"]})


class TemplatesView(ResultView):
    """Every template alone and what it adds; the set that a search found.

    Signals
    -------
    templates_wanted(text)
        The set that was found is to stand in the editor.
    """

    templates_wanted = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.alone = IntervalPlot(context, "Every template alone", x="Accuracy", what="Template")
        columns = (
            ("template", "Template"), ("accuracy", "Accuracy"), ("ci", "95 %"),
            ("contribution", "Adds"), ("verdict", "Compared with the mean of all"),
        )  # fmt: skip
        self.table = RecordTable("Templates", columns, (200, 88, 120, 72))
        self.found = Label("", wraps=True).make_selectable()
        self.found_templates = Label("", "muted", wraps=True).make_selectable()
        self.use_button = Button("Use these templates", self._use)
        self.search_card = Card(
            "A better set", self.found, self.found_templates, row(self.use_button, None)
        )
        self.search_card.hide()
        self._show(self.search_card, Card("", self.alone), Card("", self.table))

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a test, or what a preview knows."""
        result = outcome.result
        templates = result["templates"]
        self.alone.show_estimates(
            [Estimate(it["template"], it["accuracy"], *it["accuracy_ci"]) for it in templates],
            result["accuracy"],
        )
        self.alone.caption.setText("Dashed: all of them together")
        self.table.show_records(
            [
                {
                    "template": item["template"],
                    "accuracy": item["accuracy"],
                    "ci": interval(item["accuracy_ci"]),
                    "contribution": item["contribution"],
                    "verdict": compared(item),
                }
                for item in templates
            ]
        )
        self._show_search(result.get("search"))

    def _show_search(self, search: dict[str, Any] | None) -> None:
        self.search_card.setVisible(search is not None)
        if search is None:
            return
        self.found.setText(
            f"{count(len(search['chosen']), 'template')}: accuracy {search['accuracy']:.3f} "
            f"{interval(search['accuracy_ci'])} on {search['n']:,} items that did not choose, with "
            f"all templates {search['all_accuracy']:.3f}: {search['verdict']} "
            f"({search['difference']:+.3f} {interval(search['difference_ci'])}, "
            f"p {p_value(search['p_value'])})."
        )
        self.found_templates.setText("\n".join(search["chosen"]))

    def _use(self) -> None:
        self.templates_wanted.emit(self.found_templates.text())


class ClassesView(ResultView):
    """Precision, recall and F1 of each class, and classes that are near synonyms."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.recall = IntervalPlot(context, "Recall of each class", x="Recall", what="Class")
        columns = (
            ("label", "Class"), ("name", "Words"), ("support", "Items"), ("precision", "Precision"),
            ("recall", "Recall"), ("ci", "95 %"), ("f1", "F1"),
        )  # fmt: skip
        self.table = RecordTable("Classes", columns, (140, 140, 64, 88, 72, 120, 64))
        near_columns = (
            ("first", "Class"), ("second", "Near synonym"), ("cosine", "Cosine"),
            ("there", "Taken for it"), ("back", "The other way"),
        )  # fmt: skip
        self.synonyms = RecordTable("Near synonyms", near_columns, (160, 160, 72, 100))
        self.no_synonym = Label("No two classes are near and taken for each other.", "muted")
        self._show(
            Card("Near synonyms", self.no_synonym, self.synonyms),
            Card("", self.recall),
            Card("", self.table),
        )

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a test."""
        classes = outcome.result["per_class"]
        self.recall.show_estimates(
            [Estimate(it["label"], it["recall"], *it["recall_ci"]) for it in classes],
            outcome.result["accuracy"],
        )
        self.recall.caption.setText("Dashed: the accuracy over all classes")
        self.table.show_records([item | {"ci": interval(item["recall_ci"])} for item in classes])
        near = outcome.result["near_synonyms"]
        self.no_synonym.setVisible(not near)
        self.synonyms.setVisible(bool(near))
        self.synonyms.show_records(
            [
                item
                | {
                    "there": f"{item['first_as_second']:.1%}",
                    "back": f"{item['second_as_first']:.1%}",
                }
                for item in near
            ]
        )


class ConfidenceView(ResultView):
    """How far the confidence can be believed, and what the pool says of the classes' mix."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.curves = CurvePlot(context, "Reliability", x="Confidence", y="Accuracy")
        self.curves.diagonal = True
        columns = (
            ("way", "Way"), ("ece", "Calibration error"), ("log_loss", "Log loss"),
            ("temperature", "Temperature"),
        )  # fmt: skip
        self.table = RecordTable("Ways to confidence", columns, (280, 136, 88))
        self.note = Label("", "small", wraps=True)
        prior_columns = (
            ("label", "Class"),
            ("prior", "Share of the pool"),
            ("true", "Share of items"),
        )
        self.prior = RecordTable("Class prior", prior_columns, (220, 136))
        self.pool_note = Label("", "small", wraps=True)
        self._show(
            Card("", self.curves),
            Card("", self.table, self.note),
            Card("Class prior", self.prior, self.pool_note),
        )

    def show_outcome(self, outcome: Outcome) -> None:
        """Show a test."""
        result = outcome.result
        ways = {name: result["confidence"][name] for name in WAYS if name in result["confidence"]}
        self.curves.show_curves([_reliability(SHORT_WAYS[name], way) for name, way in ways.items()])
        self.table.show_records([way | {"way": WAYS[name]} for name, way in ways.items()])
        self.note.setText(result["confidence"]["note"])
        n = max(1, result["n"])
        self.prior.show_records(
            [
                {
                    "label": item["label"],
                    "prior": f"{share:.1%}",
                    "true": f"{item['support'] / n:.1%}",
                }
                for item, share in zip(result["per_class"], result["pool"]["prior"], strict=True)
            ]
        )
        self.pool_note.setText(result["pool"]["note"])


def _reliability(name: str, way: dict[str, Any]) -> Curve:
    bins = way["reliability"]
    at = [i for i, n in enumerate(bins["counts"]) if n]
    confidence = [bins["confidence"][i] for i in at]
    return Curve(name, confidence, [bins["accuracy"][i] for i in at], has_dots=True)
