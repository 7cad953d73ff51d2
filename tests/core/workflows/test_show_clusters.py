"""Reading clusters with what their rows say."""

from __future__ import annotations

import numpy as np
import pytest
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.workflows.mine_negatives import MineNegatives
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.show_clusters import EXCERPT, ShowClusters
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.negatives_store import NegativesStore


@pytest.fixture
def table(workspace, no_engine):
    documents = [
        Document(text=f"answer {i} " + "long " * 200, extra={"ask": f"ask {i}"}) for i in range(40)
    ]
    make_corpus(workspace, "pairs", documents, roles={"ask": "query"})
    perform(MineNegatives("pairs", name="mined"), workspace)
    return NegativesStore(workspace).get("mined")


def read(workspace, **choices):
    return perform(ShowClusters("mined", **choices), workspace)


def test_each_member_says_its_query_its_positive_and_both_cosines(workspace, table):
    found = read(workspace, order="file order", limit=3)
    assert found["n_clusters"] == table.meta.n_clusters
    assert [cluster["cluster"] for cluster in found["clusters"]] == [0, 1, 2]
    pairs = table.mined().pairs
    for cluster, rows in zip(found["clusters"], table.clusters(), strict=False):
        anchor = cluster["anchor"]
        assert anchor["row"] == rows[0]
        assert anchor["query"] == {"text": f"ask {rows[0]}"}
        assert len(anchor["positive"]["text"]) == EXCERPT + 1
        assert {member["row"] for member in cluster["members"]} == set(rows[1:].tolist())
        for member in cluster["members"]:
            at = np.flatnonzero((pairs.anchors == rows[0]) & (pairs.rows == member["row"]))[0]
            assert member["owner_cosine"] == pytest.approx(pairs.owner_cosines[at], abs=1e-4)


def test_the_most_suspected_come_first(workspace, table):
    report = table.report()
    shares = [
        np.mean([member["is_suspected"] for member in cluster["members"]])
        for cluster in read(workspace)["clusters"]
    ]
    assert shares == sorted(shares, reverse=True)
    told = sum(c["n_suspected"] for c in read(workspace)["clusters"])
    assert told == round(report["false_negatives"]["value"] * report["n_negatives"])


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("are_classes", [True, False])
def test_where_classes_are_known_only_rows_of_the_anchors_class_are_suspected(
    workspace, are_classes
):
    documents = [Document(text=f"answer {i}", label="abc"[i % 3]) for i in range(60)]
    make_corpus(workspace, "classes", documents)
    values = {"labels_are_classes": are_classes}
    perform(MineNegatives("classes", name="mined", parameters=values), workspace)
    report = NegativesStore(workspace).get("mined").report()
    assert report["false_negatives"]["is_exact"]
    clusters = read(workspace)["clusters"]
    for cluster in clusters:
        for member in cluster["members"]:
            is_false = member["label"] == cluster["anchor"]["label"]
            assert member["is_suspected"] == is_false
    told = sum(cluster["n_suspected"] for cluster in clusters)
    assert told == round(report["false_negatives"]["value"] * report["n_negatives"])
    assert (told == 0) == are_classes


def test_a_corpus_that_is_gone_leaves_numbers(workspace, table):
    corpus = workspace.corpus("pairs")
    items = workspace.delete_corpus(corpus)
    assert workspace.negatives() == []
    workspace.trash.restore(items[0])
    found = read(workspace)
    assert not found["is_current"]
    assert found["clusters"][0]["anchor"]["query"] is None


def test_an_unknown_order_is_refused(workspace, table):
    with pytest.raises(LabError, match="There is no order loudest"):
        read(workspace, order="loudest")
