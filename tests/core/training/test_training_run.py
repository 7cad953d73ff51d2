"""What a run tells while it runs, what it obeys, and how it ends when something goes wrong."""

from __future__ import annotations

import json

import pytest
from study_making import make_corpus
from training_making import Watched, tiny_job

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.jobs.events import JobCompleted, JobFailed
from embedding_lab.jobs.record import read_run
from embedding_lab.training import live
from embedding_lab.training.control import (
    highest_learning_rate,
    set_learning_rate,
    stop_and_keep_best,
)
from embedding_lab.training.runs import delete_training, training_runs
from embedding_lab.training.torch_best import read_best
from embedding_lab.workspace.corpus import Document


def test_everything_that_happens_is_told_and_kept(ready):
    run = Watched(ready, tiny_job())
    assert isinstance(run.run(), JobCompleted), run.ended
    steps = run.reports("step")
    assert [report["step"] for report in steps] == list(range(1, 21))
    first, last = steps[0], steps[-1]
    assert last["loss"] < first["loss"]
    assert last["accuracy"] > first["accuracy"]
    # Two steps of warm-up, then a straight line.
    rates = [report["learning_rate"] for report in steps]
    assert rates[:3] == pytest.approx([5e-4, 1e-3, 1e-3])
    assert rates[-1] == pytest.approx(1e-3 / 18)
    assert all(report["pairs_per_second"] > 0 for report in steps)
    assert all(report["memory_bytes"] > 1e7 for report in steps)
    validations = run.reports("validation")
    assert [report["step"] for report in validations] == [0, 5, 10, 15, 20]
    best = max(validations[1:], key=lambda report: (report["value"], -report["step"]))
    assert run.result["best_step"] == best["step"]
    for report in validations:
        low, high = report["ci"]
        assert low <= report["value"] <= high
        assert report["metric"] == "mrr@10"
        assert sum(report["positives"]["counts"]) == 12
        assert len(report["negatives"]["edges"]) == len(report["negatives"]["counts"]) + 1
        assert report["uniformity"] < 0 <= report["alignment"]
    # Random weights give nearly equal vectors; learning spreads them.
    assert validations[-1]["uniformity"] < validations[0]["uniformity"] - 0.1
    maps = run.reports("map")
    assert [report["step"] for report in maps] == [0, 5, 10, 15, 20]
    assert all(len(report["x"]) == len(report["y"]) == 24 for report in maps)
    assert maps[0]["partners"][:2] == [12, 13]
    assert maps[0]["x"] != maps[-1]["x"]
    told = [report for update in run.updates for report in update["reports"]]
    assert [r["step"] for r in told if r["kind"] == "step"] == list(range(1, 21))
    stages = list(dict.fromkeys(update["stage"] for update in run.updates))
    assert stages == ["base", "training", "reporting", "saving"]
    # Plain data, that any program can read.
    json.dumps(run.updates, allow_nan=False)


def test_equal_seeds_give_equal_runs_and_others_do_not(ready):
    losses = []
    for seed in (1, 1, 2):
        run = Watched(ready, tiny_job(settings={"seed": seed, "steps": 3, "adapter": "lora"}))
        run.run()
        losses.append([report["loss"] for report in run.reports("step")])
    assert losses[0] == losses[1] != losses[2]


def planted(workspace):
    """Make pairs that a few steps make better and a learning rate far too high ruins."""
    words = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(120)]
    documents = [Document(text=f"ask {word}", extra={"answer": f"{word} is it"}) for word in words]
    return make_corpus(workspace, "planted", documents, roles={"answer": "positive"})


def test_the_best_is_kept_when_the_encoder_gets_worse_and_the_run_is_stopped(ready):
    planted(ready)
    run = Watched(ready, tiny_job("planted", settings={
        "steps": 400, "validate_every": 4, "schedule": "constant", "warmup": 0.0,
        "learning_rate": 5e-4,
    }))  # fmt: skip
    ruin = {
        8: lambda: set_learning_rate(read_run(run.folder), 0.9),
        16: lambda: stop_and_keep_best(read_run(run.folder)),
    }
    assert isinstance(run.run(at_step=ruin), JobCompleted), run.ended
    validations = {report["step"]: report["value"] for report in run.reports("validation")}
    assert set(validations) == {0, 4, 8, 12, 16}
    assert validations[16] < validations[8] - 0.2
    best = max((4, 8), key=lambda step: (validations[step], -step))
    assert run.result["best_step"] == best
    assert run.result["was_stopped"]
    assert (run.result["steps"], run.result["planned_steps"]) == (16, 400)
    # What is reported and saved is the best, not the last.
    assert run.result["verdict"] != "worse"
    orders = [(r["step"], r["command"], r["value"]) for r in run.reports("control")]
    assert orders == [(8, "learning_rate", 0.9), (16, "stop", None)]
    assert run.reports("step")[8]["learning_rate"] == pytest.approx(0.9)
    # Nothing that only a continuation would need is left.
    assert read_best(run.folder) is None
    assert not (run.folder / "checkpoints").exists()
    with pytest.raises(UsageError, match="nothing to stop"):
        stop_and_keep_best(read_run(run.folder))
    with pytest.raises(UsageError, match="nothing can be changed"):
        set_learning_rate(read_run(run.folder), 1e-4)


