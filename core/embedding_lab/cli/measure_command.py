"""``embedding-lab encoder measure``: speed, memory and agreement on the user's own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, table
from embedding_lab.cli.parser import at_least

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

SPEED = (
    "Encoder", "Engine", "Precision", "Rows/s", "Tokens/s", "Speed", "Of peak", "Load s",
    "Memory MB",
)  # fmt: skip
AGREEMENT = (
    "Encoder", "Precision", "Min cosine", "Mean cosine", "Max diff", "10 nearest", "Nearest",
)  # fmt: skip


def add_to(group: Group) -> None:
    """Add the command to the encoder commands."""
    measure = group.command("measure", "Measure speed, memory and agreement.", _measure)
    measure.add_argument("name", metavar="NAME")
    measure.add_argument("--corpus", required=True, metavar="C", help="whose rows to encode")
    against_help = "further encoders, compared with the first"
    measure.add_argument("--against", nargs="+", default=[], metavar="E", help=against_help)
    measure.add_argument("--rows", type=at_least(1), default=200, metavar="N", help="how many")
    repeats_help = "timed passes; the median counts"
    measure.add_argument("--repeats", type=at_least(1), default=3, metavar="N", help=repeats_help)


def _measure(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.measure_encoder import MeasureEncoder

    result = session.perform(
        MeasureEncoder(
            arguments.corpus,
            arguments.name,
            tuple(arguments.against),
            n_rows=arguments.rows,
            repeats=arguments.repeats,
        )
    )
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    ways = result["ways"]
    rows, repeats = count(result["rows"], "row"), count(result["repeats"], "repeat")
    lines = [
        f"{rows} of {result['corpus']}, medians of {repeats}; compared with the first line.",
        "",
        table(SPEED, [_speed(way) for way in ways], ""),
        "",
        table(AGREEMENT, [_agreement(way) for way in ways], ""),
    ]
    reasons = {f"{way['encoder']}: {way['peak_share_reason']}" for way in ways}
    unknown = sorted(reason for reason in reasons if not reason.endswith(": "))
    return "\n".join([*lines, *(["", "Without a share of the peak:"] if unknown else []), *unknown])


def _speed(way: dict[str, Any]) -> tuple[Any, ...]:
    share, load = way["peak_share"], way["load_seconds"]
    return (
        way["encoder"],
        way["engine"],
        way["precision"],
        round(way["rows_per_second"]),
        round(way["tokens_per_second"]),
        f"{way['speed_ratio']:.2f}",
        "" if share is None else f"{share:.0%}",
        "" if load is None else f"{load:.1f}",
        round(way["memory_bytes"] / 1e6),
    )


def _agreement(way: dict[str, Any]) -> tuple[Any, ...]:
    return (
        way["encoder"],
        way["precision"],
        *(_short(way[name], 6) for name in ("min_cosine", "mean_cosine", "max_abs_diff")),
        *(_short(way[name], 3) for name in ("neighbour_overlap", "top1_agreement")),
    )


def _short(value: float | None, n_digits: int) -> str:
    return "" if value is None else f"{value:.{n_digits}f}"
