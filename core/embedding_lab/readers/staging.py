"""Reading all files of a plan into a staging folder, from where an earlier attempt had stopped."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import InputError, LabError
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.readers.estimate import total_bytes
from embedding_lab.readers.file_format import Kind
from embedding_lab.readers.items import Finding
from embedding_lab.readers.parquet import parquet_rows
from embedding_lab.readers.read_file import read_items
from embedding_lab.readers.selection import Part
from embedding_lab.readers.source import HashingFile
from embedding_lab.readers.takers import DocumentTaker, JudgementTaker, QueryTaker
from embedding_lab.storage import state_from_record
from embedding_lab.workspace.corpus_merge import StagedCorpus
from embedding_lab.workspace.corpus_report import ReportLine
from embedding_lab.workspace.corpus_sources import SourceFile
from embedding_lab.workspace.corpus_writer import CorpusWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedding_lab.jobs.context import JobContext
    from embedding_lab.readers.items import Item
    from embedding_lab.readers.plan import ImportPlan, Sample
    from embedding_lab.readers.selection import ChosenFile
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

BATCH_ITEMS = 2000
# Looking at a photograph takes some 20 ms, and a cancelled job should end soon.
BATCH_PICTURES = 20
COMMIT_EVERY_S = 0.5
COMMIT_SHARE = 20


@dataclass
class Position:
    """How far the reader has come; committed together with the rows.

    Attributes
    ----------
    files : list
        Path, size and time of change of every file, to notice when they are others than before.
    file, item : int
        The file that is being read, and how many of its rows and findings are done.
    n_items : int
        How many rows and findings are done in all files.
    columns : dict
        The extra columns met so far, with the value of their role.
    sources : list
        The files that are done.
    """

    files: list[list[Any]]
    file: int = 0
    item: int = 0
    n_items: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)


class Staging:
    """One import on its way.

    Parameters
    ----------
    ctx : JobContext
        The job it belongs to.
    plan : ImportPlan
        What to read.
    folder : Path
        Where the rows are staged; an earlier attempt's rows are taken up.
    into : Corpus, optional
        The corpus the rows will be added to.
    """

    def __init__(
        self, ctx: JobContext[Workspace], plan: ImportPlan, folder: Path, into: Corpus | None
    ) -> None:
        self._ctx = ctx
        self._plan = plan
        self._into = into
        self._files = plan.selection.files
        self._n_bytes = total_bytes(file.path for file in self._files)
        self._n_bytes_done = 0
        self._next_commit = time.monotonic() + COMMIT_EVERY_S
        self.writer = CorpusWriter(folder)
        self._position = self._take_up()

    @property
    def n_items(self) -> int:
        """How many rows and findings have been read."""
        return self._position.n_items

    @property
    def columns(self) -> dict[str, str]:
        """The extra columns met so far, with their roles."""
        return self._position.columns

    def roles(self) -> dict[str, str]:
        """Return the extra columns that mean something in particular."""
        return {name: role for name, role in self.columns.items() if role != "other"}

    def sources(self) -> list[SourceFile]:
        """Return the files that were read."""
        n_rows = self.writer.source_rows()
        return [
            SourceFile(**source, n_rows=n_rows.get(number, 0))
            for number, source in enumerate(self._position.sources)
        ]

    def finished(self) -> StagedCorpus:
        """Close the staged rows and return them."""
        staged = StagedCorpus(self.writer.folder, self.sources(), tuple(self.columns), self.roles())
        self.writer.close()
        return staged

    def _take_up(self) -> Position:
        files = [_signature(file) for file in self._files]
        record = self.writer.position()
        if not record:
            return Position(files)
        try:
            position = state_from_record(Position, record, "The interrupted import")
        except LabError:
            self.writer.close()
            raise
        if position.files != files:
            self.writer.close()
            raise InputError(
                "The files changed since the import was interrupted.",
                hint="Import them anew.",
            )
        return position

    def read_all(self) -> None:
        """Read what is left of all files.

        Raises
        ------
        Cancelled
            If the job was cancelled; what was read by then is kept.
        """
        position = self._position
        if position.n_items == 0:
            notes = (*self._plan.selection.notes, *self._plan.selection.problems)
            self.writer.report(*(ReportLine("", 0, note, is_rejected=False) for note in notes))
        done = (file.path for file in self._files[: position.file])
        self._n_bytes_done = total_bytes(done)
        try:
            while position.file < len(self._files):
                self._read(self._files[position.file])
        except Cancelled:
            self._commit()
            raise
        self._commit()

    def _commit(self) -> None:
        started = time.monotonic()
        self.writer.commit(asdict(self._position))
        now = time.monotonic()
        # With a hundred thousand files the position itself takes time to write.
        self._next_commit = now + max(COMMIT_EVERY_S, COMMIT_SHARE * (now - started))

    def _read(self, chosen: ChosenFile) -> None:
        position = self._position
        digest, size = "", position.files[position.file][1]
        try:
            sample = self._plan.sample(chosen)
            file = HashingFile(chosen.path)
        except InputError as error:
            self.writer.report(ReportLine(str(chosen.path), 0, error.message))
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            self.writer.report(ReportLine(str(chosen.path), 0, reason))
        else:
            # From here on an error is about the workspace; what is wrong with the file is told by
            # its reader, as a finding.
            with file:
                self._read_open(sample, file)
                digest = file.digest()
        position.sources.append(
            {"path": str(chosen.path), "digest": digest, "n_bytes": size, "imported": time.time()}
        )
        self._n_bytes_done += size
        position.file += 1
        position.item = 0

    def _read_open(self, sample: Sample, file: HashingFile) -> None:
        position = self._position
        notes = (Finding(0, note, is_rejected=False) for note in sample.format.notes)
        keeps_empty = self._plan.options.keeps_empty
        items = chain(notes, read_items(sample.format, file, keeps_empty=keeps_empty))
        self._pass_over(items, position.item)
        taker = self._taker(sample)
        progress = _FileProgress(sample, file)
        takes_pictures = isinstance(taker, DocumentTaker) and taker.takes_pictures
        size = BATCH_PICTURES if takes_pictures else BATCH_ITEMS
        while batch := list(islice(items, size)):
            taker.take(batch)
            position.item += len(batch)
            position.n_items += len(batch)
            if time.monotonic() >= self._next_commit:
                self._commit()
            self._report_progress(progress.n_bytes(position.item))

    def _pass_over(self, items: Iterator[Item], count: int) -> None:
        """Read again, without keeping them, the items an earlier attempt has stored."""
        for _ in range(0, count, BATCH_ITEMS):
            self._ctx.check()
            for _ in islice(items, min(BATCH_ITEMS, count)):
                pass
            count -= BATCH_ITEMS

    def _taker(self, sample: Sample) -> DocumentTaker | QueryTaker | JudgementTaker:
        number, path = self._position.file, str(sample.chosen.path)
        if sample.chosen.part is Part.JUDGEMENTS:
            return JudgementTaker(self.writer, path, sample.chosen.split, self._into)
        roles = self._plan.roles(sample)
        if sample.chosen.part is Part.QUERIES:
            return QueryTaker(self.writer, path, roles)
        taker = DocumentTaker(self.writer, path, roles, self.columns)
        taker.source = number
        taker.keeps_empty = self._plan.options.keeps_empty
        taker.numbers_rows = self._into is None
        return taker

    def _report_progress(self, n_bytes_of_file: int) -> None:
        n_items = self._position.n_items
        n_bytes = self._n_bytes_done + n_bytes_of_file
        total = round(n_items * self._n_bytes / n_bytes) if n_bytes else 0
        self._ctx.progress(n_items, max(total, n_items))


class _FileProgress:
    """How much of a file has been read; for Parquet the rows tell, elsewhere the bytes."""

    def __init__(self, sample: Sample, file: HashingFile) -> None:
        self._file = file
        self._size = sample.format.n_bytes
        self._n_rows = 0
        if sample.format.kind is Kind.PARQUET:
            self._n_rows = parquet_rows(sample.format.path, is_gzip=sample.format.is_gzip)

    def n_bytes(self, n_items: int) -> int:
        if self._n_rows:
            return round(self._size * min(1.0, n_items / self._n_rows))
        return self._file.n_read


def _signature(file: ChosenFile) -> list[Any]:
    try:
        found = file.path.stat()
    except OSError:
        return [str(file.path), 0, 0]
    return [str(file.path), found.st_size, found.st_mtime_ns]
