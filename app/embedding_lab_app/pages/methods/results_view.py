"""What was measured of a method: verdicts, intervals, and the commands that repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from embedding_lab.metrics.verdict import Verdict
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.interval_bar import IntervalBar
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from embedding_lab.registry.result import Result
    from embedding_lab_app.theme import Theme

TOKENS = {Verdict.BETTER: "success", Verdict.NO_DIFFERENCE: "muted", Verdict.WORSE: "danger"}
KINDS = {Verdict.BETTER: "success", Verdict.NO_DIFFERENCE: "muted", Verdict.WORSE: "error"}


def results_card(theme: Theme, results: Sequence[Result]) -> Card:
    """Return a card with every result of a method, on one scale for each metric."""
    if not results:
        return Card("Measured results", Label("Not measured yet.", "muted"))
    items = [_shown(theme, result, _reach(results, result.metric)) for result in results]
    commands = dict.fromkeys(result.command for result in results)
    legend = Label("Dot: difference. Line: 95 % interval. Dashed: no difference.", "small")
    foot = column(
        Label("Repeat the measurement with", "field"), *map(_command, commands), spacing=4
    )
    return Card("Measured results", column(*items, spacing=16), legend, foot)


def _shown(theme: Theme, result: Result, reach: float) -> QWidget:
    heading = Label(f"{result.setting}: {result.metric}", wraps=True)
    verdict = Label(result.verdict.capitalize(), KINDS[result.verdict])
    bar = IntervalBar(
        theme,
        result.difference,
        result.interval,
        reach=reach,
        token=TOKENS[result.verdict],
        name=f"{result.verdict.capitalize()}: {result.sentence}",
    )
    top = row(heading, verdict)
    top.setStretch(0, 1)
    sentence = Label(f"{result.sentence}.", "small", wraps=True).make_selectable()
    return boxed(column(top, bar, sentence, spacing=4))


def _reach(results: Sequence[Result], metric: str) -> float:
    ends = [abs(end) for result in results if result.metric == metric for end in result.interval]
    return 1.1 * max(ends)


def _command(command: str) -> QWidget:
    text = Label(command, wraps=True).make_selectable()
    button = Button("Copy", lambda: QGuiApplication.clipboard().setText(command), "link")
    button.setAccessibleName(f"Copy the command {command}")
    line = row(text, button)
    line.setStretch(0, 1)
    return boxed(line)
