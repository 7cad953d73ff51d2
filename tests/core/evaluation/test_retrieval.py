"""Retrieval scores: from judgements to numbers with intervals."""

from __future__ import annotations

import numpy as np
import pytest
from study_making import make_corpus

from embedding_lab.errors import UsageError
from embedding_lab.evaluation.retrieval import (
    default_metrics,
    load_task,
    rank_documents,
    score_rankings,
)
from embedding_lab.search.exact import ExactIndex
from embedding_lab.workspace.corpus import Document

DOCUMENTS = [Document(id=name, text=name) for name in "abcd"]
QUERIES = {"q1": "first", "q2": "second", "q3": "third", "q4": "never judged"}
JUDGEMENTS = [
    ("test", "q1", "a", 1.0),
    ("test", "q2", "b", 2.0),
    ("test", "q2", "c", 0.0),
    ("test", "q3", "d", 0.0),
    ("train", "q4", "a", 1.0),
]


@pytest.fixture
def corpus(workspace):
    return make_corpus(workspace, "judged", DOCUMENTS, QUERIES, JUDGEMENTS)


def test_queries_without_a_relevant_document_are_left_out_and_counted(corpus):
    task = load_task(corpus)
    assert task.split == "test"
    assert [query.id for query in task.queries] == ["q1", "q2"]
    assert task.judgements == ({"a": 1.0}, {"b": 2.0, "c": 0.0})
    assert task.n_skipped == 1
    assert [query.id for query in load_task(corpus, "train").queries] == ["q4"]


def test_missing_judgements_are_told(corpus, workspace):
    with pytest.raises(UsageError, match="no judgements named dev") as caught:
        load_task(corpus, "dev")
    assert caught.value.hint == "It has test, train."
    plain = make_corpus(workspace, "plain", DOCUMENTS)
    with pytest.raises(UsageError, match="plain has no judgements"):
        load_task(plain)
    hopeless = make_corpus(workspace, "hopeless", DOCUMENTS, {"q": "t"}, [("all", "q", "a", 0.0)])
    with pytest.raises(UsageError, match="No query of hopeless"):
        load_task(hopeless)


def test_documents_are_ranked_by_id_whatever_order_they_were_encoded_in():
    vectors = np.eye(4, dtype=np.float32)
    index = ExactIndex(vectors, np.array([2, 0, 3, 1]))
    query = np.array([[0.1, 0.9, 0.3, 0.2]], dtype=np.float32)
    assert rank_documents(index, "abcd", query, 3) == [["a", "d", "b"]]


def test_scores_come_with_an_interval_around_them(corpus):
    task = load_task(corpus)
    scores = score_rankings(task, [["a", "b"], ["x", "b"]], default_metrics(10))
    assert list(scores) == ["ndcg@10", "recall@10", "precision@10", "mrr@10", "map@100"]
    assert scores["ndcg@10"]["value"] == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert scores["mrr@10"] == {"value": 0.75, "ci": [0.5, 1.0]}
    assert scores["recall@10"] == {"value": 1.0, "ci": [1.0, 1.0]}
