"""The Python door: the manual's examples run, and every method does what its job does."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from code_making import write_own_architecture
from encoder_making import write_sentence_bert

import embedding_lab as lab
from embedding_lab import resources
from embedding_lab.jobs.events import JobCompleted, JobProgressed

pytestmark = pytest.mark.usefixtures("no_engine")

MANUAL = Path(__file__).parents[2] / "resources" / "manual" / "python.md"


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """The bundled sample, or a small one in the same layout where it is not built."""
    try:
        return resources.path("samples/python-library")
    except lab.LabError:
        folder = tmp_path / "python-library"
    (folder / "qrels").mkdir(parents=True)
    lines = [{"_id": f"f{i}", "text": f"opens file number {i}"} for i in range(30)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    queries = [{"_id": f"q{i}", "text": f"open file {i}"} for i in range(20)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    judged = [f"q{i}\tf{i}\t1" for i in range(20)]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(judged))
    monkeypatch.setattr(resources, "path", lambda name: folder)
    return folder


def test_the_examples_of_the_manual_run_one_after_the_other(sample, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), re.S | re.M)
    assert len(blocks) >= 9
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, MANUAL.name, "exec"), names)
    out = capsys.readouterr().out
    assert "rows came in, 0 did not" in out
    assert "ndcg@10: " in out
    assert "There is no corpus named no such corpus." in out
    assert np.load(tmp_path / "vectors.npy").shape[1] == 384
    with (tmp_path / "found.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 5


def test_events_reach_the_caller_and_results_come_back(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("whale\nshark\nlion\n")
    events = []
    with lab.create_workspace(tmp_path / "s.embedlab", on_event=events.append) as study:
        assert study.import_corpus(path, text_unit="line")["rows"] == 3
        assert study.embed("words")["new_rows"] == 3
        assert study.search("words", "shark")["results"][0]["text"] == "shark"
        rows, vectors = study.vectors("words")
        assert rows.tolist() == [0, 1, 2]
        found = study.search("words", "shark", k=3)["results"]
        shark = vectors[1]
        by_row = {item["row"]: item["score"] for item in found}
        np.testing.assert_allclose([by_row[row] for row in rows], vectors @ shark, atol=1e-5)
        assert len(study.jobs()) == 2
    assert any(isinstance(event, JobProgressed) for event in events)
    assert sum(isinstance(event, JobCompleted) for event in events) == 4


def test_encoders_and_corpora_are_managed(tmp_path):
    write_sentence_bert(tmp_path / "bert")
    path = tmp_path / "words.txt"
    path.write_text("whale\nshark\n")
    with lab.create_workspace(tmp_path / "s.embedlab") as study:
        study.add_encoder(tmp_path / "bert", "tiny")
        assert [record.name for record in study.encoders()] == ["starter", "tiny"]
        study.import_corpus(path)
        study.delete_corpus("words")
        assert study.corpora() == []


def test_code_of_an_encoders_own_is_agreed_to(tmp_path):
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    with lab.create_workspace(tmp_path / "s.embedlab") as study:
        with pytest.raises(lab.LabError, match="program code of its own"):
            study.add_encoder(folder)
        added = study.add_encoder(folder, trusts_code=True)
        (folder / "helper_own.py").write_text("FACTOR = 2")
        trusted = study.trust_encoder("own")
        assert trusted.trusted_code == trusted.code_digest != added.code_digest
    assert not (tmp_path / "mark").exists()


def test_failures_are_sentences_and_can_be_continued(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("whale\n")
    folder = tmp_path / "s.embedlab"
    with lab.create_workspace(folder) as study:
        study.import_corpus(path)
        with pytest.raises(lab.LabError, match="no encoder named tiny"):
            study.embed("words", "tiny")
        write_sentence_bert(tmp_path / "bert")
        study.add_encoder(tmp_path / "bert", "tiny")
        assert study.continue_job(study.jobs()[0].id)["new_rows"] == 1
        with lab.open_workspace(folder) as second:
            assert "open elsewhere" in second.workspace.why_read_only
            with pytest.raises(lab.LabError, match="read-only"):
                second.embed("words")


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, embedding_lab; print('numpy' in sys.modules, 'torch' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.split() == ["False", "False"]
    with pytest.raises(AttributeError):
        _ = lab.no_such_name


def test_a_study_measures_and_estimates(sample, tmp_path):
    with lab.create_workspace(tmp_path / "w") as study:
        study.import_corpus(sample, name="python")
        measured = study.measure("python", "starter", n_rows=10, repeats=1)
        assert measured["rows"] == 10
        estimate = study.estimate("python", limit=20)
        assert estimate["rows"] == 20
        assert study.embed("python", limit=20)["new_rows"] == 20
        assert study.estimate("python", limit=20)["rows"] == 0


def test_a_study_mines_negatives_and_reads_their_clusters(tmp_path):
    lines = [json.dumps({"text": f"answer {i}", "ask": f"question {i}"}) for i in range(30)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines))
    with lab.create_workspace(tmp_path / "w") as study:
        study.import_corpus(tmp_path / "pairs.jsonl", roles={"ask": "query"})
        mined = study.mine_negatives("pairs", parameters={"negatives": 3}, name="careful")
        study.mine_negatives("pairs", sampler="top_k_negatives", name="hard")
        assert [table.meta.name for table in study.negatives()] == ["careful", "hard"]
        found = study.clusters("careful", order="hardest", limit=2)["clusters"]
        assert [len(cluster["members"]) <= 3 for cluster in found] == [True, True]
        compared = study.compare_negatives("careful", "hard")["tables"]
        assert compared[0]["coverage"] == mined["coverage"]
        study.delete_negatives("hard")
        assert [table.meta.name for table in study.negatives()] == ["careful"]
