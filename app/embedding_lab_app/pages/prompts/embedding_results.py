"""What a comparison of embedding prompts found: a figure of each measure, and a table of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab_app.pages.prompts.embedding import title_of
from embedding_lab_app.plots.bars import Bar, BarPlot
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.record_table import RecordTable
from embedding_lab_app.widgets.surfaces import Card
from embedding_lab_app.widgets.wording import count, interval, p_value

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

COLUMNS = (
    ("name", "Prompt"), ("knn", "Right label"), ("knn_ci", "95 %"), ("knn_verdict", "Compared"),
    ("recall_at_1", "R@1"), ("recall_at_1_ci", "95 %"), ("recall_at_1_verdict", "Compared"),
    ("mean_cosine", "Mean cosine"), ("separation", "Separation"),
)  # fmt: skip
MEASURES = {
    "knn": "Right label",
    "recall_at_1": "R@1",
    "mean_cosine": "Mean cosine",
    "separation": "Separation",
}


class EmbeddingResults(Card):
    """Bars of prompts by measure, with their intervals, and a table below them."""

    def __init__(self, context: AppContext) -> None:
        self.summary = Label("", "muted", wraps=True)
        self.plot = BarPlot(context, "Prompts by measure", y="Value", what="Prompt")
        self.table = RecordTable(
            "Embedding prompts compared", COLUMNS, (160, 104, 120, 296, 72, 120, 296, 112, 104)
        )
        super().__init__("What was found", self.summary, self.plot, self.table)

    def show_result(self, result: dict[str, Any]) -> None:
        """Show the result of :class:`~embedding_lab.workflows.bench_prompts.BenchPrompts`."""
        self.summary.setText(_summary(result))
        prompts = result["prompts"]
        measures = {key: title for key, title in MEASURES.items() if _has(prompts, key)}
        self.plot.show_bars(
            list(measures.values()),
            [
                Bar(
                    title_of(item["name"]),
                    [item[key] for key in measures],
                    [item.get(f"{key}_ci") for key in measures],
                )
                for item in prompts
            ],
        )
        self.table.show_records([_record(item) for item in prompts])


def _has(prompts: list[dict[str, Any]], key: str) -> bool:
    return all(item.get(key) is not None for item in prompts)


def _record(item: dict[str, Any]) -> dict[str, Any]:
    record = {key: item.get(key) for key in MEASURES} | {"name": title_of(item["name"])}
    for key in ("knn", "recall_at_1"):
        record[f"{key}_ci"] = interval(item[f"{key}_ci"]) if f"{key}_ci" in item else ""
        record[f"{key}_verdict"] = (
            f"{item[f'{key}_verdict']} ({item[f'{key}_difference']:+.3f}, "
            f"p {p_value(item[f'{key}_p_value'])})"
            if f"{key}_verdict" in item
            else ""
        )
    return record


def _summary(result: dict[str, Any]) -> str:
    first = title_of(result["prompts"][0]["name"])
    parts = []
    if result["n"]:
        parts.append(
            f"{count(result['n'], 'labelled row')} with {count(len(result['labels']), 'label')}, "
            "right where the nearest others have the label"
        )
    if result["n_queries"]:
        parts.append(
            f"{count(result['n_queries'], 'judged query', 'judged queries')} among "
            f"{count(result['n_documents'], 'document')}, right where the nearest answers"
        )
    return (
        f"{result['encoder']} on {result['corpus']}: {'; '.join(parts)}. All are compared with "
        f"{first}; p-values are corrected for being several (Holm). A high mean cosine says that "
        "all vectors point the same way; the separation is the mean cosine of rows of one label "
        "less that of others."
    )
