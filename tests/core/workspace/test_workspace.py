"""The workspace folder: making, opening, locking, deleting."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from study_making import make_vectors

from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.jobs.events import JobState
from embedding_lab.workspace.corpus import Corpus, Document
from embedding_lab.workspace.corpus_writer import CorpusWriter
from embedding_lab.workspace.workspace import (
    Workspace,
    create_workspace,
    open_workspace,
    slug,
)

if TYPE_CHECKING:
    from pathlib import Path


def make_corpus(workspace: Workspace, name: str, texts: list[str]) -> Corpus:
    writer = CorpusWriter(workspace.cache_folder / "staging")
    for text in texts:
        writer.add_document(Document(text=text))
    corpus_id = workspace.new_corpus_id(name)
    return writer.publish(
        workspace.corpora_folder / corpus_id,
        corpus_id=corpus_id,
        name=name,
        extra_columns=[],
        sources=[],
    )


def test_a_new_workspace_can_be_opened_again(tmp_path: Path) -> None:
    with create_workspace(tmp_path / "Study.embedlab") as made:
        assert made.name == "Study"
    with open_workspace(tmp_path / "Study.embedlab") as opened:
        assert (opened.id, opened.is_writable) == (made.id, True)


def test_a_workspace_that_could_not_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WorkspaceError, match="cannot be made: No space left on device"):
        create_workspace(tmp_path / "Study.embedlab")
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


def test_a_folder_that_holds_something_is_never_made_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(WorkspaceError, match="not empty"):
        create_workspace(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_folder_without_a_record_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is no workspace"):
        open_workspace(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "x"}', "\x00\x00"])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "workspace.json").write_text(content)
    with pytest.raises(LabError, match=r"workspace\.json"):
        open_workspace(tmp_path)


def test_a_second_window_opens_read_only_and_says_who_writes(workspace: Workspace) -> None:
    with open_workspace(workspace.folder) as second:
        assert not second.is_writable
        assert "open elsewhere (process" in second.why_read_only
        with pytest.raises(WorkspaceError, match="open read-only"):
            second.require_writable()
    assert workspace.is_writable


def test_a_folder_that_cannot_be_written_is_not_said_to_be_open_elsewhere(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    assert (tmp_path / "a.embedlab" / ".lock-holder.json").exists()
    (tmp_path / "a.embedlab" / ".lock").unlink(missing_ok=True)
    (tmp_path / "a.embedlab" / ".lock").mkdir()
    with open_workspace(tmp_path / "a.embedlab") as opened:
        assert opened.why_read_only == "Its folder cannot be written."


def test_on_a_full_disk_the_trash_can_be_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_workspace(tmp_path / "a.embedlab") as made:
        made.delete_corpus(make_corpus(made, "Birds", ["a robin"]))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in ("lock", "pointer"):
        monkeypatch.setattr(f"embedding_lab.workspace.{module}.write_json", full)
    with open_workspace(tmp_path / "a.embedlab") as opened:
        assert opened.is_writable
        with open_workspace(tmp_path / "a.embedlab") as second:
            assert second.why_read_only == "It is open elsewhere."
        assert opened.trash.empty() > 0


def test_closing_lets_the_next_one_write(tmp_path: Path) -> None:
    first = create_workspace(tmp_path / "a.embedlab")
    first.close()
    with open_workspace(tmp_path / "a.embedlab") as second:
        assert second.is_writable


def test_a_killed_program_leaves_no_lock_and_its_job_is_found_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "a.embedlab"
    create_workspace(folder).close()
    script = (
        "import sys, time, json\n"
        "from embedding_lab.workspace.workspace import open_workspace\n"
        "w = open_workspace(sys.argv[1])\n"
        "run = w.runs_folder / '20260101-000000-abcdef'\n"
        "run.mkdir(parents=True)\n"
        "(run / 'job.json').write_text(json.dumps({'title': 'x', 'created': 1.0}))\n"
        "(run / 'state.json').write_text('{\"state\": \"running\"}')\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with open_workspace(folder) as reader:
            assert not reader.is_writable
            assert reader.interrupted == []
        child.kill()
    with open_workspace(folder) as writer:
        assert writer.is_writable
        assert [run.state for run in writer.interrupted] == [JobState.INTERRUPTED]


def test_a_newer_format_opens_read_only(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    path = tmp_path / "a.embedlab" / "workspace.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with open_workspace(path.parent) as opened:
        assert "newer Embedding Lab (format 99" in opened.why_read_only


def test_corpora_are_found_by_name_and_unknown_names_get_the_known_ones(
    workspace: Workspace,
) -> None:
    made = make_corpus(workspace, "Birds", ["a robin", "a wren"])
    assert workspace.corpus("Birds").id == made.id
    assert workspace.corpus(made.id).name == "Birds"
    with pytest.raises(UsageError, match="Corpora here: Birds"):
        workspace.corpus("Fish")
    assert workspace.unused_corpus_name("Birds") == "Birds 2"


def test_a_deleted_corpus_rests_in_the_trash_and_can_be_put_back(workspace: Workspace) -> None:
    corpus = make_corpus(workspace, "Birds", ["a robin"])
    workspace.delete_corpus(corpus)
    assert workspace.corpora() == []
    (item,) = workspace.trash.items()
    assert (item.kind, item.name) == ("corpus", "Birds")
    assert item.n_bytes > 0
    workspace.trash.restore(item.id)
    assert [document.text for document in workspace.corpus("Birds").documents()] == ["a robin"]
    assert workspace.trash.items() == []


def test_emptying_the_trash_frees_what_it_held(workspace: Workspace) -> None:
    workspace.delete_corpus(make_corpus(workspace, "Birds", ["a robin"]))
    assert workspace.trash.empty() > 0
    assert workspace.trash.items() == []
    with pytest.raises(UsageError, match="holds nothing"):
        workspace.trash.restore("123")


def test_restoring_never_overwrites(workspace: Workspace) -> None:
    corpus = make_corpus(workspace, "Birds", ["a robin"])
    workspace.delete_corpus(corpus)
    corpus.folder.mkdir()
    with pytest.raises(UsageError, match="exists again"):
        workspace.trash.restore(workspace.trash.items()[0].id)


DAMAGE = ["null", "{", "{}", "[]", "\0\0\0", '{"id": 1, "created": "today"}']


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_corpus_hides_no_other_and_is_named(workspace: Workspace, content: str) -> None:
    damaged, sound = (make_corpus(workspace, name, ["a robin"]) for name in ("Birds", "Fish"))
    (damaged.folder / "corpus.json").write_text(content)
    assert [corpus.id for corpus in workspace.corpora()] == [sound.id]
    assert workspace.corpus("Fish").id == sound.id
    assert workspace.damaged() == [damaged.folder]
    with pytest.raises(LabError, match=r"corpus\.json is damaged"):
        Corpus(damaged.folder)


@pytest.mark.parametrize("name", ["meta.json", "state.json"])
@pytest.mark.parametrize("content", ["null", "{", "[]", '{"n_rows": "many", "dimension": "4"}'])
def test_damaged_embeddings_hide_no_others_and_are_named(
    workspace: Workspace, name: str, content: str
) -> None:
    corpora = [make_corpus(workspace, title, ["a robin"]) for title in ("Birds", "Fish")]
    damaged, sound = (make_vectors(workspace, corpus, np.eye(1, 4)) for corpus in corpora)
    (damaged.folder / name).write_text(content)
    assert [item.key for item in workspace.vector_sets()] == [sound.key]
    assert workspace.vector_sets(corpora[0]) == []
    assert workspace.damaged() == [damaged.folder]


@pytest.mark.parametrize("record", ["null", "{", '{"origin": "../outside"}', '{"kind": 1}'])
def test_a_damaged_item_of_the_trash_hides_no_other_and_is_put_nowhere(
    workspace: Workspace, record: str
) -> None:
    first, second = (make_corpus(workspace, name, ["a robin"]) for name in ("Birds", "Fish"))
    (damaged,) = workspace.delete_corpus(first)
    (sound,) = workspace.delete_corpus(second)
    (workspace.folder / "trash" / damaged / "item.json").write_text(record)
    assert [item.id for item in workspace.trash.items()] == [sound]
    with pytest.raises(LabError, match=r"item\.json is damaged"):
        workspace.trash.restore(damaged)
    assert not (workspace.folder.parent / "outside").exists()
    assert workspace.trash.empty() > 0
    assert not (workspace.folder / "trash" / damaged).exists()


def test_slugs_are_safe_folder_names() -> None:
    assert slug("Été / 2026: «notes»") == "t-2026-notes"
    assert slug("日本語") == "unnamed"


def test_opening_a_workspace_imports_nothing_heavy(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a.embedlab").close()
    script = (
        "import sys, embedding_lab; embedding_lab.open_workspace(sys.argv[1]).corpora();"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'onnxruntime'};"
        "print(*(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a.embedlab")]
    done = subprocess.run(command, check=True, timeout=50, capture_output=True, text=True)
    assert done.stdout.strip() == ""
