"""Evaluating retrieval: the number is the one sentence-transformers computes."""

from __future__ import annotations

import gzip
import json
import random

import pytest
from study_making import make_corpus

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobLogged
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def judged(workspace, no_engine):
    documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(40)]
    queries = {f"q{i}": f"text {i}" for i in range(10)}
    judgements = [("test", f"q{i}", f"d{i}", 1.0) for i in range(10)]
    return make_corpus(workspace, "judged", documents, queries, judgements)


def test_queries_that_equal_their_document_score_one(workspace, judged):
    perform(EmbedCorpus("judged"), workspace)
    result = perform(EvaluateRetrieval("judged"), workspace)
    assert result["metrics"]["ndcg@10"] == {"value": 1.0, "ci": [1.0, 1.0]}
    assert result["metrics"]["precision@10"]["value"] == pytest.approx(0.1)
    assert (result["task"], result["split"], result["n"]) == ("retrieval", "test", 10)
    assert (result["n_documents"], result["n_unembedded"]) == (40, 0)


def test_documents_without_a_vector_lower_the_score_and_are_told(workspace, judged):
    perform(EmbedCorpus("judged", limit=5), workspace)
    events = []
    result = perform(EvaluateRetrieval("judged", k=3), workspace, events.append)
    assert result["metrics"]["recall@3"]["value"] == 0.5
    assert result["n_unembedded"] == 35
    warnings = [event.message for event in events if isinstance(event, JobLogged)]
    assert any("35 of 40 rows have no vector" in warning for warning in warnings)


def test_a_corpus_must_be_embedded_first(workspace, judged):
    with pytest.raises(LabError, match="not embedded yet with starter"):
        perform(EvaluateRetrieval("judged"), workspace)
    with pytest.raises(LabError, match="at least 1"):
        perform(EvaluateRetrieval("judged", k=0), workspace)


def load_scifact(folder, n_judgements=0, n_distractors=None):
    """Return documents, queries and judgements; a sample if numbers are given."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = {record["_id"]: record["text"] for record in map(json.loads, lines)}
    lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    judgements = [("test", *line.split("\t")[:2], float(line.split("\t")[2])) for line in lines]
    judgements = judgements[: n_judgements or None]
    needed = {document for _, _, document, _ in judgements}
    if n_distractors is not None:
        others = [record for record in records if record["_id"] not in needed]
        chosen = {item["_id"] for item in random.Random(0).sample(others, n_distractors)}
        records = [record for record in records if record["_id"] in needed | chosen]
    documents = [Document(id=r["_id"], title=r["title"], text=r["text"]) for r in records]
    return documents, queries, judgements


def assert_agrees_with_the_library(workspace, documents, queries, judgements):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    make_corpus(workspace, "scifact", documents, queries, judgements)
    perform(EmbedCorpus("scifact"), workspace)
    result = perform(EvaluateRetrieval("scifact"), workspace)

    record = EncoderStore(workspace).get("starter")
    model = SentenceTransformer(record.folder, device="cpu", local_files_only=True)
    relevant: dict[str, set[str]] = {}
    for _, query, document, _ in judgements:
        relevant.setdefault(query, set()).add(document)
    evaluator = InformationRetrievalEvaluator(
        queries={query: queries[query] for query in relevant},
        corpus={document.id: document.full_text for document in documents},
        relevant_docs=relevant,
        main_score_function="cosine",
        write_csv=False,
    )
    theirs = evaluator(model)
    assert result["n"] == len(relevant)
    for metric in ("ndcg@10", "mrr@10", "recall@10", "precision@10"):
        ours = result["metrics"][metric]
        assert ours["value"] == pytest.approx(theirs[f"cosine_{metric}"], abs=1e-3)
        assert ours["ci"][0] < ours["value"] < ours["ci"][1]
    return result


@pytest.mark.timeout(180)
def test_a_part_of_scifact_scores_as_the_library_says(workspace, test_data):
    documents, queries, judgements = load_scifact(test_data / "data" / "scifact", 50, 70)
    # The beginning of each abstract is enough here and keeps the test quick.
    documents = [Document(id=item.id, title=item.title, text=item.text[:200]) for item in documents]
    result = assert_agrees_with_the_library(workspace, documents, queries, judgements)
    assert result["metrics"]["ndcg@10"]["value"] > 0.6


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_of_scifact_scores_as_the_library_says(workspace, test_data):
    corpus = load_scifact(test_data / "data" / "scifact")
    result = assert_agrees_with_the_library(workspace, *corpus)
    assert (result["n"], result["n_documents"]) == (300, 5183)
    assert 0.6 < result["metrics"]["ndcg@10"]["value"] < 0.7
