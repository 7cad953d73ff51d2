"""The plan of an import: which files, read how, with what meaning; preview and import share it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from embedding_lab.errors import InputError, UsageError
from embedding_lab.readers.file_format import (
    KIND_OF,
    FileFormat,
    Head,
    Kind,
    plain_suffix,
    read_head,
    sniff_head,
)
from embedding_lab.readers.items import RawRow
from embedding_lab.readers.options import ReadOptions, TextUnit
from embedding_lab.readers.parquet import read_parquet
from embedding_lab.readers.picture_files import (
    IMAGE_COLUMN,
    read_picture_file,
    require_picture,
)
from embedding_lab.readers.read_file import read_head_items
from embedding_lab.readers.roles import Guess, guess_roles
from embedding_lab.readers.selection import ChosenFile, Part, Selection, select_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from embedding_lab.readers.items import Item
    from embedding_lab.types import ColumnRole

SAMPLED_FILES = 5
SAMPLED_ROWS = 200
# Looked at where the usual head ends inside the first row.
LONG_HEAD = 2**22
# So many text files chosen together are documents themselves rather than lists of them.
FILES_AS_DOCUMENTS = 3
TEXT_KINDS = (Kind.TEXT, Kind.MARKDOWN)


@dataclass(frozen=True)
class Sample:
    """One file's format and the rows it begins with."""

    chosen: ChosenFile
    format: FileFormat
    rows: tuple[RawRow, ...]

    def picture_columns(self) -> frozenset[str]:
        """Return the columns that hold pictures, or name the file itself where that is one."""
        if self.format.kind is Kind.PICTURE:
            return frozenset({IMAGE_COLUMN})
        return frozenset(name for row in self.rows for name in row.pictures)

    def values(self) -> dict[str, list[str]]:
        """Return the sampled values of every column, those of the header first."""
        found: dict[str, list[str]] = {name: [] for name in self.format.columns}
        for row in self.rows:
            for name, value in row.values.items():
                found.setdefault(name, []).append(value)
        return found


@dataclass(frozen=True)
class ImportPlan:
    """What an import will do.

    Attributes
    ----------
    selection : Selection
        The files, in the order they are read.
    options : ReadOptions
        What the user decided, with the unit of text filled in where the choice of files tells.
    samples : tuple of Sample
        The first few files.
    guesses : dict
        Column name to its meaning, for the documents' columns of the samples.
    problems : tuple of str
        Sentences about chosen files that cannot be read at all.
    """

    selection: Selection
    options: ReadOptions
    samples: tuple[Sample, ...]
    guesses: dict[str, Guess]
    problems: tuple[str, ...]

    def sample(self, chosen: ChosenFile) -> Sample:
        """Return a file's sample, reading it if it is not among the first few.

        Raises
        ------
        InputError
            If the file cannot be read at all.
        """
        known = next((sample for sample in self.samples if sample.chosen == chosen), None)
        return known or sample_file(chosen, self.options)

    def roles(self, sample: Sample) -> dict[str, ColumnRole]:
        """Return what a file's columns mean: as in the first files where the names agree."""
        decided = dict(self.options.roles)
        if sample.chosen.part is Part.DOCUMENTS:
            known = {name: guess.role.value for name, guess in self.guesses.items()}
            decided = known | decided
        guesses = guess_roles(sample.values(), decided, sample.picture_columns())
        return {name: guess.role for name, guess in guesses.items()}


def make_plan(paths: Sequence[Path], options: ReadOptions) -> ImportPlan:
    """Look at the chosen files and decide how each will be read.

    Raises
    ------
    InputError
        If nothing was chosen.
    UsageError
        If an option does not fit the files.
    """
    if not paths:
        raise InputError("No file was chosen.", hint="Choose at least one file or folder.")
    selection = select_files(paths)
    options = replace(options, text_unit=options.text_unit or _text_unit(selection))
    samples: list[Sample] = []
    problems = list(selection.problems)
    for chosen in _first_files(selection):
        try:
            sample = sample_file(chosen, options)
            if sample.format.kind is Kind.PICTURE:
                require_picture(chosen.path)
            samples.append(sample)
        except InputError as error:
            problems.append(str(error))
    guesses: dict[str, Guess] = {}
    for sample in samples:
        if sample.chosen.part is Part.DOCUMENTS:
            known = {name: guess.role.value for name, guess in guesses.items()}
            decided = known | options.roles
            found = guess_roles(sample.values(), decided, sample.picture_columns())
            guesses |= {name: guess for name, guess in found.items() if name not in guesses}
    _require_known(options.roles, guesses, selection)
    return ImportPlan(selection, options, tuple(samples), guesses, tuple(problems))


def _first_files(selection: Selection) -> list[ChosenFile]:
    documents = [file for file in selection.files if file.part is Part.DOCUMENTS]
    others = [file for file in selection.files if file.part is not Part.DOCUMENTS]
    return documents[:SAMPLED_FILES] + others[:SAMPLED_FILES]


def _text_unit(selection: Selection) -> str:
    kinds = [KIND_OF.get(plain_suffix(file.path)) for file in selection.files]
    is_all_text = all(kind in TEXT_KINDS for kind in kinds)
    return TextUnit.FILE if is_all_text and len(kinds) >= FILES_AS_DOCUMENTS else ""


def _require_known(
    roles: Mapping[str, str], guesses: Mapping[str, Guess], selection: Selection
) -> None:
    unknown = sorted(roles.keys() - guesses.keys())
    if unknown and guesses and len(selection.files) <= SAMPLED_FILES:
        raise UsageError(
            f"There is no column named {unknown[0]}.", hint=f"Columns: {', '.join(guesses)}."
        )


def sample_file(chosen: ChosenFile, options: ReadOptions) -> Sample:
    """Return how a file will be read, and its first rows.

    Raises
    ------
    InputError
        If it cannot be read at all.
    """
    head = read_head(chosen.path)
    found = sniff_head(chosen.path, head, options)
    found = replace(found, folder=chosen.folder)
    if found.kind is Kind.PICTURE:
        return Sample(chosen, found, _rows_of(read_picture_file(found)))
    if found.kind is Kind.PARQUET:
        return Sample(chosen, found, _parquet_rows(found))
    rows = _head_rows(found, head)
    if not rows and not head.is_whole:
        head = read_head(chosen.path, LONG_HEAD)
        found = sniff_head(chosen.path, head, options)
        rows = _head_rows(found, head)
    return Sample(chosen, found, rows)


def _rows_of(items: Iterable[Item]) -> tuple[RawRow, ...]:
    return tuple(item for item in items if isinstance(item, RawRow))


def _head_rows(found: FileFormat, head: Head) -> tuple[RawRow, ...]:
    items = (item for item in read_head_items(found, head) if isinstance(item, RawRow))
    rows = tuple(islice(items, SAMPLED_ROWS))
    # The last row of a head that is cut is cut itself.
    return rows if head.is_whole or len(rows) in {1, SAMPLED_ROWS} else rows[:-1]


def _parquet_rows(found: FileFormat) -> tuple[RawRow, ...]:
    try:
        items = list(islice(read_parquet(found.path, is_gzip=found.is_gzip), SAMPLED_ROWS))
    except (OSError, ValueError) as error:
        raise InputError(f"{found.path} is a damaged Parquet file: {error}.") from error
    return _rows_of(items)
