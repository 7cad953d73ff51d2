"""The figures of smaller files as table rows and as points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.export.pareto import is_on_front
from embedding_lab_app.plots.scatter import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = (("title", "Candidate"), ("best", "Front"))
COST = (("size", "MB"), ("rate", "Rows/s"), ("speed", "Ratio"))
JUDGED = (("ndcg", "nDCG@10"), ("difference", "Difference"))
KEPT = (
    ("overlap", "10 nearest"), ("top1", "Nearest"), ("min_cosine", "Min cosine"),
    ("mean_cosine", "Mean cosine"), ("memory", "Memory, MB"), ("remark", "Remark"),
)  # fmt: skip
ALL = (*NAMED, *COST, *JUDGED, *KEPT)
FIGURES = frozenset(name for name, _ in ALL) - {"title", "best", "difference", "remark"}
WIDTHS = {
    "title": 208, "best": 80, "size": 64, "rate": 72, "speed": 64, "ndcg": 160,
    "difference": 304, "overlap": 100, "top1": 84, "min_cosine": 100, "mean_cosine": 112,
    "memory": 112,
}  # fmt: skip
ACROSS = {"rows_per_second": "Rows per second", "file_bytes": "File size, MB"}
UP = {
    "ndcg@10": "nDCG@10",
    "neighbour_overlap": "Share of the ten nearest kept",
    "mean_cosine": "Mean cosine",
    "min_cosine": "Smallest cosine",
}
BEST, BEATEN = "no other is better in all", "another is better in all"


def columns_for(candidates: Sequence[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return the table's columns: nDCG@10 only where the corpus is judged."""
    is_judged = any("ndcg@10" in item for item in candidates)
    return (*NAMED, *COST, *(JUDGED if is_judged else ()), *KEPT)


def line(item: dict[str, Any]) -> dict[str, str]:
    """Return a candidate as a table row; one that could not be made has its reason only."""
    if item["problem"]:
        return dict.fromkeys((name for name, _ in ALL), "") | {
            "title": item["title"],
            "best": "not made",
            "remark": item["problem"],
        }
    judged = item.get("ndcg@10")
    return {
        "title": item["title"],
        "size": f"{item['file_bytes'] / 1e6:,.1f}",
        "rate": f"{item['rows_per_second']:,.0f}",
        "speed": f"{item['speed_ratio']:.2f}",
        "memory": f"{item['memory_bytes'] / 1e6:,.0f}",
        "min_cosine": _number(item["min_cosine"], 4),
        "mean_cosine": _number(item["mean_cosine"], 4),
        "overlap": _number(item["neighbour_overlap"], 3),
        "top1": _number(item["top1_agreement"], 3),
        "ndcg": f"{judged['value']:.3f} {_interval(judged['ci'])}" if judged else "",
        "difference": _difference(item) if judged and item["recipe"] else "",
        "best": "yes" if item["is_on_front"] else "",
        "remark": _remark(item),
    }


def possible_heights(candidates: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return what can be drawn upwards: what every candidate that was made has a figure of."""
    made = [item for item in candidates if not item["problem"]]
    return {
        name: title
        for name, title in UP.items()
        if made and any(item.get(name) is not None for item in made)
    }


def points(
    candidates: Sequence[dict[str, Any]], across: str, up: str
) -> tuple[list[Point], list[int], list[int]]:
    """Return what a figure shows of candidates.

    Returns
    -------
    points : list of Point
        Those that have both figures.
    joined : list of int
        The places among them of the front of these two figures, from left to right.
    numbers : list of int
        Each one's place among the candidates.
    """
    numbers = [
        number
        for number, item in enumerate(candidates)
        if not item["problem"] and item.get(up) is not None
    ]
    shown = [candidates[number] for number in numbers]
    found = [_point(item, across, up) for item in shown]
    sign = -1 if across == "file_bytes" else 1
    front = is_on_front([(sign * point.x, point.y) for point in found])
    joined = sorted((i for i, is_best in enumerate(front) if is_best), key=lambda i: found[i].x)
    return found, joined, numbers


def _point(item: dict[str, Any], across: str, up: str) -> Point:
    value = item[up]
    interval = None
    if isinstance(value, dict):
        interval = (float(value["ci"][0]), float(value["ci"][1]))
        value = value["value"]
    return Point(
        item["title"],
        item[across] / 1e6 if across == "file_bytes" else item[across],
        float(value),
        BEST if item["is_on_front"] else BEATEN,
        interval,
    )


def _remark(item: dict[str, Any]) -> str:
    told = ["computed row by row"] if item["is_row_by_row"] else []
    return ", ".join([*told, *([] if item["passed"] else ["lost too much"])])


def _number(value: float | None, n_digits: int) -> str:
    return "" if value is None else f"{value:.{n_digits}f}"


def _interval(interval: Sequence[float]) -> str:
    return f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def _difference(item: dict[str, Any]) -> str:
    low, high = item["delta_ci"]
    return f"{item['delta']:+.3f} [{low:+.3f}, {high:+.3f}] {item['verdict']}"
