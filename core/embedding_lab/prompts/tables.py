"""Tests of prompts as a table, one test a row: for a paper, a page or a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.prompts.experiments import INSTRUCTIONS
from embedding_lab.table_text import LATEX, table_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedding_lab.prompts.experiments import Experiment

HEAD = ("Experiment", "Corpus", "Encoder", "n", "Score", "Macro F1", "ECE")


def experiments_table(experiments: Sequence[Experiment], form: str = LATEX) -> str:
    """Return saved experiments as a table with intervals, in a form of :func:`table_text`."""
    return results_table(((item.manifest.name, item.result()) for item in experiments), form)


def results_table(results: Iterable[tuple[str, dict[str, Any]]], form: str = LATEX) -> str:
    """Return named results, saved or not, as a table with intervals, one a row."""
    return table_text(HEAD, [_row(name, result) for name, result in results], form)


def _row(name: str, result: dict[str, Any]) -> list[str]:
    cells = [name, result["corpus"], result["encoder"], str(result["n"])]
    if result.get("task") == INSTRUCTIONS:
        best = max(result["instructions"], key=lambda item: item["score"])
        return [*cells, f"nDCG@{result['k']} {_value(best['score'], best['score_ci'])}", "", ""]
    return [
        *cells,
        f"accuracy {_value(result['accuracy'], result['accuracy_ci'])}",
        _value(result["macro_f1"], result["macro_f1_ci"]),
        f"{result['confidence']['plain']['ece']:.3f}",
    ]


def _value(value: float, interval: Any) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
