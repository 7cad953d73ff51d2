"""Build the sample "Methods": research methods in our own words, with judged questions.

``python packaging/samples/build_methods.py``
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from beir import SampleError, read_toml, write_questions, write_rows, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "resources" / "samples" / "methods"

FAMILIES = (
    "encoders",
    "readers",
    "objectives",
    "samplers",
    "prompt optimizers",
    "diagnostics",
    "rerankers",
    "decoders",
    "evaluation",
)


def collect() -> list[dict[str, Any]]:
    """Return one row for each authored method."""
    papers = read_toml(HERE / "methods_papers.toml")
    methods = read_toml(HERE / "methods.toml")
    return [make_row(name, method, papers) for name, method in methods.items()]


def make_row(name: str, method: Mapping[str, str], papers: Mapping[str, Any]) -> dict[str, Any]:
    """Return one document, checking its family and its paper."""
    if method["family"] not in FAMILIES:
        raise SampleError(f"Method {name} has the unknown family {method['family']}.")
    if method["paper"] not in papers:
        raise SampleError(f"Method {name} names the unknown paper {method['paper']}.")
    paper = papers[method["paper"]]
    return {
        "_id": name,
        "title": method["title"],
        "text": method["text"].strip(),
        "family": method["family"],
        "paper": cited(paper),
        "year": paper["year"],
    }


def cited(paper: Mapping[str, Any]) -> str:
    """Return authors, title and year of a paper on one line."""
    authors = f"{paper['authors']}. " if "authors" in paper else ""
    return f"{authors}{paper['title'].rstrip('.')} ({paper['year']})"


def build(folder: Path) -> list[dict[str, Any]]:
    """Write the whole sample into a folder and return its documents."""
    rows = collect()
    questions = read_toml(HERE / "methods_questions.toml")
    write_rows(folder / "corpus.jsonl", rows)
    write_questions(folder, questions, {row["_id"] for row in rows})
    counts = Counter(row["family"] for row in rows)
    table = "\n".join(f"| {family} | {count} |" for family, count in counts.most_common())
    page = Template((HERE / "methods_readme.md").read_text(encoding="utf-8"))
    text = page.substitute(rows=len(rows), questions=len(questions), families=table)
    write_text(folder / "README.md", text)
    return rows


if __name__ == "__main__":
    print(f"{len(build(FOLDER))} methods written to {FOLDER}")
