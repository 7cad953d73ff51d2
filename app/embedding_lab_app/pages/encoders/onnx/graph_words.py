"""What an ONNX file holds, and what differs from another, as facts and table rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embedding_lab.export.graph_difference import describe_value
from embedding_lab_app.widgets.wording import size

DIFFERENCES = (
    ("what", "What"), ("name", "Name"), ("first", "First"), ("second", "Second"),
    ("largest", "Largest difference"),
)  # fmt: skip
PAIRED = {
    "operators": "Nodes of", "opsets": "Version of", "inputs": "Input", "outputs": "Output",
}  # fmt: skip
ONLY = {"tensors": "Weights", "nodes": "Node"}


def summary_pairs(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names and values of what a file holds."""
    beside = found["n_external_bytes"]
    total = size(found["n_bytes"] + beside)
    formats = [
        f"{item['count']:,} {name} ({size(item['bytes'])})"
        for name, item in found["parameters"].items()
    ]
    pairs = [
        ("File", found["file"]),
        ("Size", f"{total}, {size(beside)} of it beside the file" if beside else total),
        ("Missing", ", ".join(found["missing_files"])),
        ("Made by", found["producer"]),
        ("Operator versions", ", ".join(f"{k} {v}" for k, v in found["opsets"].items())),
        ("Format version", str(found["ir_version"])),
        ("Takes", _values(found["inputs"])),
        ("Gives", _values(found["outputs"])),
        ("Nodes", f"{found['n_nodes']:,}"),
        ("Parameters", f"{found['n_parameters']:,}"),
        ("Number formats", ", ".join(formats)),
        ("Notes", ", ".join(f"{k} {v}" for k, v in found["metadata"].items())),
    ]
    return [(name, value) for name, value in pairs if value]


def operator_rows(summary: dict[str, Any], against: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return how many nodes of each operator one file has, or both of two."""
    first = summary["operators"]
    if against is None:
        return [{"operator": name, "first": n} for name, n in first.items()]
    second = against["operators"]
    names = dict.fromkeys([*first, *second])
    return [
        {"operator": name, "first": first.get(name, 0), "second": second.get(name, 0)}
        for name in names
    ]


def difference_sentence(found: dict[str, Any]) -> str:
    """Return in one sentence what differs."""
    first, second = (Path(found[name]).name for name in ("first", "second"))
    if found["is_same"]:
        return "Nothing differs: the two files hold the same."
    n_rows = len(difference_rows(found))
    verb = "thing differs" if n_rows == 1 else "things differ"
    return f"{n_rows:,} {verb} between {first} (first) and {second} (second)."


def difference_rows(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row for everything that differs."""
    rows = [
        _row(what, name, *pair)
        for member, what in PAIRED.items()
        for name, pair in found[member].items()
    ]
    for item in found["tensors"]:
        largest = "" if item["max_abs_diff"] is None else f"{item['max_abs_diff']:.3g}"
        rows.append(_row("Weights", item["name"], item["first"], item["second"], largest))
    for member, what in ONLY.items():
        rows += [_row(what, name, "there", None) for name in found[f"{member}_only_in_first"]]
        rows += [_row(what, name, None, "there") for name in found[f"{member}_only_in_second"]]
    return rows


def _row(what: str, name: str, first: Any, second: Any, largest: str = "") -> dict[str, str]:
    return {
        "what": what,
        "name": name,
        "first": "none" if first is None else str(first),
        "second": "none" if second is None else str(second),
        "largest": largest,
    }


def _values(values: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{item['name']} {describe_value(item['dtype'], item['shape'])}" for item in values
    )
