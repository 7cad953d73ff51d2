"""Saved experiments as a table for a paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from embedding_lab.prompts.experiments import PROMPTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.prompts.experiments import Experiment

ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
SPECIAL = re.compile("|".join(re.escape(letter) for letter in ESCAPES))


def latex_text(text: str) -> str:
    """Return text with everything that LaTeX would take for a command written out."""
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], " ".join(text.split()))


def latex_table(experiments: Sequence[Experiment]) -> str:
    """Return a LaTeX table (package booktabs) of saved experiments, one a row, with intervals."""
    rows = [_row(item) for item in experiments]
    lines = [
        r"\begin{tabular}{lllrlll}",
        r"\toprule",
        r"Experiment & Corpus & Encoder & $n$ & Score & Macro F1 & ECE \\",
        r"\midrule",
        *(" & ".join(cells) + r" \\" for cells in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _row(experiment: Experiment) -> list[str]:
    manifest, result = experiment.manifest, experiment.result()
    cells = [latex_text(item) for item in (manifest.name, manifest.corpus, manifest.encoder)]
    cells.append(str(manifest.n))
    if manifest.kind != PROMPTS:
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
