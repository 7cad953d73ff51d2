"""Rows that going back takes out of a corpus leave no vector and no subset to later ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from upgrade_making import IDS, digests

from embedding_lab.errors import UsageError
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab.workspace.backups import find_backup
from embedding_lab.workspace.upgrade import restore_backup, upgrade_workspace
from embedding_lab.workspace.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_engine")


def add_rows(workspace: Workspace, path: Path, *texts: str) -> None:
    path.write_text("\n".join(texts), encoding="utf-8")
    perform(ImportCorpus((str(path),), into="Birds"), workspace)
    perform(EmbedCorpus("Birds"), workspace)


@pytest.fixture
def grown(old: Path, tmp_path: Path) -> Path:
    """The old workspace upgraded, with two rows more, their vectors, and subsets."""
    upgrade_workspace(old)
    with open_workspace(old) as workspace:
        add_rows(workspace, tmp_path / "more.txt", "a magpie", "a jay")
        subsets = workspace.corpus("Birds").subsets
        subsets.save("first", [0, 1], n_rows=7)
        subsets.save("new", [1, 6], n_rows=7)
    return old


def first_backup(folder: Path) -> str:
    return min(file.parent.name for file in folder.glob("backups/*/backup.json"))


def test_rows_that_come_later_get_vectors_of_their_own(grown: Path, tmp_path: Path) -> None:
    restore_backup(grown, first_backup(grown))
    upgrade_workspace(grown)
    with open_workspace(grown) as workspace:
        corpus = workspace.corpus("Birds")
        assert corpus.ids() == IDS
        assert workspace.vector_sets(corpus) == []
        assert {item.kind for item in workspace.trash.items()} == {"corpus", "embeddings"}
        assert [subset.name for subset in corpus.subsets.list()] == ["first"]
        (old,) = [item for item in workspace.trash.items() if item.kind == "embeddings"]
        with pytest.raises(UsageError, match="rows that going back to a backup took out"):
            workspace.trash.restore(old.id)
        (tmp_path / "other.txt").write_text("a crane\na stork")
        perform(ImportCorpus((str(tmp_path / "other.txt"),), into="Birds"), workspace)
        with pytest.raises(UsageError, match="rows that going back to a backup took out"):
            workspace.trash.restore(old.id)
        perform(EmbedCorpus("Birds"), workspace)
        result = perform(SearchCorpus("Birds", "a crane"), workspace)
        assert result["results"][0]["text"] == "a crane"
        assert result["results"][0]["score"] == pytest.approx(1.0, abs=1e-5)


def test_going_forward_again_brings_rows_and_subsets_back(grown: Path) -> None:
    before = digests(grown)
    restore_backup(grown, first_backup(grown))
    restore_backup(grown, find_backup(grown).name)
    after = digests(grown)
    assert {name for name in before if "corpora/" in name} == {
        name for name in after if "corpora/" in name
    }
    with open_workspace(grown) as workspace:
        corpus = workspace.corpus("Birds")
        assert corpus.n_rows == 7
        assert [subset.name for subset in corpus.subsets.list()] == ["first", "new"]
        (embeddings,) = [item for item in workspace.trash.items() if item.kind == "embeddings"]
        workspace.trash.restore(embeddings.id)
        (vector_set,) = workspace.vector_sets(corpus)
        rows, slots = vector_set.in_row_order()
        assert rows.tolist() == list(range(7))
        assert np.isfinite(vector_set.vectors()[slots]).all()


def test_other_rows_that_came_in_between_are_lost_in_going_forward(
    grown: Path, tmp_path: Path
) -> None:
    restore_backup(grown, first_backup(grown))
    forward = find_backup(grown).name
    upgrade_workspace(grown)
    with open_workspace(grown) as workspace:
        add_rows(workspace, tmp_path / "other.txt", "a crane", "a stork", "a rail")
        workspace.corpus("Birds").subsets.save("waders", [5], n_rows=8)
    restore_backup(grown, forward)
    with open_workspace(grown) as workspace:
        corpus = workspace.corpus("Birds")
        assert [row.text for row in corpus.documents(5)] == ["a magpie", "a jay"]
        assert workspace.vector_sets(corpus) == []
        # As they were when the backup was made.
        assert [subset.name for subset in corpus.subsets.list()] == ["first", "new"]


@pytest.mark.parametrize("content", ["{", '{"none": {"rows": [], "created": 1}}'])
def test_an_odd_list_of_subsets_does_not_keep_anybody_from_going_back(
    grown: Path, content: str
) -> None:
    (subsets,) = grown.glob("corpora/*/subsets.json")
    subsets.write_text(content)
    restore_backup(grown, first_backup(grown))
    assert subsets.read_text() == content
    with open_workspace(grown, wants_writing=False) as workspace:
        assert workspace.corpus("Birds").n_rows == 5


def test_a_corpus_that_loses_nothing_keeps_its_embeddings(old: Path) -> None:
    upgrade_workspace(old)
    with open_workspace(old) as workspace:
        workspace.corpus("Birds").subsets.save("first", [0, 1], n_rows=5)
    restore_backup(old)
    with open_workspace(old, wants_writing=False) as workspace:
        corpus = workspace.corpus("Birds")
        assert len(workspace.vector_sets(corpus)) == 1
        assert [subset.name for subset in corpus.subsets.list()] == ["first"]


def test_cut_short_before_the_files_are_put_back_it_is_done_again(
    grown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("embedding_lab.workspace.upgrade.put_back", die)
        with pytest.raises(KeyboardInterrupt):
            restore_backup(grown, first_backup(grown))
    assert "changing" in json.loads((grown / "workspace.json").read_text())
    restore_backup(grown)
    with open_workspace(grown, wants_writing=False) as workspace:
        corpus = workspace.corpus("Birds")
        assert corpus.n_rows == 5
        assert workspace.vector_sets(corpus) == []
        assert [subset.name for subset in corpus.subsets.list()] == ["first"]
