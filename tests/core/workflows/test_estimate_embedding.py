"""Estimates: every field makes sense, nothing is changed, and the time is near the real one."""

from __future__ import annotations

import threading
import time
from collections import namedtuple
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from encoder_making import HashEncoder
from picture_making import write_pictures

from embedding_lab.backends import engine_turns
from embedding_lab.encoders import calibration, pool
from embedding_lab.encoders.calibration import batches_of, calibrate, spread
from embedding_lab.encoders.contract import DEFAULT_OPTIONS, TokenizedText
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled
from embedding_lab.jobs.job import Lane
from embedding_lab.jobs.run import run_job
from embedding_lab.study import create_workspace
from embedding_lab.workflows import estimate_embedding as module
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.estimate_embedding import (
    EstimateEmbedding,
    about_bytes,
    about_seconds,
)
from embedding_lab.workflows.perform import perform
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace

FIELDS = {
    "corpus", "encoder", "precision", "modality", "rows", "seconds", "load_seconds",
    "rows_per_second", "bytes_on_disk", "free_bytes", "peak_memory_bytes",
    "memory_available_bytes", "sampled_rows", "measured_rows", "fits", "sentence",
}  # fmt: skip


class SteadyEncoder(HashEncoder):
    """Takes a fixed time for a batch and for each token of it, padding included."""

    batch_s, token_s = 0.001, 0.00001

    def forward(self, batch: Any, options: Any = None, *, is_interactive: bool = False) -> Any:
        width = len(batch) * max(item.n_tokens for item in batch)
        time.sleep(self.batch_s + self.token_s * width)
        return super().forward(batch, options or DEFAULT_OPTIONS)


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "load", lambda record, log=None: SteadyEncoder(record))


def fill(workspace: Workspace, n: int, n_empty: int = 0) -> None:
    lengths = np.random.default_rng(0).integers(1, 80, n)
    texts = [f"row {row} " + "word " * length for row, length in enumerate(lengths)]
    study_making.make_corpus(
        workspace, "study", [Document(text=text) for text in [*texts, *[""] * n_empty]]
    )


def estimate(workspace: Workspace, **inputs: Any) -> dict[str, Any]:
    return perform(EstimateEmbedding(**{"corpus": "study"} | inputs), workspace)


def test_the_estimate_is_near_what_embedding_then_takes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MOST_SECONDS", 0.3)
    monkeypatch.setattr(module, "MOST_TEXTS", 1000)
    fill(workspace, 3000)
    found = estimate(workspace)
    assert set(found) == FIELDS
    assert (found["rows"], found["sampled_rows"]) == (3000, 1000)
    assert 50 < found["measured_rows"] < 1000
    real = perform(EmbedCorpus("study"), workspace)
    # Loose, since other programs may take the processor: the benchmark script tells the real error.
    assert 0.5 < found["seconds"] / real["seconds"] < 2
    assert found["bytes_on_disk"] == 3000 * (384 * 4 + 8)
    (vector_set,) = workspace.vector_sets()
    on_disk = sum(file.stat().st_size for file in vector_set.folder.iterdir())
    assert on_disk == pytest.approx(found["bytes_on_disk"], rel=0.01)
    assert found["fits"]
    assert found["sentence"].startswith("Fits; will take about ")
    assert found["free_bytes"] > found["bytes_on_disk"]
    assert found["peak_memory_bytes"] > 0


def test_only_rows_that_wait_and_can_be_encoded_count(workspace: Workspace) -> None:
    fill(workspace, 90, n_empty=10)
    assert estimate(workspace)["rows"] == 90
    assert estimate(workspace, encodes_empty=True)["rows"] == 100
    assert estimate(workspace, limit=40)["rows"] == 40
    perform(EmbedCorpus("study", limit=60), workspace)
    assert estimate(workspace)["rows"] == 30
    perform(EmbedCorpus("study"), workspace)
    done = estimate(workspace)
    assert (done["rows"], done["seconds"], done["bytes_on_disk"], done["fits"]) == (0, 0, 0, True)
    assert done["sentence"] == "Nothing to do: no row waits for a vector."


def test_nothing_is_changed_and_nothing_recorded(workspace: Workspace) -> None:
    fill(workspace, 20)
    estimate(workspace)
    assert workspace.vector_sets() == []
    assert not list(workspace.runs_folder.glob("*"))
    # It must not wait for hours behind a job that embeds something else.
    assert EstimateEmbedding("study").lane is Lane.INTERACTIVE