def test_a_run_is_deleted_only_once_it_has_ended_and_its_encoder_stays(ready):
    run = Watched(ready, tiny_job(settings={"steps": 3}, name="kept"))
    refused = []

    def delete() -> None:
        with pytest.raises(UsageError, match="so it cannot be deleted") as error:
            delete_training(ready, read_run(run.folder))
        refused.append(error.value)

    assert isinstance(run.run(at_step={1: delete}), JobCompleted), run.ended
    assert len(refused) == 1
    item = delete_training(ready, read_run(run.folder))
    assert not run.folder.exists()
    assert training_runs(ready.runs_folder) == []
    assert [(it.id, it.kind, it.name) for it in ready.trash.items()] == [(item, "run", "kept")]
    assert EncoderStore(ready).get("kept").origin.endswith(f"(run {run.folder.name})")


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_good_checkpoint(
    ready, monkeypatch
):
    from embedding_lab.training.torch_step import BatchResult, GradientStep

    add_gradient, is_broken = GradientStep.add_gradient, True

    def broken(self, numbers, micro_batch, weight, check):
        nonlocal n_steps
        n_steps += 1
        done = add_gradient(self, numbers, micro_batch, weight, check)
        return BatchResult(float("nan"), None) if is_broken and n_steps == 8 else done

    n_steps = 0
    monkeypatch.setattr(GradientStep, "add_gradient", broken)
    run = Watched(ready, tiny_job())
    ended = run.run()
    assert isinstance(ended, JobFailed)
    assert ended.message.startswith("The loss or its gradient is no number any more at step 8")
    assert f"runs set {run.folder.name} --learning-rate 0.0001" in ended.hint
    assert [r["step"] for r in run.reports("step")] == list(range(1, 8))
    assert read_run(run.folder).hint == ended.hint
    is_broken = False
    # A run that was cut short takes a command up when it goes on.
    assert highest_learning_rate(read_run(run.folder)) == 1e-3
    set_learning_rate(read_run(run.folder), "1e-4")
    assert highest_learning_rate(read_run(run.folder)) == 1e-4
    assert isinstance(run.run(is_continued=True), JobCompleted)
    assert [(r["step"], r["command"]) for r in run.reports("control")] == [(5, "learning_rate")]
    assert run.reports("step")[5]["learning_rate"] < 1e-4


def test_too_little_memory_halves_what_is_computed_at_once_and_learns_the_same(ready, monkeypatch):
    from embedding_lab.training.torch_trainee import Trainee

    usual = Watched(ready, tiny_job(settings={"steps": 3, "micro_batch": 2}))
    usual.run()
    features = Trainee.features

    def small(self, prepared, side):
        if len(prepared) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return features(self, prepared, side)

    monkeypatch.setattr(Trainee, "features", small)
    run = Watched(ready, tiny_job(settings={"steps": 3}))
    assert isinstance(run.run(), JobCompleted), run.ended
    notes = [report["sentence"] for report in run.reports("note")]
    assert ["for 8 rows" in notes[0], "for 4 rows" in notes[1]] == [True, True]
    losses = [[r["loss"] for r in one.reports("step")] for one in (usual, run)]
    assert losses[0] == losses[1]


def test_a_single_row_too_large_for_the_memory_is_told(ready, monkeypatch):
    from embedding_lab.training.torch_trainee import Trainee

    def none(self, prepared, side):
        raise MemoryError

    monkeypatch.setattr(Trainee, "features", none)
    ended = Watched(ready, tiny_job(settings={"steps": 3})).run()
    assert isinstance(ended, JobFailed)
    assert ended.message == "The memory does not suffice for a batch of 8 rows."


def test_updates_come_five_times_a_second_and_thin_out_what_comes_faster(tmp_path):
    now, sent = 0.0, []
    feed = live.LiveFeed(tmp_path, sent.append, lambda: now)
    for step in range(1, 3001):
        now += 0.0001
        feed.add({"kind": "step", "step": step, "total": 3000, "loss": 1.0, "accuracy": None,
                  "learning_rate": 0.1, "gradient_norm": 1.0, "pairs_per_second": 1.0,
                  "memory_bytes": 1})  # fmt: skip
    feed.close()
    assert len(sent) == 3
    assert all(len(update["reports"]) <= live.MOST_AT_ONCE for update in sent)
    assert sent[-1]["reports"][-1]["step"] == 3000
    assert [r["step"] for r in live.read_reports(tmp_path, "step")] == list(range(1, 3001))
