"""``embedding-lab encoder export-onnx``, ``prepare`` and ``shrink``: ONNX files with proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes, table
from embedding_lab.cli.parser import at_least, share

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

GAINED = ("Candidate", "File MB", "Rows/s", "Speed", "Memory MB", "Computes")
KEPT = (
    "Candidate", "Min cosine", "Mean cosine", "10 nearest", "Nearest", "nDCG@10", "Difference",
)  # fmt: skip
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
    shrink = group.command("shrink", "Make smaller ONNX files and measure their price.", _shrink)
    shrink.add_argument("name", metavar="NAME")
    shrink.add_argument("--to", required=True, metavar="DIR", help="the folder to make")
    shrink.add_argument("--corpus", required=True, metavar="C", help="on whose rows to measure")
    which = "recipes: int8-rows, int8-fixed, fp16, truncated:256 and others; all without it"
    shrink.add_argument("--recipe", nargs="+", default=[], metavar="R", help=which)
    shrink.add_argument("--rows", type=at_least(2), default=300, metavar="N", help="how many rows")
    repeats = "timed passes; the median counts"
    shrink.add_argument("--repeats", type=at_least(1), default=3, metavar="N", help=repeats)
    no_scores = "leave out nDCG@10, which takes longest"
    shrink.add_argument("--no-scores", action="store_true", help=no_scores)
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


def _shrink(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.shrink_encoder import ShrinkEncoder

    result = session.perform(
        ShrinkEncoder(
            arguments.name,
            arguments.to,
            arguments.corpus,
            recipes=tuple(arguments.recipe),
            n_rows=arguments.rows,
            repeats=arguments.repeats,
            scores=not arguments.no_scores,
        )
    )
    made = [item for item in result["candidates"] if not item["problem"]]
    left_out = [item for item in result["candidates"] if item["problem"]]
    lines = [
        f"{count(result['rows'], 'row')} of {result['corpus']}; * no other is better in all.",
        "",
        table(GAINED, [_gained(item) for item in made], ""),
        "",
        table(KEPT, [_kept(item) for item in made], ""),
        *(f"{item['title']}: {item['problem']}" for item in left_out),
    ]
    return Answer(result, "\n".join(lines))


def _gained(item: dict[str, Any]) -> tuple[Any, ...]:
    return (
        item["title"] + (" *" if item["is_on_front"] else ""),
        round(item["file_bytes"] / 1e6, 1),
        round(item["rows_per_second"]),
        f"{item['speed_ratio']:.2f}",
        round(item["memory_bytes"] / 1e6),
        ("row by row" if item["is_row_by_row"] else "in batches")
        + ("" if item["passed"] else ", lost too much"),
    )


def _kept(item: dict[str, Any]) -> tuple[Any, ...]:
    score = item.get("ndcg@10")
    cosines = (item["min_cosine"], item["mean_cosine"])
    shares = (item["neighbour_overlap"], item["top1_agreement"])
    return (
        item["title"],
        *("" if value is None else f"{value:.5f}" for value in cosines),
        *("" if value is None else f"{value:.3f}" for value in shares),
        f"{score['value']:.3f}" if score else "",
        f"{item['delta']:+.3f} {item['verdict']}" if score and item["recipe"] else "",
    )


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
