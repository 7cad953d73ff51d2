"""Taking the import report of a corpus away as a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.jobs.job import Job, Lane
from embedding_lab.storage import output_file, replaced_whole
from embedding_lab.workspace.corpus_lists import ReportList
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext

LINES_AT_ONCE = 500
COLUMNS = ("file", "line", "imported", "reason", "excerpt")
DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class ExportReport(Job[Workspace]):
    """Write every row that did not come in, or came in changed, with its reason.

    Attributes
    ----------
    corpus : str
        Name or id.
    to : str
        The file to write; it ends in ``.csv`` or ``.tsv``.
    """

    corpus: str
    to: str
    lane: ClassVar[Lane] = Lane.IO
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Exporting the import report of {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Write the file and return where it lies."""
        target = output_file(self.to, DELIMITERS)
        corpus = ctx.workspace.corpus(self.corpus)
        report = ReportList(corpus)
        numbers = report.numbers().tolist()
        with (
            replaced_whole(target) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            table = csv.writer(file, delimiter=DELIMITERS[target.suffix.lower()])
            table.writerow(COLUMNS)
            for start in range(0, len(numbers), LINES_AT_ONCE):
                for line in report.at(numbers[start : start + LINES_AT_ONCE]):
                    is_in = "no" if line.is_rejected else "yes"
                    table.writerow((line.file, line.line, is_in, line.reason, line.excerpt))
                ctx.progress(min(start + LINES_AT_ONCE, len(numbers)), len(numbers), unit="lines")
        return {"path": str(target), "corpus": corpus.name, "lines": len(numbers)}
