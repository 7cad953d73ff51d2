"""Tables as text: for a spreadsheet, a page in Markdown, a program, or a paper."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[Sequence[str]]

LATEX, TSV, MARKDOWN, JSON = "latex", "tsv", "markdown", "json"
TITLES = {TSV: "TSV", MARKDOWN: "Markdown", JSON: "JSON", LATEX: "LaTeX"}
ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
SPECIAL = re.compile("|".join(re.escape(letter) for letter in ESCAPES))
NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+ ?%?")


def table_text(head: Sequence[str], rows: Rows, form: str) -> str:
    """Return a table as text.

    Parameters
    ----------
    head : sequence of str
        Titles of the columns.
    rows : sequence of sequences of str
        The cells.
    form : str
        One of ``TITLES``: tabs between the columns; a Markdown table; a JSON array of objects; a
        LaTeX tabular (package booktabs) whose columns of numbers stand to the right.
    """
    forms = {LATEX: _latex, TSV: _tsv, MARKDOWN: _markdown, JSON: _json}
    return forms[form](head, rows)


def latex_text(text: str) -> str:
    """Return text with everything that LaTeX would take for a command written out."""
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], " ".join(text.split()))


def _tsv(head: Sequence[str], rows: Rows) -> str:
    clean = [[cell.replace("\t", " ").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join("\t".join(row) for row in [head, *clean])


def _markdown(head: Sequence[str], rows: Rows) -> str:
    clean = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *clean]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _json(head: Sequence[str], rows: Rows) -> str:
    records = [dict(zip(head, row, strict=True)) for row in rows]
    return json.dumps(records, ensure_ascii=False, indent=1)


def _latex(head: Sequence[str], rows: Rows) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join(map(latex_text, cells)) + r" \\"

    sides = "".join(
        "r" if rows and all(NUMBER.fullmatch(row[number].strip() or "0") for row in rows) else "l"
        for number in range(len(head))
    )
    lines = [rf"\begin{{tabular}}{{{sides}}}", r"\toprule", line(head), r"\midrule"]
    return "\n".join([*lines, *map(line, rows), r"\bottomrule", r"\end{tabular}"])