def test_what_does_not_fit_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workspace, 20)
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patched:
        patched.setattr(module.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10**6))
        full = estimate(workspace)
    assert not full["fits"]
    assert full["sentence"].startswith("Does not fit: the vectors need about 1 MB on the disk")
    monkeypatch.setattr(module, "available_memory_bytes", lambda: 50_000_000)
    monkeypatch.setattr(pool, "load", None)
    small = estimate(workspace)
    assert (small["fits"], small["seconds"], small["measured_rows"]) == (False, None, 0)
    assert small["rows"] == 20
    assert "of memory, and 50 MB are free." in small["sentence"]


def test_a_system_that_does_not_tell_its_memory_is_trusted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(workspace, 20)
    monkeypatch.setattr(module, "available_memory_bytes", lambda: 0)
    assert estimate(workspace)["fits"]


def test_wrong_choices_fail_as_they_do_when_embedding(workspace: Workspace) -> None:
    fill(workspace, 3)
    with pytest.raises(LabError, match="There is no precision fp12"):
        estimate(workspace, precision="fp12")
    with pytest.raises(LabError, match="no encoder named strater"):
        estimate(workspace, encoder="strater")


def test_it_can_be_cancelled(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workspace, 300)
    monkeypatch.setattr(SteadyEncoder, "batch_s", 0.05)
    token = CancellationToken()
    started = time.perf_counter()
    job = EstimateEmbedding("study")
    ended = run_job(job, workspace, lambda _: token.cancel(), token=token)
    assert isinstance(ended, JobCancelled)
    assert time.perf_counter() - started < 1


def test_pictures_are_estimated_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformer_making import write_two_towers

    monkeypatch.undo()
    towers = write_two_towers(tmp_path / "clip", "clip")
    with create_workspace(tmp_path / "Pictures.embedlab") as study:
        study.import_corpus(write_pictures(tmp_path / "colours", 3))
        study.add_encoder(towers, "clip")
        found = study.estimate("colours", "clip")
    assert (found["modality"], found["rows"], found["fits"]) == ("image", 12, True)
    assert found["load_seconds"] > 0
    assert found["seconds"] > 0


# Calibration


def test_batches_are_those_of_the_loop() -> None:
    items = [TokenizedText(n, False) for n in (3, 9, 4, 10, 2)]
    sizes = [[item.n_tokens for item in batch] for batch in batches_of(items, 20)]
    assert sizes == [[10, 9], [4, 3, 2]]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 37])
def test_the_order_reaches_everything_once_and_far_apart_first(n: int) -> None:
    order = spread(n)
    assert sorted(order) == list(range(n))
    assert set(order[:3]) >= {0, n - 1}
    if n == 37:
        assert sorted(order[:5]) == [0, 9, 18, 27, 36]


def test_waiting_for_others_is_not_counted(workspace: Workspace) -> None:
    encoder = SteadyEncoder(EncoderStore(workspace).get("starter"))
    plain = encoder.forward

    def in_turn(batch: Any, options: Any = None, *, is_interactive: bool = False) -> Any:
        with engine_turns.turn(is_interactive=is_interactive):
            return plain(batch, options)

    encoder.forward = in_turn  # type: ignore[method-assign]
    items = [TokenizedText(50, False, text=f"text {n}") for n in range(100)]
    alone = calibrate(encoder, items, DEFAULT_OPTIONS, 1024).seconds
    stop = threading.Event()

    def other_job() -> None:
        while not stop.is_set():
            with engine_turns.turn():
                time.sleep(0.05)

    thread = threading.Thread(target=other_job)
    thread.start()
    beside = calibrate(encoder, items, DEFAULT_OPTIONS, 1024).seconds
    stop.set()
    thread.join(10)
    assert beside < 2 * alone


def test_durations_and_sizes_are_told_as_people_say_them() -> None:
    assert [about_seconds(s) for s in (0.1, 12.4, 89, 240, 7900)] == [
        "1 s", "12 s", "89 s", "4 min", "2 h 12 min",
    ]  # fmt: skip
    assert [about_bytes(n) for n in (10, 12_000_000, 3_400_000_000)] == ["1 MB", "12 MB", "3.4 GB"]
