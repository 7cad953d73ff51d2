"""The files of a corpus are rows of its database; those of earlier corpora stay readable."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from picture_making import write_pictures

from embedding_lab.storage import read_json, write_json
from embedding_lab.study import Study
from embedding_lab.workspace.corpus import CORPUS_FILE, DATABASE_FILE, Corpus
from embedding_lab.workspace.corpus_sources import SourceFile, read_sources, write_sources
from embedding_lab.workspace.record import read_record, write_record
from embedding_lab.workspace.upgrade import upgrade_workspace
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def corpus(workspace: Workspace, tmp_path: Path) -> Corpus:
    """A corpus of two small files."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(f"{name}\n", encoding="utf-8")
    study = Study(workspace)
    study.import_corpus(tmp_path / "one.txt", tmp_path / "two.txt", name="texts")
    return study.corpus("texts")


def as_earlier(corpus: Corpus) -> Corpus:
    """Write a corpus as earlier versions did: its sources in the manifest, and no table."""
    record: dict[str, Any] = read_json(corpus.folder / CORPUS_FILE)
    del record["n_sources"]
    record["sources"] = [vars(source) for source in corpus.sources]
    write_json(corpus.folder / CORPUS_FILE, record)
    with closing(sqlite3.connect(corpus.folder / DATABASE_FILE)) as connection:
        connection.execute("DROP TABLE sources")
        connection.commit()
    return Corpus(corpus.folder)


def test_sources_are_remembered_in_order(corpus: Corpus, tmp_path: Path) -> None:
    assert corpus.n_sources == 2
    assert [source.path for source in corpus.sources] == [
        str(tmp_path / "one.txt"), str(tmp_path / "two.txt"),
    ]  # fmt: skip
    assert [(source.n_bytes, source.n_rows) for source in corpus.sources] == [(4, 1), (4, 1)]
    assert corpus.first_source == corpus.sources[0]
    assert "sources" not in read_json(corpus.folder / CORPUS_FILE)


def test_the_manifest_does_not_grow_with_the_files(workspace: Workspace, tmp_path: Path) -> None:
    study = Study(workspace)
    sizes = []
    for n_each in (1, 20):
        name = f"pictures{n_each:02d}"
        study.import_corpus(write_pictures(tmp_path / name, n_each), name=name, again=True)
        corpus = study.corpus(name)
        assert corpus.n_sources == len(corpus.sources) == corpus.n_rows
        sizes.append((corpus.folder / CORPUS_FILE).stat().st_size)
    assert abs(sizes[1] - sizes[0]) < 20


def test_a_corpus_of_an_earlier_version_shows_its_sources(corpus: Corpus) -> None:
    before = corpus.sources
    earlier = as_earlier(corpus)
    assert earlier.sources == before
    assert (earlier.n_sources, earlier.first_source) == (2, before[0])


def test_adding_to_an_upgraded_corpus_goes_on_behind_its_sources(
    corpus: Corpus, workspace: Workspace, tmp_path: Path
) -> None:
    before = as_earlier(corpus).sources
    workspace.close()
    write_record(workspace.folder, read_record(workspace.folder) | {"schema_version": 1})
    upgrade_workspace(workspace.folder)
    (tmp_path / "three.txt").write_text("three\none\n", encoding="utf-8")
    with open_workspace(workspace.folder) as upgraded:
        done = Study(upgraded).import_corpus(tmp_path / "three.txt", into="texts")
        now = upgraded.corpus("texts")
    assert done["new_rows"] == 1
    assert now.sources[:2] == before
    assert [source.path for source in now.sources[2:]] == [str(tmp_path / "three.txt")]
    assert "sources" not in read_json(now.folder / CORPUS_FILE)
    with now.connect() as connection:
        source = connection.execute("SELECT source FROM documents WHERE row = 2").fetchone()
        manifest = connection.execute("SELECT manifest FROM merges").fetchone()[0]
    assert source == (2,)
    assert json.loads(manifest)["n_sources"] == 3
    # The third time, the file is known by its content.
    report = [line.reason for line in now.report()]
    assert "already in the corpus" in report


def test_a_new_name_outlives_the_next_addition(
    corpus: Corpus, workspace: Workspace, tmp_path: Path
) -> None:
    study = Study(workspace)
    for number, name in enumerate(("three", "four")):
        (tmp_path / f"{name}.txt").write_text(f"{name}\n", encoding="utf-8")
        study.import_corpus(tmp_path / f"{name}.txt", into=corpus.id)
        if number == 0:
            workspace.rename_corpus(study.corpus("texts"), "words")
    assert study.corpus(corpus.id).name == "words"
    assert study.corpus("words").n_rows == 4


def test_sources_of_an_addition_that_was_cut_short_do_not_count() -> None:
    def source(name: str) -> SourceFile:
        return SourceFile(name, "0", 1, 1, 0.0)

    with closing(sqlite3.connect(":memory:")) as connection:
        write_sources(connection, map(source, "abc"))
        assert [item.path for item in read_sources(connection, 2)] == ["a", "b"]
        write_sources(connection, [source("d")], first=2)
        assert [item.path for item in read_sources(connection, 9)] == ["a", "b", "d"]
        assert read_sources(connection, 0) == ()


def test_a_corpus_without_any_source_has_no_first(corpus: Corpus) -> None:
    record = read_json(corpus.folder / CORPUS_FILE) | {"n_sources": 0}
    write_json(corpus.folder / CORPUS_FILE, record)
    without = Corpus(corpus.folder)
    assert (without.sources, without.first_source) == ((), None)
