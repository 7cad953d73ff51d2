"""``embedding-lab encoder inspect``: what an ONNX file holds, and what differs from another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, details, megabytes, table

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

NAMES_SHOWN = 20


def add_to(group: Group) -> None:
    """Add the command to the encoder commands."""
    inspect = group.command("inspect", "Show what an ONNX file holds.", _inspect)
    file_help = "an ONNX file, its folder, or the name of an ONNX encoder"
    inspect.add_argument("file", metavar="FILE", help=file_help)
    inspect.add_argument("--against", default="", metavar="FILE2", help="show what differs, too")


def _inspect(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.inspect_onnx import InspectOnnx

    result = session.perform(InspectOnnx(arguments.file, arguments.against))
    parts = [_summary(result["summary"])]
    if "difference" in result:
        parts += [_summary(result["against"]), _difference(result["difference"])]
    return Answer(result, "\n\n".join(parts))


def _summary(found: dict[str, Any]) -> str:
    facts = {
        "File": found["file"],
        "Size": megabytes(found["n_bytes"] + found["n_external_bytes"]),
        "Beside it": megabytes(found["n_external_bytes"]) if found["n_external_bytes"] else "",
        "Missing": ", ".join(found["missing_files"]),
        "Made by": found["producer"],
        "Operators": _pairs(found["opsets"]),
        "Takes": _values(found["inputs"]),
        "Gives": _values(found["outputs"]),
        "Nodes": found["n_nodes"],
        "Parameters": found["n_parameters"],
        "Notes": _pairs(found["metadata"]),
    }
    formats = [
        (name, sizes["count"], megabytes(sizes["bytes"]))
        for name, sizes in found["parameters"].items()
    ]
    return "\n\n".join(
        [
            details(facts),
            table(("Format", "Parameters", "Size"), formats, "No parameters."),
            table(("Operator", "Nodes"), list(found["operators"].items()), ""),
        ]
    )


def _difference(found: dict[str, Any]) -> str:
    if found["is_same"]:
        return "Nothing differs."
    parts = [
        _both(title, found[name])
        for title, name in (
            ("Operator", "operators"), ("Version of", "opsets"), ("Input", "inputs"),
            ("Output", "outputs"),
        )
        if found[name]
    ]  # fmt: skip
    if found["tensors"]:
        rows = [
            (item["name"], item["first"], item["second"], item["max_abs_diff"])
            for item in found["tensors"]
        ]
        parts.append(table(("Weights", "First", "Second", "Largest difference"), rows, ""))
    for what in ("tensors", "nodes"):
        for which in ("first", "second"):
            names = found[f"{what}_only_in_{which}"]
            if names:
                noun = "Weights" if what == "tensors" else "Nodes"
                more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
                shown = ", ".join(names[:NAMES_SHOWN])
                parts.append(f"{noun} only in the {which}: {shown}{more}.")
    return "\n\n".join(parts)


def _both(title: str, entries: dict[str, list[Any]]) -> str:
    rows = [(name, *pair) for name, pair in entries.items()]
    return table((title, "First", "Second"), rows, "")


def _pairs(entries: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in entries.items())


def _values(values: list[dict[str, Any]]) -> str:
    from embedding_lab.export.graph_difference import describe_value

    return "; ".join(
        f"{item['name']} {describe_value(item['dtype'], item['shape'])}" for item in values
    )
