from __future__ import annotations

from math import log2

import numpy as np
import pytest

from embedding_lab.errors import UsageError
from embedding_lab.metrics.ranking import Metric, judge

RANKING = ["d1", "d2", "d3", "d4", "d5"]
GRADES = {"d2": 2.0, "d4": 1.0, "d9": 3.0, "d1": 0.0, "d3": -1.0}


def value(metric, ranking=RANKING, grades=GRADES, depth=100):
    return Metric.parse(metric)(judge([ranking], [grades], depth))[0]


def test_graded_metrics_equal_the_sums_done_by_hand():
    ideal = 3 + 2 / log2(3) + 1 / log2(4)
    assert value("ndcg@10") == pytest.approx((2 / log2(3) + 1 / log2(5)) / ideal, abs=1e-12)
    assert value("ndcg@2") == pytest.approx((2 / log2(3)) / (3 + 2 / log2(3)), abs=1e-12)
    assert value("recall@10") == pytest.approx(2 / 3)
    assert value("recall@2") == pytest.approx(1 / 3)
    assert value("precision@5") == pytest.approx(2 / 5)
    assert value("precision@10") == pytest.approx(2 / 10)
    assert value("mrr@10") == pytest.approx(1 / 2)
    assert value("mrr@1") == 0
    assert value("map@100") == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert value("map@2") == pytest.approx((1 / 2) / 3)


def test_a_perfect_ranking_scores_one():
    ranking = ["d9", "d2", "d4", "x"]
    for metric in ("ndcg@10", "recall@3", "mrr@5", "map@10", "precision@3"):
        assert value(metric, ranking) == pytest.approx(1)


def test_a_ranking_that_finds_nothing_scores_zero():
    for metric in ("ndcg@10", "recall@3", "mrr@5", "map@10", "precision@3"):
        assert value(metric, []) == 0
        assert value(metric, ["x", "y"]) == 0


@pytest.mark.parametrize("metric", ["ndcg", "ndcg@0", "ndcg@-1", "auc@10", "NDCG@10", "ndcg@1e3"])
def test_an_unknown_metric_is_refused(metric):
    with pytest.raises(UsageError, match="no metric"):
        Metric.parse(metric)


def random_queries(seed, *, graded):
    rng = np.random.default_rng(seed)
    documents = [f"d{i}" for i in range(60)]
    for _ in range(40):
        judged = rng.choice(documents, size=rng.integers(1, 15), replace=False)
        grades = {str(d): float(rng.integers(1, 4) if graded else 1) for d in judged}
        yield [str(d) for d in rng.permutation(documents)], grades


def test_ndcg_agrees_with_scikit_learn_on_graded_judgements():
    from sklearn.metrics import ndcg_score

    for ranking, grades in random_queries(0, graded=True):
        truth = np.array([[grades.get(document, 0.0) for document in ranking]])
        scores = -np.arange(len(ranking))[np.newaxis]
        for k in (1, 5, 10, 60):
            assert value(f"ndcg@{k}", ranking, grades) == pytest.approx(
                ndcg_score(truth, scores, k=k), abs=1e-12
            )


def test_binary_metrics_agree_with_sentence_transformers():
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    queries = list(random_queries(1, graded=False))
    evaluator = InformationRetrievalEvaluator(
        queries={str(i): "q" for i in range(len(queries))},
        corpus={f"d{i}": "t" for i in range(60)},
        relevant_docs={str(i): set(grades) for i, (_, grades) in enumerate(queries)},
        mrr_at_k=[5], ndcg_at_k=[10], accuracy_at_k=[1], precision_recall_at_k=[10], map_at_k=[60],
    )  # fmt: skip
    theirs = evaluator.compute_metrics(
        [
            [{"corpus_id": document, "score": -rank} for rank, document in enumerate(ranking)]
            for ranking, _ in queries
        ]
    )
    judged = judge([ranking for ranking, _ in queries], [grades for _, grades in queries], 60)
    for ours, expected in {
        "mrr@5": theirs["mrr@k"][5],
        "ndcg@10": theirs["ndcg@k"][10],
        "recall@10": theirs["recall@k"][10],
        "precision@10": theirs["precision@k"][10],
        "map@60": theirs["map@k"][60],
    }.items():
        assert Metric.parse(ours)(judged).mean() == pytest.approx(expected, abs=1e-12)
