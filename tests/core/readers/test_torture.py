"""The torture folder: every awkward file imports fully, or says exactly what did not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from torture_files import make_torture_files

from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.readers.options import ReadOptions
from embedding_lab.readers.preview import preview_paths
from embedding_lab.workflows.import_corpus import ImportCorpus

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture(scope="session")
def torture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("torture")
    return folder, {made.name: made for made in make_torture_files(folder)}


def names() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return [made.name for made in make_torture_files(Path(folder))]


NAMES = names()


def test_there_are_at_least_forty_files() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_imported_or_told(
    name: str, torture: tuple[Path, dict], workspace: Workspace
) -> None:
    folder, expectations = torture
    expected = expectations[name]
    job = ImportCorpus((str(folder / name),), options=expected.options)
    event = run_job(job, workspace, lambda _: None, folder=create_run(workspace.runs_folder, job))
    if expected.problem:
        assert isinstance(event, JobFailed), event
        assert expected.problem in event.message
        assert "unexpected" not in event.message
        assert workspace.corpora() == []
        return
    assert isinstance(event, JobCompleted), event
    corpus = workspace.corpora()[0]
    lines = corpus.report()
    rejected = [(line.line, line.reason) for line in lines if line.is_rejected]
    assert len(rejected) == len(expected.rejected), rejected
    for (line, reason), (wanted_line, wanted_reason) in zip(
        rejected, expected.rejected, strict=True
    ):
        assert wanted_reason in reason
        assert wanted_line in {line, -1}
    if expected.n_records >= 0:
        n_stored = corpus.n_rows + corpus.n_queries + corpus.n_judgements
        assert corpus.n_rows == expected.rows
        assert n_stored + len(rejected) == expected.n_records
    else:
        # How much of a cut archive can be unpacked is up to zlib; each row before it is there.
        assert corpus.n_rows == rejected[0][0] > 1000
    notes = [line.reason for line in lines if not line.is_rejected]
    for note in expected.notes:
        assert any(note in found for found in notes), notes
        notes.remove(next(found for found in notes if note in found))
    documents = list(corpus.documents())
    if expected.first_text:
        assert documents[0].text == expected.first_text
    if expected.last_text:
        assert documents[-1].text == expected.last_text


@pytest.mark.parametrize("name", NAMES)
def test_the_preview_agrees_with_the_import(name: str, torture: tuple[Path, dict]) -> None:
    folder, expectations = torture
    expected = expectations[name]
    preview = preview_paths([folder / name], ReadOptions.from_record(expected.options))
    if expected.problem and not preview.problems:
        assert preview.files[0].notes or not preview.rows
    if expected.rows:
        assert preview.can_import
        assert preview.rows
        assert sum(column.role == "text" for column in preview.columns) == 1 or name == "mixed"
    if expected.first_text:
        assert preview.document_preview[0].endswith(expected.first_text)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="everything is readable to root"
)
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    path = tmp_path / "locked.csv"
    path.write_text("text\none\n")
    path.chmod(0)
    assert "cannot be read: Permission denied" in preview_paths([path]).problems[0]
