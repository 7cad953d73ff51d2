"""What a training has come to, for a person to read."""

from __future__ import annotations

from typing import Any

from embedding_lab.cli.answer import count, details, one_line, shorten, table
from embedding_lab.training.model_card import verdict_sentence

SHOWN, WIDTH = 3, 70


def report_text(result: dict[str, Any]) -> str:
    """Return the report of a training."""
    stopped = ", stopped" if result["was_stopped"] else ""
    trained_on = f"{result['n_train']:,} {result.get('rows_are', 'rows')}"
    heading = (
        f"{result['encoder']}: {result['base_encoder']} trained on {result['corpus']}, "
        f"{trained_on}, {count(result['steps'], 'step')}{stopped}"
    )
    best = result["best_step"]
    lines = [heading, verdict_sentence(result).replace("**", "")]
    if best is not None:
        lines.append(f"The weights are those after step {best:,}, which validated best.")
    figures = [
        (name, value, result["tuned"][name], result["tuned"][name] - value)
        for name, value in result["base"].items()
    ]
    if figures:
        lines += ["", table(("Held-out rows", "Base", "Tuned", "Change"), figures, "")]
    if "drift" in result:
        lines += ["", _drift(result["drift"])]
    for title, key in (("Hurt most", "hurt"), ("Helped most", "helped")):
        rows = [
            (shorten(one_line(it["text"]), WIDTH), it["base"], it["tuned"])
            for it in result.get(key, [])[:SHOWN]
        ]
        if rows:
            lines += ["", table((title, "Base", "Tuned"), rows, "")]
    return "\n".join(lines)


def _drift(moved: dict[str, Any]) -> str:
    low, high = moved["delta_ci"]
    return (
        f"General sentence pairs: {moved['metric']} went from {moved['base']:.4f} to "
        f"{moved['tuned']:.4f} (95 % of the change from {low:+.4f} to {high:+.4f}; "
        f"{moved['verdict']})."
    )


def estimate_text(found: dict[str, Any]) -> str:
    """Return what a training will take."""
    facts = {
        "rows": f"{found['rows']:,} {found['rows_are']}",
        "validation": found["validation_rows"],
        "held out": found["held_out_rows"],
        "steps": found["steps"],
        "seconds a step": found["step_seconds"],
        "trained weights": found["trained_weights"],
    }
    return "\n".join([found["sentence"], "", details(facts)])
