"""The README of a tuned encoder: what it was made from, how, and whether it is any better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.metrics.verdict import Verdict
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.encoders.record import EncoderRecord

SENTENCES = {
    Verdict.BETTER: "The tuned encoder is better than its base on the held-out rows.",
    Verdict.WORSE: "The tuned encoder is **worse** than its base on the held-out rows.",
    Verdict.NO_DIFFERENCE: "No difference from the base is shown on the held-out rows.",
}


def model_card(
    name: str, base: EncoderRecord, inputs: Mapping[str, Any], result: Mapping[str, Any]
) -> str:
    """Return the card as Markdown with the usual head of settings.

    Parameters
    ----------
    name : str
        What the tuned encoder is called.
    base : EncoderRecord
        What it was trained from.
    inputs : mapping
        What was chosen, by the name that is shown.
    result : mapping
        What the run found, as it is reported.
    """
    head = ["---", "library_name: sentence-transformers", f"base_model: {base.name}"]
    if base.licence:
        head.append(f"license: {base.licence}")
    parts = [
        "\n".join([*head, "---"]),
        f"# {name}",
        f"Trained from {base.name} with Embedding Lab {__version__}. {verdict_sentence(result)}",
        "## Figures",
        _figures(result),
        "## Settings",
        "\n".join(f"- {key}: {value}" for key, value in inputs.items()),
    ]
    if result.get("notes"):
        parts += ["## Notes", "\n".join(f"- {note}" for note in result["notes"])]
    if base.licence:
        parts.append(f"The licence of {base.name}, {base.licence}, holds for these weights too.")
    return "\n\n".join(parts) + "\n"


def verdict_sentence(result: Mapping[str, Any]) -> str:
    """Return what the comparison with the base shows, with its numbers, in a sentence or two."""
    if not result.get("verdict"):
        return "No rows were held out, so nothing is known of whether it is better."
    metric, (low, high) = result["metric"], result["delta_ci"]
    return (
        f"{SENTENCES[Verdict(result['verdict'])]} {metric} went from "
        f"{result['base'][metric]:.4f} to {result['tuned'][metric]:.4f}, by {result['delta']:+.4f} "
        f"(95 % from {low:+.4f} to {high:+.4f}, p = {result['p_value']:.3g}, "
        f"n = {result['n']:,})."
    )


def _figures(result: Mapping[str, Any]) -> str:
    lines = ["| metric | base | tuned |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name}, held-out rows | {value:.4f} | {result['tuned'][name]:.4f} |"
        for name, value in result.get("base", {}).items()
    ]
    moved = result.get("drift")
    if moved:
        lines.append(
            f"| spearman, general sentence pairs | {moved['base']:.4f} | {moved['tuned']:.4f} |"
        )
    return "\n".join(lines)
