"""Which files a choice of files and folders stands for, and what part each of them plays."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.pictures import PICTURE_SUFFIXES
from embedding_lab.readers.file_format import KIND_OF, plain_suffix
from embedding_lab.types import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Files that tell about the data beside them; alone, they are texts like any other.
ABOUT_DATA = re.compile(r"(readme|licen[cs]e|copying|notice|changelog|authors)\b", re.IGNORECASE)
CORPUS_NAMES = ("corpus.jsonl", "corpus.jsonl.gz")
QUERIES_NAMES = ("queries.jsonl", "queries.jsonl.gz")
JUDGEMENTS_NAMES = ("qrels.tsv", "qrels.tsv.gz")
JUDGEMENTS_FOLDER = "qrels"


class Part(StrEnum):
    """What the rows of a file are."""

    DOCUMENTS = "documents"
    QUERIES = "queries"
    JUDGEMENTS = "judgements"


@dataclass(frozen=True)
class ChosenFile:
    """One file to read.

    ``split`` names the judgements' split: ``train``, ``test``...; ``folder`` is the chosen folder
    it was found in, if it was not chosen itself.
    """

    path: Path
    part: Part = Part.DOCUMENTS
    split: str = ""
    folder: Path | None = None


@dataclass(frozen=True)
class Selection:
    """The files of a choice, in the order they are read.

    ``notes`` tells what was passed over, ``problems`` what cannot be reached.
    """

    name: str
    files: tuple[ChosenFile, ...]
    is_beir: bool = False
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def select_files(paths: Sequence[Path]) -> Selection:
    """Return the files that ``paths`` stand for: files as they are, folders with all they hold."""
    chosen = [Path(os.path.abspath(path.expanduser())) for path in paths]  # noqa: PTH100
    beir = _beir(chosen)
    if beir is not None:
        return beir
    files: list[ChosenFile] = []
    notes: list[str] = []
    problems: list[str] = []
    for path in chosen:
        if not path.is_dir():
            files.append(ChosenFile(path))
            continue
        walk = _Walk(path)
        files += [ChosenFile(file, folder=path) for file in walk.files]
        notes += walk.notes()
        problems += walk.problems
        if not walk.files:
            problems.append(f"{path} holds no file that can be read.")
    unique = tuple({file.path: file for file in files}.values())
    return Selection(_name(chosen), unique, notes=tuple(notes), problems=tuple(problems))


def _name(paths: Sequence[Path]) -> str:
    if not paths:
        return "corpus"
    path = paths[0] if len(paths) == 1 else paths[0].parent
    suffix = plain_suffix(path)
    name = path.name[: -len(".gz")] if path.name.lower().endswith(".gz") else path.name
    return (name[: -len(suffix)] if suffix in KIND_OF else name) or "corpus"


class _Walk:
    """Everything below a folder, sorted, with what had to be passed over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_hidden = 0
        self._others: Counter[str] = Counter()
        self._about: list[Path] = []
        self._n_pictures = 0
        self.problems: list[str] = []
        self.files = list(self._visit(folder, ()))
        self._set_about_aside()
        self._set_pictures_aside()

    def _visit(self, folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
        real = folder.resolve()
        if real in above:
            self.problems.append(f"{folder} leads back to a folder above it; it was passed over.")
            return
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self.problems.append(f"{folder} cannot be read: {error.strerror}.")
            return
        for entry in entries:
            if entry.name.startswith("."):
                self._n_hidden += 1
            elif entry.is_dir():
                yield from self._visit(entry, (*above, real))
            elif plain_suffix(entry) in KIND_OF:
                yield entry
            else:
                self._others[plain_suffix(entry) or "no extension"] += 1

    def _set_about_aside(self) -> None:
        about = [file for file in self.files if ABOUT_DATA.match(file.name)]
        if len(about) < len(self.files):
            self._about = about
            self.files = [file for file in self.files if file not in about]

    def _set_pictures_aside(self) -> None:
        """Leave pictures to the tables beside them, which say more about each."""
        others = [file for file in self.files if plain_suffix(file) not in PICTURE_SUFFIXES]
        if others:
            self._n_pictures = len(self.files) - len(others)
            self.files = others

    def notes(self) -> Iterator[str]:
        """Yield a sentence for everything that was passed over."""
        if self._n_hidden:
            yield f"{_files(self._n_hidden)} in {self._folder.name} hidden; passed over."
        if self._others:
            kinds = ", ".join(f"{suffix} ({n:,})" for suffix, n in self._others.most_common(8))
            yield (
                f"{_files(self._others.total())} in {self._folder.name} of a kind that is not "
                f"read here, passed over: {kinds}."
            )
        if self._n_pictures:
            yield (
                f"{counted(self._n_pictures, 'picture')} in {self._folder.name}: only those that a "
                "table names come in; choose the pictures' own folder to have them all."
            )
        for file in self._about:
            yield f"{file.name} tells about the data; it was passed over."


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"


def _beir(chosen: Sequence[Path]) -> Selection | None:
    """Return the parts of a corpus in the BEIR layout, if that is what was chosen."""
    folder = chosen[0] if len(chosen) == 1 and chosen[0].is_dir() else None
    try:
        entries = sorted(folder.iterdir()) if folder else chosen
        corpus = _named(entries, CORPUS_NAMES)
        queries = _named(entries, QUERIES_NAMES)
        judgements = list(_judgement_files(entries))
    except OSError:
        return None
    if not corpus or not (queries or judgements):
        return None
    parts = [
        *(ChosenFile(path) for path in corpus[:1]),
        *(ChosenFile(path, Part.QUERIES) for path in queries[:1]),
        *(ChosenFile(path, Part.JUDGEMENTS, split) for path, split in judgements),
    ]
    used = {part.path for part in parts} | {part.path.parent for part in parts}
    notes = tuple(
        f"{path.name} is no part of the BEIR layout; it was passed over."
        for path in entries
        if path not in used
    )
    name = (folder or corpus[0].parent).name
    return Selection(name, tuple(parts), is_beir=True, notes=notes)


def _named(entries: Iterable[Path], names: Sequence[str]) -> list[Path]:
    return [entry for entry in entries if entry.name.lower() in names and entry.is_file()]


def _judgement_files(entries: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for entry in entries:
        if entry.name.lower() in JUDGEMENTS_NAMES and entry.is_file():
            yield entry, "test"
        elif entry.name.lower() == JUDGEMENTS_FOLDER and entry.is_dir():
            for file in sorted(entry.iterdir()):
                if plain_suffix(file) == ".tsv" and not file.name.startswith("."):
                    yield file, file.name.split(".", maxsplit=1)[0]
