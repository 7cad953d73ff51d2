"""Instructions for retrieval: each is evaluated with its prompt and paired with the first."""

from __future__ import annotations

import json

import numpy as np
import pytest
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.prompts.experiments import ExperimentStore
from embedding_lab.prompts.tables import experiments_table
from embedding_lab.workflows.compare_instructions import CompareInstructions
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def judged(workspace, no_engine):
    documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(40)]
    queries = {f"q{i}": f"text {i}" for i in range(20)}
    judgements = [("test", f"q{i}", f"d{i}", 1.0) for i in range(20)]
    return make_corpus(workspace, "judged", documents, queries, judgements)


def test_a_spoiling_instruction_is_worse_than_none(workspace, judged):
    result = perform(CompareInstructions("judged", queries=("", "spoil: ", "harm: ")), workspace)
    plain, *others = result["instructions"]
    assert (result["n"], result["k"]) == (20, 10)
    assert (plain["query"], plain["score"]) == ("", 1.0)
    assert "verdict" not in plain
    for item in others:
        assert item["score"] < 0.5
        assert item["difference"] == pytest.approx(item["score"] - 1.0)
        assert item["difference_ci"][0] < item["difference"] < item["difference_ci"][1]
        assert item["p_value"] < 0.01
        assert item["verdict"] == "worse"
    json.dumps(result, allow_nan=False)


def test_no_instruction_scores_what_evaluation_says(workspace, judged):
    perform(EmbedCorpus("judged"), workspace)
    expected = perform(EvaluateRetrieval("judged"), workspace)["metrics"]["ndcg@10"]
    [found] = perform(CompareInstructions("judged"), workspace)["instructions"]
    assert (found["score"], found["score_ci"]) == (expected["value"], expected["ci"])


def test_instructions_for_documents_embed_the_corpus_with_them(workspace, judged):
    job = CompareInstructions("judged", queries=("", "p: "), documents=("p: ", "p: "))
    spoiled, matching = perform(job, workspace)["instructions"]
    assert spoiled["document"] == matching["document"] == "p: "
    assert matching["score"] == 1.0
    assert matching["verdict"] == "better"
    assert [item.meta.prompt for item in workspace.vector_sets(judged)] == ["p: "]


def test_a_comparison_is_saved_with_the_score_of_every_query(workspace, judged):
    job = CompareInstructions("judged", queries=("", "spoil: "), save="instructions")
    result = perform(job, workspace)
    saved = ExperimentStore(workspace).get("instructions")
    assert result["experiment"] == saved.manifest.id
    assert (saved.manifest.kind, saved.manifest.score) == ("instructions", 1.0)
    items = saved.items()
    assert len(items["query"]) == 20
    assert float(np.mean(items["score_1"])) == result["instructions"][1]["score"]
    assert "nDCG@10 1.000 [1.000, 1.000]" in experiments_table([saved])


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"queries": ()}, "There is no instruction"),
        ({"queries": ("a", "a")}, "Two instructions are the same"),
        ({"queries": ("a", "b"), "documents": ("c",)}, "2 instructions for queries and 1"),
        ({"k": 0}, "at least 1"),
        ({"split": "dev"}, "no judgements named dev"),
    ],
)
def test_what_makes_no_sense_is_told(workspace, judged, choices, sentence):
    with pytest.raises(LabError, match=sentence):
        perform(CompareInstructions("judged", **choices), workspace)
