"""Mined negatives on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mining_making import distinct_rows, random_units

from embedding_lab.contracts import MinedPairs
from embedding_lab.errors import LabError, UsageError, WorkspaceError
from embedding_lab.mining.coupling import CouplingOptions, couple
from embedding_lab.workspace.negatives_store import NegativesStore

if TYPE_CHECKING:
    from embedding_lab.contracts import Mined
    from embedding_lab.workspace.negatives import NegativesTable
    from embedding_lab.workspace.workspace import Workspace

N = 40
FACTS = {
    "corpus_id": "c-1", "corpus": "c", "rows_digest": "d" * 64, "form": "pairs",
    "source": "columns", "encoder_id": "e", "encoder": "E", "anchor_fingerprint": "f",
    "positive_fingerprint": "g", "anchor_prompt": "", "positive_prompt": "", "sampler": "saha",
    "n_rows": N, "n_clusters": 10, "n_covered": 36,
}  # fmt: skip


@pytest.fixture(scope="module")
def mined() -> Mined:
    return couple(
        random_units(N, 8, 0), random_units(N, 8, 1), distinct_rows(N), CouplingOptions(3)
    )


def save(workspace: Workspace, mined: Mined, name: str = "mine") -> NegativesTable:
    ids = [f"row-{number}" for number in range(N)]
    return NegativesStore(workspace).save(name, mined, {"notes": ["A note."]}, ids, FACTS)


def test_what_was_mined_comes_back_as_it_was(workspace, mined):
    save(workspace, mined)
    table = NegativesStore(workspace).get("mine")
    found = table.mined()
    assert [cluster.tolist() for cluster in found.clusters] == [
        cluster.tolist() for cluster in mined.clusters
    ]
    assert found.phases.tolist() == mined.phases.tolist()
    assert found.true_ranks.tolist() == mined.true_ranks.tolist()
    for name, array in vars(mined.pairs).items():
        assert np.array_equal(getattr(found.pairs, name), array)
    assert found.notes == ("A note.",)
    assert table.meta.coverage == 0.9


def test_the_clusters_can_be_read_without_the_program(workspace, mined):
    table = save(workspace, mined)
    clusters = json.loads((table.folder / "clusters.json").read_text(encoding="utf-8"))
    assert len(clusters) == len(mined.clusters)
    cosines = dict(
        zip(
            zip(mined.pairs.anchors.tolist(), mined.pairs.rows.tolist(), strict=True),
            zip(mined.pairs.candidate_cosines, mined.pairs.owner_cosines, strict=True),
            strict=True,
        )
    )
    for said, cluster, phase in zip(clusters, mined.clusters, mined.phases, strict=True):
        anchor = said["anchor"]["row"]
        assert said["anchor"]["id"] == f"row-{anchor}"
        assert said["phase"] == phase
        assert {anchor, *(member["row"] for member in said["members"])} == set(cluster.tolist())
        for member in said["members"]:
            told = (member["candidate_cosine"], member["owner_cosine"])
            assert told == pytest.approx(cosines[anchor, member["row"]], abs=1e-6)


def test_clusters_of_some_rows_are_renumbered_and_lose_the_others(workspace, mined):
    table = save(workspace, mined)
    kept = np.array([row for row in range(N) if row % 4])[::-1]
    expected = [
        [kept.tolist().index(row) for row in cluster.tolist() if row % 4]
        for cluster in mined.clusters
    ]
    found = [cluster.tolist() for cluster in table.clusters_within(kept)]
    assert found == [cluster for cluster in expected if len(cluster) > 1]


def test_other_rows_than_those_mined_are_refused(workspace, mined):
    table = save(workspace, mined)
    table.require_current("d" * 64)
    assert not table.is_current("e" * 64)
    with pytest.raises(WorkspaceError, match=r"mined from other rows.*Mine them again"):
        table.require_current("e" * 64)


def test_a_name_is_used_once_and_the_next_free_one_is_proposed(workspace, mined):
    store = NegativesStore(workspace)
    save(workspace, mined)
    with pytest.raises(UsageError, match="There are negatives named mine already"):
        save(workspace, mined)
    with pytest.raises(UsageError, match="need a name"):
        save(workspace, mined, " ")
    assert store.unused_name("mine") == "mine 2"
    assert store.unused_name("other") == "other"
    with pytest.raises(UsageError, match="Did you mean mine"):
        store.get("mien")


def test_deleting_moves_to_the_trash_and_can_be_taken_back(workspace, mined):
    table = save(workspace, mined)
    item = workspace.delete_negatives(table)
    assert workspace.negatives() == []
    assert [entry.kind for entry in workspace.trash.items()] == ["negatives"]
    workspace.trash.restore(item)
    assert [found.meta.name for found in workspace.negatives()] == ["mine"]


def test_nothing_is_left_of_a_save_that_fails(workspace, mined, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="No space"):
        save(workspace, mined)
    assert workspace.negatives() == []
    assert not list(workspace.cache_folder.glob("staging-*"))


def test_a_damaged_table_is_left_out_of_the_list_and_a_damaged_array_is_named(workspace, mined):
    table, other = save(workspace, mined), save(workspace, mined, "other")
    (table.folder / "members.npy").write_bytes(b"no array")
    with pytest.raises(WorkspaceError, match=r"members\.npy cannot be read"):
        table.clusters()
    (other.folder / "meta.json").write_text("{}", encoding="utf-8")
    assert [found.meta.name for found in workspace.negatives()] == ["mine"]
    with pytest.raises(LabError, match="is damaged"):
        type(other)(other.folder)


def test_no_clusters_are_saved_as_well(workspace, mined):
    none = np.zeros(0, np.int64)
    floats = np.zeros(0, np.float32)
    pairs = MinedPairs(none, none, floats, floats, np.zeros(0, np.bool_))
    table = save(workspace, replace(mined, clusters=(), phases=none, pairs=pairs))
    assert table.clusters() == ()
    assert table.clusters_within(np.arange(N)) == ()
