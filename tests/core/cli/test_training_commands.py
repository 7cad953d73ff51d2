"""``train`` and ``runs``: their fields, their words, and steering a run from another process."""

from __future__ import annotations

import json
import threading
import time

import pytest
from training_making import add_tiny, make_pairs, use_one_thread

from embedding_lab.study import open_workspace
from embedding_lab.workspace import workspace as workspaces

FAST = ("--steps", 6, "--batch-size", 8, "--set", "validation_rows=12", "--set", "held_out_rows=12")
KEPT = {"run", "steps", "base", "tuned", "delta", "delta_ci", "p_value", "verdict"}


@pytest.fixture
def ready(lab, tmp_path):
    """The command line on a workspace with pairs and a tiny encoder."""
    use_one_thread()
    with workspaces.open_workspace(tmp_path / "Study.embedlab") as workspace:
        make_pairs(workspace)
        add_tiny(workspace, tmp_path / "roberta")
    return lab


def test_training_answers_with_the_fields_that_stay_and_the_encoder_is_listed(ready):
    done = ready(
        "train", "--encoder", "tiny", "--data", "pairs", "--objective", "info_nce", "--name",
        "first", "--learning-rate", "1e-3", "--set", "temperature=0.1", "--json", *FAST,
    )  # fmt: skip
    assert done.status == 0, done.err
    value = done.value
    assert set(value) >= KEPT
    assert value["steps"] == 6
    assert value["base"].keys() == value["tuned"].keys() >= {"mrr@10", "recall@1"}
    assert value["delta"] == pytest.approx(value["tuned"]["mrr@10"] - value["base"]["mrr@10"])
    low, high = value["delta_ci"]
    assert low <= value["delta"] <= high
    assert value["verdict"] in {"better", "worse", "no difference shown"}
    encoders = ready("encoder", "list", "--json").value["encoders"]
    assert "first" in {item["name"] for item in encoders}
    assert "trained here from tiny" in ready("encoder", "show", "first").out
    (run,) = ready("runs", "list", "--json").value["runs"]
    assert (run["run"], run["name"], run["state"]) == (value["run"], "first", "completed")
    listed = ready("runs", "list").out
    assert listed.split()[:6] == ["Run", "Name", "State", "Change", "Verdict", "Corpus"]
    assert "first" in listed
    assert value["verdict"] in listed
    shown = ready("runs", "show", "first", "--json").value
    assert shown["inputs"]["objective_values"] == {"temperature": 0.1}
    assert shown["last_step"]["step"] == 6
    assert shown["result"]["verdict"] == value["verdict"]
    told = ready("runs", "show", value["run"]).out
    assert "tiny trained on pairs, 136 pairs from columns, 6 steps" in told
    assert "General sentence pairs: spearman went from" in told
    again = ready("train", "--encoder", "tiny", "--data", "pairs", "--name", "first", *FAST)
    assert again.status == 1
    assert "There is an encoder named first already." in again.err
    assert ready("runs", "continue", "first").status == 1
    deleted = ready("runs", "delete", "first", "--json").value
    assert deleted["deleted"] == value["run"]
    assert ready("runs", "list", "--json").value == {"runs": []}
    assert "first" in {it["name"] for it in ready("encoder", "list", "--json").value["encoders"]}
    ready("workspace", "trash", "restore", deleted["item"])
    (back,) = ready("runs", "list", "--json").value["runs"]
    assert (back["run"], back["verdict"]) == (value["run"], value["verdict"])


def test_an_estimate_tells_what_a_training_would_take_and_changes_nothing(ready):
    words = ("train", "--encoder", "tiny", "--data", "pairs", "--estimate", *FAST)
    found = ready(*words, "--json").value
    assert (found["rows"], found["steps"], found["fits"]) == (136, 6, True)
    assert found["seconds"] >= 0
    assert found["trained_weights"] > 1000
    assert found["peak_memory_bytes"] > 1e7
    told = ready(*words).out
    assert "for 6 steps" in told
    assert "136 pairs from columns" in told
    assert ready("runs", "list", "--json").value == {"runs": []}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "temprature=1"), "have a setting named temprature."),
        (("--set", "temperature=hot"), "Temperature must be"),
        (("--steps", "many"), "Steps must be a whole number"),
        (("--objective", "random_batches"), "Random batches is none of the objectives."),
        (("--source", "titles"), "offers no pairs from titles"),
        (("--encoder", "nobody"), "There is no encoder named nobody."),
    ],
)
def test_what_makes_no_sense_is_said(ready, words, sentence):
    done = ready("train", "--encoder", "tiny", "--data", "pairs", *FAST, *words)
    assert done.status == 1
    assert sentence in done.err
    # A slip of the pen is no run that failed.
    assert ready("runs", "list", "--json").value == {"runs": []}


def test_a_running_training_is_steered_from_another_program(ready, tmp_path):
    started, ended = threading.Event(), []

    def train() -> None:
        with open_workspace(tmp_path / "Study.embedlab", on_event=note) as study:
            ended.append(
                study.train("pairs", "tiny", name="steered", steps=100000, batch_size=8,
                            validate_every=50, validation_rows=12, held_out_rows=12)
            )  # fmt: skip

    def note(event) -> None:
        if getattr(event, "unit", "") == "steps" and event.step >= 5:
            started.set()

    thread = threading.Thread(target=train)
    thread.start()
    assert started.wait(50)
    assert ready("runs", "set", "steered", "--learning-rate", "0.00002").status == 0
    time.sleep(0.5)
    assert ready("runs", "stop", "steered").status == 0
    thread.join(50)
    (result,) = ended
    assert result["was_stopped"]
    assert 5 <= result["steps"] < 100000
    notes = ready("runs", "show", "steered", "--json").value["notes"]
    assert [(it["command"], it["value"]) for it in notes if it["kind"] == "control"] == [
        ("learning_rate", 0.00002), ("stop", None),
    ]  # fmt: skip
    assert "nothing to stop" in ready("runs", "stop", "steered").err
    assert json.dumps(result, allow_nan=False)


def test_what_is_no_training_is_not_among_the_runs(ready, animals):
    ready("corpus", "import", animals)
    assert "Nothing was trained here yet." in ready("runs", "list").out
    assert "No training run has the name or id x." in ready("runs", "show", "x").err
