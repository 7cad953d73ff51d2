"""What an import would read, shown before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.pictures import PictureError
from embedding_lab.readers.delimited import UNIT_SEPARATOR
from embedding_lab.readers.document_maker import DocumentMaker
from embedding_lab.readers.estimate import about_rows, total_bytes
from embedding_lab.readers.file_format import Kind
from embedding_lab.readers.options import NO_DELIMITER, ReadOptions
from embedding_lab.readers.picture_files import resolve_picture, take_picture
from embedding_lab.readers.plan import TEXT_KINDS, ImportPlan, Sample, make_plan
from embedding_lab.readers.selection import Part
from embedding_lab.readers.source import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedding_lab.readers.items import RawRow
    from embedding_lab.types import ColumnRole
    from embedding_lab.workspace.corpus_sources import SourceFile
    from embedding_lab.workspace.workspace import Workspace

PREVIEW_ROWS = 20
SAMPLE_VALUES = 5


@dataclass(frozen=True)
class FilePreview:
    """How one file will be read. Fields that do not apply to its format are empty.

    ``part`` says whether its rows are documents, queries, or judgements of a ``split``.
    """

    path: str
    format: str
    encoding: str
    delimiter: str
    has_header: bool
    n_bytes: int
    notes: tuple[str, ...]
    part: Part = Part.DOCUMENTS
    split: str = ""


@dataclass(frozen=True)
class ColumnPreview:
    """What a column will mean, why, and some of its values."""

    name: str
    role: ColumnRole
    reason: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class ImportPreview:
    """What an import would read.

    ``kind`` is ``table``, ``text``, ``pictures`` or ``beir``; ``rows`` hold the first rows in the
    order of ``columns``, and ``document_preview`` what would be encoded of them. ``notes`` tells
    what is passed over, ``problems`` what cannot be read, ``already_imported`` which files are in
    which corpus already. ``about_rows`` says about how many documents there are, 0 if nothing
    tells. ``pictures`` are small copies of the first rows' pictures, empty where a row has none.
    """

    kind: str
    name: str
    files: tuple[FilePreview, ...]
    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str, ...], ...]
    document_preview: tuple[str, ...]
    n_files: int
    n_bytes: int
    options: ReadOptions
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    already_imported: tuple[tuple[str, str], ...] = ()
    about_rows: int = 0
    pictures: tuple[bytes, ...] = ()

    @property
    def can_import(self) -> bool:
        """Whether there are documents to read, as far as the beginnings of the files tell."""
        return bool(self.rows) or (bool(self.columns) and self.n_files > len(self.files))


def preview_paths(
    paths: Sequence[Path],
    options: ReadOptions = ReadOptions(),  # noqa: B008 - it is immutable
    workspace: Workspace | None = None,
) -> ImportPreview:
    """Return what importing ``paths`` would read, from the beginnings of the first few files.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    options : ReadOptions, optional
        What the user decided already.
    workspace : Workspace, optional
        Where to look for corpora that hold the same files.

    Raises
    ------
    LabError
        If nothing was chosen, or the options do not fit the files. Files that cannot be read are
        no error; they are told in ``problems``.
    """
    plan = make_plan([Path(path) for path in paths], options)
    documents = [sample for sample in plan.samples if sample.chosen.part is Part.DOCUMENTS]
    columns = tuple(_columns(plan, documents))
    shown = [(sample, row) for sample in documents for row in sample.rows][:PREVIEW_ROWS]
    rows = [row.values for _, row in shown]
    maker = DocumentMaker({column.name: column.role for column in columns})
    files = [chosen.path for chosen in plan.selection.files]
    return ImportPreview(
        kind=_kind(plan, documents),
        name=plan.selection.name,
        files=tuple(_file(sample) for sample in plan.samples),
        columns=columns,
        rows=tuple(tuple(row.get(column.name, "") for column in columns) for row in rows),
        document_preview=tuple(maker.document(row)[0].full_text for row in rows),
        pictures=tuple(_small_copy(row, sample, maker.image_column) for sample, row in shown),
        n_files=len(files),
        n_bytes=total_bytes(files),
        options=plan.options,
        notes=plan.selection.notes,
        problems=plan.problems or (() if rows else tuple(_why_no_rows(plan))),
        already_imported=tuple(already_imported(files, workspace)) if workspace else (),
        about_rows=about_rows(plan),
    )


def _small_copy(row: RawRow, sample: Sample, column: str) -> bytes:
    """Return a small copy of a row's picture; nothing if it has none or cannot be used."""
    held, value = row.pictures.get(column), row.values.get(column, "").strip()
    if held is None and not value:
        return b""
    try:
        return take_picture(held or resolve_picture(value, sample.chosen.path)).thumbnail
    except PictureError:
        return b""


def _kind(plan: ImportPlan, documents: Sequence[Sample]) -> str:
    if plan.selection.is_beir:
        return "beir"
    if documents and all(sample.format.kind is Kind.PICTURE for sample in documents):
        return "pictures"
    is_text = documents and all(sample.format.kind in TEXT_KINDS for sample in documents)
    return "text" if is_text else "table"


def _file(sample: Sample) -> FilePreview:
    found = sample.format
    return FilePreview(
        path=str(found.path),
        format=found.title,
        encoding=found.encoding,
        delimiter=NO_DELIMITER if found.delimiter == UNIT_SEPARATOR else found.delimiter,
        has_header=found.has_header,
        n_bytes=found.n_bytes,
        notes=found.notes,
        part=sample.chosen.part,
        split=sample.chosen.split,
    )


def _why_no_rows(plan: ImportPlan) -> Iterable[str]:
    for sample in plan.samples:
        yield from (f"{sample.format.path.name}: {note}" for note in sample.format.notes)


def _columns(plan: ImportPlan, documents: Iterable[Sample]) -> Iterable[ColumnPreview]:
    values: dict[str, list[str]] = {}
    for sample in documents:
        for name, found in sample.values().items():
            values.setdefault(name, []).extend(found[:SAMPLE_VALUES])
    for name, samples in values.items():
        guess = plan.guesses[name]
        yield ColumnPreview(name, guess.role, guess.reason, tuple(samples[:SAMPLE_VALUES]))


def already_imported(files: Iterable[Path], workspace: Workspace) -> Iterable[tuple[str, str]]:
    """Yield path and corpus name of every file whose very content is in a corpus already.

    A file is read for this only if a source of the same size was imported.
    """
    sources: dict[int, list[tuple[SourceFile, str]]] = {}
    for corpus in workspace.corpora():
        for source in corpus.sources:
            sources.setdefault(source.n_bytes, []).append((source, corpus.name))
    for file in files:
        try:
            candidates = sources.get(file.stat().st_size, []) if file.is_file() else []
            digest = file_digest(file) if candidates else ""
        except OSError:
            continue
        yield from ((str(file), name) for source, name in candidates if source.digest == digest)
