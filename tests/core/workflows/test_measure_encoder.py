"""Measuring: the same rows every time, every way against the first, and cancelled quickly."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from encoder_making import HashEncoder, write_sentence_bert
from picture_making import write_pictures

from embedding_lab.encoders import pool, ways
from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.arithmetic import Arithmetic, arithmetic_of, matmul_peak
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.sample_rows import sample_rows
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobLogged, JobProgressed
from embedding_lab.jobs.job import job_from_record
from embedding_lab.jobs.run import run_job
from embedding_lab.study import create_workspace
from embedding_lab.types import Engine, Modality, Precision
from embedding_lab.workflows.measure_encoder import MeasureEncoder
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

LONGEST, EMPTY = 217, 140


class RoughEncoder(HashEncoder):
    """Gives vectors that are off by a little in bf16, and slowly if asked."""

    pause_s = 0.0

    def forward(self, batch: Any, options: Any = None, *, is_interactive: bool = False) -> Any:
        time.sleep(self.pause_s)
        vectors = super().forward(batch, options)
        if options.precision is Precision.BF16:
            vectors = vectors + 0.01 * np.cos(np.arange(vectors.size)).reshape(vectors.shape)
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return vectors


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    lengths = np.random.default_rng(0).integers(1, 30, 400)
    texts = [f"row {row} " + "word " * length for row, length in enumerate(lengths)]
    texts[LONGEST] = "word " * 90
    texts[EMPTY] = " \n"
    texts[300] = ""
    return study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])


@pytest.fixture
def fake(unprepared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "load", lambda record, log=None: RoughEncoder(record))
    monkeypatch.setattr(ways, "matmul_peak", lambda *_, **__: 100.0)
    monkeypatch.setattr(ways, "has_fast_bf16", lambda: False)


def measure(workspace: Workspace, **inputs: Any) -> dict[str, Any]:
    return perform(MeasureEncoder(**{"corpus": "study"} | inputs), workspace)


def test_the_sample_is_the_same_every_time_and_has_the_longest_and_the_empty_row(
    corpus: Corpus,
) -> None:
    sample = sample_rows(corpus, 20, Modality.TEXT)
    assert (sample.longest, sample.empty, len(sample.rows)) == (LONGEST, EMPTY, 20)
    assert {LONGEST, EMPTY} <= set(sample.rows.tolist())
    assert sorted(set(sample.rows.tolist())) == sample.rows.tolist()
    np.testing.assert_array_equal(sample_rows(corpus, 20, Modality.TEXT).rows, sample.rows)
    others = sample_rows(corpus, 20, Modality.TEXT, seed=1)
    assert others.rows.tolist() != sample.rows.tolist()
    assert {LONGEST, EMPTY} <= set(others.rows.tolist())
    assert len(sample_rows(corpus, 10_000, Modality.TEXT).rows) == 400
    assert (~sample.is_left_out(400)).nonzero()[0].tolist() == sample.rows.tolist()


@pytest.mark.usefixtures("fake")
def test_every_way_is_compared_with_the_first(
    workspace: Workspace, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "has_fast_bf16", lambda: True)
    result = measure(workspace, n_rows=50, repeats=2)
    assert json.loads(json.dumps(result)) == result
    assert (result["rows"], result["repeats"], result["modality"]) == (50, 2, "text")
    assert (result["longest_row"], result["empty_row"]) == (LONGEST, EMPTY)
    first, rough = result["ways"]
    assert (first["precision"], first["is_reference"], first["speed_ratio"]) == ("fp32", True, 1)
    assert first["min_cosine"] == pytest.approx(1, abs=1e-6)
    assert (first["neighbour_overlap"], first["top1_agreement"]) == (1, 1)
    assert (rough["precision"], rough["is_reference"], rough["device"]) == ("bf16", False, "cpu")
    assert 0.9 < rough["min_cosine"] <= rough["mean_cosine"] < 0.99999
    for way in (first, rough):
        assert way["tokens_per_second"] > way["rows_per_second"] > 0
        assert way["tokens"] > 50
        assert way["peak_share"] > 0
        assert way["peak_gflops"] == 100
        assert way["memory_bytes"] >= 0


@pytest.mark.usefixtures("corpus", "fake")
def test_an_encoder_of_another_dimension_is_compared_by_neighbours_alone(
    workspace: Workspace, tmp_path: Path
) -> None:
    EncoderStore(workspace).add(write_sentence_bert(tmp_path / "tiny"), "tiny")
    result = measure(workspace, against=("tiny", "tiny", "starter"), n_rows=30, repeats=1)
    assert [way["encoder"] for way in result["ways"]] == ["starter", "tiny"]
    other = result["ways"][1]
    assert other["dim"] == 32
    assert (other["min_cosine"], other["mean_cosine"], other["max_abs_diff"]) == (None, None, None)
    assert 0 <= other["neighbour_overlap"] <= 1


@pytest.mark.usefixtures("corpus", "fake")
def test_progress_counts_every_pass(workspace: Workspace) -> None:
    events: list[Event] = []
    perform(MeasureEncoder("study", n_rows=40, repeats=2), workspace, events.append)
    told = [event for event in events if isinstance(event, JobProgressed)]
    assert (told[-1].step, told[-1].total) == (120, 120)
    assert told[-1].message == "Timing starter torch fp32, 2 of 2"
    assert [event.step for event in told] == sorted(event.step for event in told)


@pytest.mark.usefixtures("corpus", "fake")
def test_cancelling_stops_between_batches(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoughEncoder, "pause_s", 0.05)
    token, seen = CancellationToken(), []

    def sink(event: Event) -> None:
        if isinstance(event, JobProgressed) and event.step and not seen:
            seen.append(time.perf_counter())
            token.cancel()

    job = MeasureEncoder("study", n_rows=400, repeats=50)
    assert isinstance(run_job(job, workspace, sink, token=token), JobCancelled)
    assert time.perf_counter() - seen[0] < 1


@pytest.mark.usefixtures("corpus", "fake")
def test_what_cannot_be_measured_is_said(workspace: Workspace) -> None:
    with pytest.raises(LabError, match="at least one row"):
        measure(workspace, n_rows=0)
    with pytest.raises(LabError, match="no encoder named strater"):
        measure(workspace, against=("strater",))
    study_making.make_corpus(workspace, "nothing", [])
    with pytest.raises(LabError, match="no rows to measure on"):
        measure(workspace, corpus="nothing")


def test_the_job_survives_its_record() -> None:
    job = MeasureEncoder("study", "starter", ("one", "two"), n_rows=7)
    assert job_from_record(json.loads(json.dumps(job.to_record()))) == job


def test_the_real_engine_is_measured(workspace: Workspace, corpus: Corpus, tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "bert")
    store = EncoderStore(workspace)
    store.add(folder, "tiny")
    store.add(folder, "cls", max_length=32)
    pool.unload_all()
    events: list[Event] = []
    job = MeasureEncoder("study", "tiny", ("cls",), n_rows=40, repeats=1)
    result = perform(job, workspace, events.append)
    told = [event.message for event in events if isinstance(event, JobLogged)]
    assert (
        "cls takes 32 tokens of a text and tiny 64, so they do not read the same of long rows."
        in told
    )
    # Some processors have a second way, in bf16, for each.
    tiny, short = [way for way in result["ways"] if way["precision"] == "fp32"]
    assert tiny["load_seconds"] > 0
    assert tiny["peak_share"] > 0
    assert tiny["peak_share_reason"] == ""
    assert short["tokens"] < tiny["tokens"]
    assert short["min_cosine"] < 0.9999
    sample = sample_rows(corpus, 40, Modality.TEXT)
    texts = [document.full_text for document in corpus.documents_at(sample.rows)]
    vectors = [
        pool.load(store.get(name)).encode(texts, role="document") for name in ("tiny", "cls")
    ]
    assert agreement(*vectors).min_cosine == pytest.approx(short["min_cosine"], abs=1e-4)


def test_pictures_are_measured_too(tmp_path: Path) -> None:
    from transformer_making import write_two_towers

    towers = write_two_towers(tmp_path / "clip", "clip")
    with create_workspace(tmp_path / "Pictures.embedlab") as study:
        study.import_corpus(write_pictures(tmp_path / "colours", 3))
        study.add_encoder(towers, "clip")
        result = study.run(MeasureEncoder("colours", "clip", n_rows=8, repeats=1))
    assert (result["modality"], result["rows"], result["longest_row"]) == ("image", 8, None)
    way = result["ways"][0]
    assert way["min_cosine"] == pytest.approx(1)
    assert (way["peak_share"], way["peak_share_reason"][:11]) == (None, "The encoder")


def test_the_arithmetic_of_a_text_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    starter = EncoderStore(workspace).get("starter")
    found, reason = arithmetic_of(starter)
    # Six layers of four square matrices and two of four times the width, 384 wide.
    assert found == Arithmetic(6 * 12 * 384**2, 4 * 6 * 384)
    assert reason == ""
    lengths = np.array([10.0, 3.0])
    assert found.operations(lengths) == 2 * found.n_weights * 13 + found.attention * 109
    tiny = describe_folder(write_sentence_bert(tmp_path / "bert"))
    assert arithmetic_of(tiny)[0] == Arithmetic(2 * 8 * 32**2, 4 * 2 * 32)
    assert arithmetic_of(replace(tiny, kind="onnx"))[0] is None
    with_pictures = replace(tiny, modalities=("text", "image"))
    assert arithmetic_of(with_pictures) == (
        None,
        "The encoder has parts for pictures and parts for texts.",
    )


def test_the_peak_only_grows() -> None:
    first = matmul_peak(Engine.ONNX, Precision.FP32)
    assert first > 0
    assert matmul_peak(Engine.ONNX, Precision.FP32) == first
    assert matmul_peak(Engine.ONNX, Precision.FP32, tries_again=True) >= first
