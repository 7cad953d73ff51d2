"""Build the sample "Python library": the documented standard library with judged questions.

Run it with the Python version whose docstrings are wanted:
``python packaging/samples/build_python_library.py``.
"""

from __future__ import annotations

import json
import platform
import warnings
from collections import Counter
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from beir import read_toml, write_questions, write_rows, write_text
from docstrings import describe
from members import Member, module_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "resources" / "samples" / "python-library"

Row = dict[str, str]


def read_topics() -> tuple[list[str], dict[str, str]]:
    """Return the modules of the sample, and the topic of each module and singled-out member."""
    tables = read_toml(HERE / "python_library_topics.toml")
    modules = [name for names in tables["modules"].values() for name in names]
    groups = [group for table in tables.values() for group in table.items()]
    return modules, {name: topic for topic, names in groups for name in names}


def topic_of(name: str, topics: Mapping[str, str]) -> str:
    """Return the topic of the longest listed name that a dotted name begins with."""
    while name not in topics:
        name = name.rpartition(".")[0]
    return topics[name]


def collect(modules: Iterable[str], topics: Mapping[str, str]) -> list[Row]:
    """Return one row for each different docstring of the modules, sorted by name.

    Parameters
    ----------
    modules
        Names of importable modules; each is imported.
    topics
        The topic of each module, and of members that belong to another one.

    Returns
    -------
    list of dict
        The documents; of several names for one text the shortest is kept.
    """
    listed = frozenset(modules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        members = [member for name in listed for member in module_members(name, listed)]
        rows: dict[str, Row] = {}
        for member in sorted(members, key=lambda each: each.rank):
            title, text = describe(member)
            if text:
                rows.setdefault(text, make_row(member, title, text, topics))
    return sorted(rows.values(), key=lambda row: row["_id"])


def make_row(member: Member, title: str, text: str, topics: Mapping[str, str]) -> Row:
    """Return one document of the corpus."""
    return {
        "_id": member.dotted,
        "title": title,
        "text": text,
        "module": member.module,
        "topic": topic_of(member.name, topics),
        "kind": member.kind,
    }


def write_corpus(folder: Path, rows: Sequence[Row], version: str) -> None:
    """Write the documents and the page that describes them."""
    write_rows(folder / "corpus.jsonl", rows)
    counts = Counter(row["topic"] for row in rows)
    table = "\n".join(f"| {topic} | {count} |" for topic, count in counts.most_common())
    page = Template((HERE / "python_library_readme.md").read_text(encoding="utf-8"))
    questions = read_toml(HERE / "python_library_questions.toml")
    write_text(
        folder / "README.md",
        page.substitute(
            rows=f"{len(rows):,}", version=version, questions=len(questions), topics=table
        ),
    )
    write_text(folder / "LICENSE", (HERE / "PSF_LICENSE").read_text(encoding="utf-8"))


def judge_corpus(folder: Path) -> None:
    """Write the questions and judgements for the corpus that lies in the folder."""
    lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    known = {json.loads(line)["_id"] for line in lines}
    write_questions(folder, read_toml(HERE / "python_library_questions.toml"), known)


def main() -> None:
    """Build the whole sample."""
    rows = collect(*read_topics())
    write_corpus(FOLDER, rows, platform.python_version())
    judge_corpus(FOLDER)
    print(f"{len(rows)} documents written to {FOLDER}")


if __name__ == "__main__":
    main()
