"""A run that was cut short ends with the weights of one that was not; damage is told."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from study_making import make_corpus
from training_making import Watched, add_tiny, make_pairs, tiny_job, use_one_thread

from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.context import complete_checkpoints
from embedding_lab.jobs.events import JobCancelled, JobCompleted, JobFailed
from embedding_lab.storage import read_json, write_json
from embedding_lab.training import torch_checkpoint
from embedding_lab.training.torch_best import read_best
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import create_workspace, open_workspace

CHILD = Path(__file__).parents[2] / "training_child.py"


IN_PARTS = {"adapter": "lora", "micro_batch": 3}


def whole_run(folder, tiny_folder, settings):
    """Return a run that nothing cut short, and the weights it ended with."""
    with pytest.MonkeyPatch.context() as patch, create_workspace(folder / "w") as workspace:
        patch.setenv("EMBEDDING_LAB_HOME", str(folder))
        use_one_thread()
        make_pairs(workspace)
        add_tiny(workspace, tiny_folder)
        run = Watched(workspace, tiny_job(settings=settings))
        assert isinstance(run.run(), JobCompleted), run.logged
        return run, run.weights()


@pytest.fixture(scope="module")
def expected(tmp_path_factory, tiny_folder):
    return whole_run(tmp_path_factory.mktemp("whole"), tiny_folder, {})


@pytest.fixture(scope="module")
def expected_in_parts(tmp_path_factory, tiny_folder):
    return whole_run(tmp_path_factory.mktemp("parts"), tiny_folder, IN_PARTS)


def assert_same(expected, run):
    """Weights, figures and reports are those of the run that nothing cut short, to the bit."""
    whole, weights = expected
    ours = run.weights()
    assert ours.keys() == weights.keys()
    assert all(np.array_equal(ours[name], weights[name]) for name in ours)
    assert run.result["tuned"] == whole.result["tuned"]
    steps = [(report["step"], report["loss"]) for report in run.reports("step")]
    assert steps == [(report["step"], report["loss"]) for report in whole.reports("step")]
    assert [step for step, _ in steps] == list(range(1, 21))
    for kind in ("validation", "map"):
        assert [r["step"] for r in run.reports(kind)] == [0, 5, 10, 15, 20]


def cut(workspace, step, **choices):
    """Return a run that was cancelled before a step."""
    run, token = Watched(workspace, tiny_job(**choices)), CancellationToken()
    assert isinstance(run.run(token, {step: token.cancel}), JobCancelled)
    return run


def test_ten_steps_and_ten_more_are_bit_for_bit_twenty_steps(ready, expected):
    run = cut(ready, 10)
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert_same(expected, run)


def test_cancelling_in_the_middle_of_a_step_loses_that_step_only(ready, expected_in_parts):
    run, token = Watched(ready, tiny_job(settings=IN_PARTS)), CancellationToken()
    looks, check = 0, token.check

    def cancel_in_a_step() -> None:
        # The fourth look after this is between two parts of the batch.
        def count() -> None:
            nonlocal looks
            looks += 1
            if looks == 4:
                token.cancel()
            check()

        token.check = count

    assert isinstance(run.run(token, {7: cancel_in_a_step}), JobCancelled)
    assert complete_checkpoints(run.folder)[-1].step == 7
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert_same(expected_in_parts, run)


def test_a_killed_process_goes_on_from_its_last_checkpoint_bit_for_bit(ready, expected):
    run = Watched(ready, tiny_job())
    ready.close()
    done = subprocess.run(
        [sys.executable, CHILD, ready.folder, run.folder, "13"],
        capture_output=True, text=True, check=False, timeout=55,
    )  # fmt: skip
    assert done.returncode == -9, done.stdout + done.stderr
    with open_workspace(ready.folder) as opened:
        assert [record.id for record in opened.interrupted] == [run.folder.name]
        run.workspace = opened
        assert isinstance(run.run(is_continued=True), JobCompleted)
        assert_same(expected, run)


def test_a_damaged_checkpoint_is_passed_over_with_a_note(ready, expected):
    run = cut(ready, 12)
    newest = complete_checkpoints(run.folder)[-1]
    assert newest.step == 12
    file = newest.folder / torch_checkpoint.OPTIMIZER_FILE
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(bytes(content))
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert "is damaged. An earlier one is taken instead." in run.logged
    assert_same(expected, run)


def test_a_run_whose_checkpoints_are_all_damaged_begins_anew(ready):
    run = cut(ready, 6)
    for checkpoint in complete_checkpoints(run.folder):
        (checkpoint.folder / torch_checkpoint.STATE_FILE).write_text("{")
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert run.logged.count("An earlier one is taken instead.") == 2
    assert [r["step"] for r in run.reports("step")] == list(range(1, 21))


def test_a_checkpoint_of_a_newer_program_is_refused_in_a_sentence_and_kept(ready):
    run = cut(ready, 6)
    newest = complete_checkpoints(run.folder)[-1]
    state = newest.folder / torch_checkpoint.STATE_FILE
    record = read_json(state)
    record["position"]["averaged_weights"] = 1
    write_json(state, record)
    ended = run.run(is_continued=True)
    assert isinstance(ended, JobFailed)
    assert ended.message == (
        f"The checkpoint {newest.folder.name} of the run was written by a newer Embedding Lab: "
        "this one does not know what averaged_weights means."
    )
    assert complete_checkpoints(run.folder)[-1].step == 6
    assert read_best(run.folder) is not None
    del record["position"]["averaged_weights"]
    write_json(state, record)
    assert isinstance(run.run(is_continued=True), JobCompleted)


def test_damaged_best_weights_are_never_taken_for_the_best(ready):
    run = cut(ready, 12)
    best = read_best(run.folder)
    assert best is not None
    file = run.folder / "best" / best.file
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(bytes(content))
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert (
        f"The best checkpoint, of step {best.step}, is damaged. The best of those to come is kept."
    ) in run.logged
    assert run.result["best_step"] in {15, 20}


def test_a_run_does_not_go_on_with_other_data(ready):
    run = cut(ready, 6)
    corpus = ready.corpus("pairs")
    ready.delete_corpus(corpus)
    documents = [Document(text=f"q{i}", extra={"answer": f"a{i}"}) for i in range(60)]
    make_corpus(ready, "pairs", documents, roles={"answer": "positive"})
    ended = run.run(is_continued=True)
    assert isinstance(ended, JobFailed)
    assert "have changed since its last checkpoint" in ended.message
    assert complete_checkpoints(run.folder)[-1].step == 6


def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_room(ready, expected, monkeypatch):
    save, n_saved = torch_checkpoint.save_file, 0

    def full(tensors, path):
        nonlocal n_saved
        n_saved += 1
        if n_saved > 8:
            Path(path).write_bytes(b"half")
            raise torch_checkpoint.SafetensorError("I/O error: No space left on device")
        save(tensors, path)

    monkeypatch.setattr(torch_checkpoint, "save_file", full)
    run = Watched(ready, tiny_job())
    ended = run.run()
    assert isinstance(ended, JobFailed)
    assert ended.message == "The disk is full."
    assert not list(run.folder.rglob("*.tmp"))
    monkeypatch.setattr(torch_checkpoint, "save_file", save)
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert_same(expected, run)


def test_saving_tensors_to_a_full_disk_is_the_systems_own_error(tmp_path, monkeypatch):
    import torch

    def full(tensors, path):
        raise torch_checkpoint.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(torch_checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space") as caught:
        torch_checkpoint.save_tensors(tmp_path / "w", {"a": torch.zeros(1)})
    assert caught.value.errno == errno.ENOSPC
