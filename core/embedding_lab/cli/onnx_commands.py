"""``embedding-lab encoder export-onnx`` and ``prepare``: proven ONNX files of an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes
from embedding_lab.cli.parser import at_least, share

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

CORPUS = "the corpus whose rows prove the files; a bundled sample without it"


def add_to(group: Group) -> None:
    """Add the commands of this part to the group ``encoder``."""
    export = group.command("export-onnx", "Export an encoder as a proven ONNX file.", _export)
    export.add_argument("name", metavar="NAME")
    export.add_argument("--to", required=True, metavar="DIR", help="the folder to make")
    _add_proof_options(export)
    least = "the smallest cosine to the original's vectors that passes"
    export.add_argument("--min-cosine", type=share, default=None, metavar="X", help=least)
    keep = "leave the folder even if the files fail their proof"
    export.add_argument("--keep-failed", action="store_true", help=keep)
    prepare = group.command("prepare", "Let the fast engine compute an encoder.", _prepare)
    prepare.add_argument("name", metavar="NAME")
    _add_proof_options(prepare)


def _add_proof_options(command: ArgumentParser) -> None:
    command.add_argument("--check-corpus", default="", metavar="C", help=CORPUS)
    command.add_argument("--rows", type=at_least(9), default=500, metavar="N", help="how many rows")


def _export(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.export.gate import EXACT
    from embedding_lab.workflows.export_onnx import ExportOnnx

    least = arguments.min_cosine
    result = session.perform(
        ExportOnnx(
            arguments.name,
            arguments.to,
            check_corpus=arguments.check_corpus,
            n_rows=arguments.rows,
            min_cosine=EXACT.min_cosine if least is None else least,
            keeps_failed=arguments.keep_failed,
        )
    )
    size = f" ({megabytes(result['bytes'])})" if result["path"] else ""
    head = f"Exported {result['encoder']} to {result['path']}{size}." if result["path"] else ""
    return _answer(result, head)


def _prepare(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.prepare_encoder import PrepareEncoder

    result = session.perform(
        PrepareEncoder(arguments.name, check_corpus=arguments.check_corpus, n_rows=arguments.rows)
    )
    state = "is prepared" if result["new"] else "was prepared already"
    return _answer(result, f"{result['encoder']} {state}: the fast engine computes it.")


def _answer(result: dict[str, Any], head: str) -> Answer:
    lines = [head] if head else []
    lines += [describe_proof(part) for part in result["parts"]]
    return Answer(result, "\n\n".join(lines), status=0 if result["passed"] else 1)


def describe_proof(part: dict[str, Any]) -> str:
    """Return one tower's proof for a person."""
    place = part["first_difference"]
    off = f"{place['node']} ({place['operator']}) {place['module']}" if place else ""
    facts = {
        "proof": "passed" if part["passed"] else "failed",
        "compared": count(part["rows"], "row") + f" of {part['modality']}",
        "smallest cosine": f"{part['min_cosine']:.7f} (at least {part['min_cosine_asked']:g})",
        "mean cosine": f"{part['mean_cosine']:.7f}",
        "largest difference": f"{part['max_abs_diff']:.2g}",
        "ten nearest": f"{part['neighbour_overlap']:.3f}"
        f" (at least {part['neighbour_overlap_asked']:g})",
        "worst row": part["worst_row"],
        "problem": part["problem"],
        "first node off": off.strip(),
    }
    return details(facts)
