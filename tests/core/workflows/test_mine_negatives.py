"""Mining negatives of a corpus: rows, vectors, figures, what is saved and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from encoder_making import HashEncoder
from study_making import make_corpus
from training_making import make_captioned

from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobLogged, JobProgressed
from embedding_lab.jobs.job import job_from_record
from embedding_lab.jobs.record import list_runs
from embedding_lab.training.read_rows import read_rows
from embedding_lab.types import RowForm
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.mine_negatives import MineNegatives
from embedding_lab.workflows.perform import JobCancelledError, continue_run, perform
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.negatives_store import NegativesStore
from embedding_lab.workspace.workspace import open_workspace

N = 60


@pytest.fixture
def encoder(workspace, monkeypatch):
    made = HashEncoder(EncoderStore(workspace).get("starter"))
    monkeypatch.setattr(pool, "load", lambda record, log=None: made)
    return made


@pytest.fixture
def corpus(workspace, encoder):
    """Pairs of a question and an answer."""
    documents = [
        Document(id=f"d{i}", text=f"answer {i}", extra={"question": f"question {i}"})
        for i in range(N)
    ]
    return make_corpus(workspace, "pairs", documents, roles={"question": "query"})


def test_clusters_are_mined_saved_and_told(workspace, corpus):
    result = perform(MineNegatives("pairs", name="hard"), workspace)
    assert json.loads(json.dumps(result)) == result
    table = NegativesStore(workspace).get(result["negatives"])
    assert table.meta.name == "hard"
    assert (result["n_rows"], result["n_clusters"]) == (N, len(table.clusters()))
    assert result["coverage"] == len(np.unique(np.concatenate(table.clusters()))) / N
    assert result["values"]["multiplier"] == 3
    assert [entry["sampler"] for entry in result["comparison"]] == [
        "saha", "top_k_negatives", "random",
    ]  # fmt: skip
    assert result["comparison"][0]["candidate_cosine"] == result["candidate_cosine"]
    assert 0 <= result["recall"]["recall@1"]["value"] <= result["recall"]["recall@10"]["value"]
    assert not result["false_negatives"]["is_exact"]
    clusters = json.loads((table.folder / "clusters.json").read_text(encoding="utf-8"))
    assert clusters[0]["anchor"] == {"row": 0, "id": "d0"}


def test_the_cosines_are_those_of_the_encoder(workspace, corpus, encoder):
    result = perform(MineNegatives("pairs", sampler="top_k_negatives"), workspace)
    pairs = NegativesStore(workspace).get(result["name"]).mined().pairs

    def units(word):
        vectors = np.stack([encoder._vector(f"{word} {i}") for i in range(N)])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    questions, answers = units("question"), units("answer")
    expected = (questions[pairs.anchors] * answers[pairs.rows]).sum(axis=1)
    assert pairs.candidate_cosines == pytest.approx(expected, abs=1e-5)
    owners = (questions[pairs.anchors] * questions[pairs.rows]).sum(axis=1)
    assert pairs.owner_cosines == pytest.approx(owners, abs=1e-5)


def test_training_rows_of_the_same_choice_are_the_ones_that_were_mined(workspace, corpus):
    perform(MineNegatives("pairs"), workspace)
    table = NegativesStore(workspace).get("pairs saha")
    assert table.is_current(read_rows(corpus, RowForm.PAIRS).digest())
    longer = make_corpus(
        workspace,
        "longer",
        [Document(text=f"a {i}", extra={"q": f"b {i}"}) for i in range(N)],
        roles={"q": "query"},
    )
    assert not table.is_current(read_rows(longer, RowForm.PAIRS).digest())


def test_the_record_names_encoder_prompts_and_parameters(workspace, corpus):
    perform(MineNegatives("pairs", parameters={"negatives": 3}, limit=40, seed=5), workspace)
    meta = NegativesStore(workspace).get("pairs saha").meta
    record = EncoderStore(workspace).get("starter")
    assert meta.anchor_fingerprint == fingerprint(record)
    assert (meta.encoder, meta.source, meta.form) == ("starter", "columns", "pairs")
    assert meta.values["negatives"] == 3
    assert (meta.choice["limit"], meta.choice["seed"], meta.n_rows) == (40, 5, 40)


def test_documents_that_are_embedded_already_are_not_encoded_again(workspace, encoder):
    documents = [Document(id=f"d{i}", text=f"document {i}") for i in range(N)]
    queries = {f"q{i}": f"query {i}" for i in range(N)}
    judgements = [("train", f"q{i}", f"d{i}", 1.0) for i in range(N)]
    make_corpus(workspace, "judged", documents, queries, judgements)
    perform(EmbedCorpus("judged", "starter"), workspace)
    encoder.batches.clear()
    events = []
    result = perform(MineNegatives("judged"), workspace, events.append)
    assert sum(encoder.batches) == N
    assert result["source"] == "judgements"
    done = [event for event in events if isinstance(event, JobProgressed) and event.unit == "texts"]
    assert (done[-1].step, done[-1].total) == (2 * N, 2 * N)


def test_a_judged_answer_of_the_query_is_never_its_negative(workspace, encoder):
    documents = [Document(id=f"d{i}", text=f"document {i}") for i in range(30)]
    queries = {f"q{i}": f"query {i}" for i in range(10)}
    judgements = [("train", f"q{i % 10}", f"d{i}", 1.0) for i in range(30)]
    make_corpus(workspace, "judged", documents, queries, judgements)
    result = perform(MineNegatives("judged", parameters={"negatives": 3}, name="x"), workspace)
    rows = read_rows(workspace.corpus("judged"), RowForm.PAIRS)
    for cluster in NegativesStore(workspace).get("x").clusters():
        asked = [rows.contents[rows.sides[row, 0]] for row in cluster]
        assert len(set(asked)) == len(asked)
    assert result["n_rows"] == 30


def test_classes_make_the_share_of_false_negatives_exact(workspace, encoder):
    documents = [Document(text=f"text {i}", label=f"class {i % 3}") for i in range(N)]
    make_corpus(workspace, "labelled", documents)
    few = {"negatives": 2}
    exempt = perform(MineNegatives("labelled", parameters=few), workspace)
    assert exempt["false_negatives"]["is_exact"]
    assert exempt["false_negatives"]["value"] == 0
    ignoring = perform(
        MineNegatives("labelled", parameters=few | {"labels_are_classes": False}), workspace
    )
    assert 0.1 < ignoring["false_negatives"]["value"] < 0.6
    assert ignoring["name"] == "labelled saha 2"


def test_pictures_with_captions_are_mined_with_the_vectors_of_the_corpus(workspace, tmp_path):
    from transformer_making import write_two_towers

    corpus = make_captioned(workspace, tmp_path / "pictures", n_each=4)
    record = EncoderStore(workspace).add(write_two_towers(tmp_path / "clip", "clip"), "towers")
    result = perform(
        MineNegatives(corpus.name, record.name, parameters={"negatives": 2}), workspace
    )
    assert result["source"] == "captions"
    assert result["anchor_fingerprint"] != result["positive_fingerprint"]
    assert result["coverage"] > 0.5
    assert len(workspace.vector_sets(corpus)) == 1


def test_notes_are_logged_and_rows_without_a_side_are_counted(workspace, encoder):
    documents = [Document(text=f"text {i}", extra={"q": f"q {i}" if i else " "}) for i in range(12)]
    make_corpus(workspace, "short", documents, roles={"q": "query"})
    events = []
    result = perform(MineNegatives("short"), workspace, events.append)
    assert result["notes"][0] == "1 row of the corpus left out: a side is missing."
    assert any("hard rows are collected" in note for note in result["notes"])
    said = [event.message for event in events if isinstance(event, JobLogged)]
    assert set(result["notes"]) <= set(said)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"sampler": "random_batches"}, "does not mine negatives"),
        ({"sampler": "sahar"}, "Did you mean saha"),
        ({"parameters": {"negatives": 0}}, "must be a whole number from 1"),
        ({"parameters": {"negatives": N}}, f"among {N} distinct positives"),
        ({"corpus": "pears"}, "no corpus named pears"),
        ({"encoder": "stater"}, "Did you mean starter"),
        ({"form": "labelled texts"}, "cannot be mined for labelled texts"),
        ({"form": "triplets"}, "holds no triplets"),
        ({"limit": -1}, "limit cannot be negative"),
        ({"filter": "yaer > 3"}, "yaer"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(workspace, corpus, choices, said):
    with pytest.raises(LabError, match=said):
        perform(MineNegatives(**({"corpus": "pairs"} | choices)), workspace)
    assert workspace.negatives() == []


def test_a_taken_name_is_refused_before_anything_is_encoded(workspace, corpus, encoder):
    perform(MineNegatives("pairs", name="hard"), workspace)
    encoder.batches.clear()
    with pytest.raises(LabError, match="negatives named hard already"):
        perform(MineNegatives("pairs", name="hard"), workspace)
    assert encoder.batches == []


def test_a_cancelled_job_leaves_nothing_behind_and_goes_on_with_what_was_encoded(
    workspace, corpus, encoder
):
    token = CancellationToken()

    def cancel_when_mining(event):
        if isinstance(event, JobProgressed) and event.message == "Mining…":
            token.cancel()

    with pytest.raises(JobCancelledError):
        perform(MineNegatives("pairs"), workspace, cancel_when_mining, token)
    assert workspace.negatives() == []
    encoder.batches.clear()
    result = continue_run(list_runs(workspace.runs_folder)[0], workspace)
    assert encoder.batches == []
    assert result["n_rows"] == N


def test_the_record_of_the_job_makes_it_again(workspace):
    job = MineNegatives("pairs", parameters={"negatives": 3}, name="x")
    assert job_from_record(json.loads(json.dumps(job.to_record()))) == job


def test_nothing_is_mined_in_a_workspace_that_is_read_only(workspace, corpus):
    with (
        open_workspace(workspace.folder) as other,
        pytest.raises(LabError, match="read-only"),
    ):
        perform(MineNegatives("pairs"), other)
