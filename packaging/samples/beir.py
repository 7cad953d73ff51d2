"""Write and check the plain files of a BEIR folder."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

DIRECT = 2
HELPS = 1


class SampleError(Exception):
    """An authored source does not fit the corpus; the message says where."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    write_text(path, "\n".join(lines) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with plain line ends, making the folder first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_questions(folder: Path, questions: Mapping[str, Any], known: Collection[str]) -> None:
    """Check authored questions against the corpus, then write them with their judgements.

    Parameters
    ----------
    folder
        The sample's folder; gets ``queries.jsonl`` and ``qrels/test.tsv``.
    questions
        Tables with ``question``, ``direct`` and ``helps``, by query id.
    known
        The ids of the corpus.

    Raises
    ------
    SampleError
        If a question names a document twice, or one that the corpus lacks, or no direct answer.
    """
    for name, entry in questions.items():
        check_question(name, entry, known)
    write_rows(
        folder / "queries.jsonl",
        ({"_id": name, "text": entry["question"]} for name, entry in questions.items()),
    )
    judged = [line for name, entry in questions.items() for line in _judgements(name, entry)]
    write_text(
        folder / "qrels" / "test.tsv", "\n".join(["query-id\tcorpus-id\tscore", *judged]) + "\n"
    )


def check_question(name: str, entry: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise if the judgements of one question do not fit the corpus."""
    answers = [*entry["direct"], *entry["helps"]]
    if not entry["direct"]:
        raise SampleError(f"Question {name} has no direct answer.")
    for answer in answers:
        if answer not in known:
            raise SampleError(f"Question {name} names {answer}, which the corpus does not have.")
        if answers.count(answer) > 1:
            raise SampleError(f"Question {name} names {answer} twice.")


def _judgements(name: str, entry: Mapping[str, Any]) -> list[str]:
    grades = dict.fromkeys(entry["direct"], DIRECT) | dict.fromkeys(entry["helps"], HELPS)
    return [f"{name}\t{answer}\t{grade}" for answer, grade in grades.items()]
