"""Searching prompts on a few rows: what is found, how it is judged, and where it can be used."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobLogged, JobProgressed, PartialResult
from embedding_lab.jobs.job import job_from_record
from embedding_lab.prompts.choices import classes_named, templates_named
from embedding_lab.study import Study
from embedding_lab.workflows.optimize_prompts import OptimizePrompts
from embedding_lab.workflows.perform import JobCancelledError, perform
from embedding_lab.workflows.score_prompts import ScorePrompts
from embedding_lab.workspace.corpus import Document

# Only the very same text has the same vector: the template {} is right, and a description that is
# the text of another class, as grass here, misleads.
CLASSES = (
    {"label": "sea", "name": "whale", "descriptions": ["nothing much"]},
    {"label": "land", "name": "lion", "descriptions": ["grass"]},
    {"label": "air", "name": "eagle"},
)
TEMPLATES = ("about {}", "{}", "the {} there")
TEXTS = {"sea": "whale", "land": "lion", "air": "eagle"}


@pytest.fixture
def corpus(workspace, no_engine):
    documents = [
        Document(id=f"{label}{i}", text=TEXTS[label], label=label)
        for label in TEXTS
        for i in range(16)
    ]
    documents += [Document(id=f"x{i}", text="grass", label="air") for i in range(4)]
    documents += [Document(id="one", text="mole", label="under ground"), Document(id="n", text="x")]
    return make_corpus(workspace, "animals", documents)


def search(**chosen):
    known = {"classes": CLASSES, "templates": TEMPLATES, "shots": 4} | chosen
    return OptimizePrompts("animals", **known)


def test_the_right_template_is_found_and_what_misleads_is_named(workspace, corpus):
    result = perform(search(), workspace)
    assert result["prompt_set"]["templates"][0] in TEMPLATES
    chosen = [item["template"] for item in result["templates"] if item["is_chosen"]]
    assert "{}" in chosen
    assert result["prompt_set"]["templates"] == chosen
    assert "grass" in result["harmful"]
    gains = {item["description"]: item for item in result["descriptions"]}
    assert gains["grass"]["gain"] < 0
    assert gains["grass"]["is_harmful"]
    assert not gains["grass"]["is_chosen"]
    assert gains["grass"]["label"] == "land"
    assert result["train"]["accuracy"] == result["train_accuracy"] >= 0.75
    assert (result["n_examples"], result["n_held_out"]) == (12, 40)
    assert result["accuracy"] >= 0.75
    assert result["held_out_log_likelihood"] < 0
    names = [item["name"] for item in result["baselines"]]
    assert names == [
        "the first template", "all templates", "all templates and descriptions",
        "the nearest prototype",
    ]  # fmt: skip
    first = result["baselines"][0]
    assert (first["verdict"], first["difference"] > 0.2) == ("better", True)
    json.dumps(result, allow_nan=False)


def test_every_step_is_told_as_it_comes(workspace, corpus):
    events = []
    result = perform(search(), workspace, events.append)
    steps = [event.value for event in events if isinstance(event, PartialResult)]
    assert steps == result["history"]
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert all(a["score"] <= b["score"] for a, b in itertools.pairwise(steps))
    told = [it for it in events if isinstance(it, JobProgressed) and it.unit == "steps"]
    assert [event.metrics["accuracy"] for event in told] == [step["accuracy"] for step in steps]


def test_what_is_found_is_worth_the_same_when_it_is_tested(workspace, corpus, tmp_path):
    result = perform(search(to=str(tmp_path / "found")), workspace)
    folder = tmp_path / "found"
    assert result["folder"] == str(folder)
    events = []
    job = ScorePrompts(
        "animals",
        classes=classes_named(folder / "classes.json"),
        templates=templates_named(folder / "templates.txt"),
    )
    perform(job, workspace, events.append)
    items = next(event.value for event in events if isinstance(event, PartialResult))
    is_held_out = ~np.isin(items["row"], result["example_rows"])
    assert is_held_out.sum() == result["n_held_out"]
    is_right = items["mean"] == items["true"]
    assert is_right[is_held_out].mean() == pytest.approx(result["accuracy"])
    assert is_right[~is_held_out].mean() == pytest.approx(result["train_accuracy"])


def test_prompts_below_a_baseline_are_warned_of(workspace, corpus):
    events = []
    job = search(templates=("about {}",), classes=tuple(TEXTS.items()), shots=8)
    result = perform(job, workspace, events.append)
    assert result["best_baseline"] == "the nearest prototype"
    assert result["baselines"][-1]["verdict"] == "worse"
    assert len(result["warnings"]) == 1
    assert "the nearest prototype" in result["warnings"][0]
    warned = [it.message for it in events if isinstance(it, JobLogged) and it.level == "warning"]
    assert result["warnings"][0] in warned
    assert result["templates"][0]["gain"] is None


def test_scale_and_seed_come_from_encoder_and_job_unless_chosen(workspace, corpus):
    result = perform(search(seed=7), workspace)
    assert (result["parameters"]["scale"], result["parameters"]["seed"]) == (20.0, 7)
    job = search(seed=7, parameters={"scale": 5.0, "seed": 3, "epochs": 1})
    result = perform(job, workspace)
    assert (result["parameters"]["scale"], result["parameters"]["seed"]) == (5.0, 3)
    greedy = perform(search(method="greedy_selection"), workspace)
    assert "seed" not in greedy["parameters"]
    assert not any(item["is_chosen"] for item in greedy["descriptions"])


def test_the_same_seed_finds_the_same_from_its_record(workspace, corpus):
    job = search(parameters={"epochs": 2})
    first = perform(job, workspace)
    again = perform(job_from_record(json.loads(json.dumps(job.to_record()))), workspace)
    for name in ("prompt_set", "history", "baselines", "example_rows"):
        assert first[name] == again[name]


def test_a_class_without_examples_is_named(workspace, corpus):
    classes = (*CLASSES, {"label": "under ground", "name": "mole"})
    result = perform(search(classes=classes), workspace)
    assert result["classes_without_examples"] == ["under ground"]
    assert result["n_held_out"] == 41


def test_a_search_is_cancelled_between_steps(workspace, corpus):
    token = CancellationToken()
    steps = []

    def stop(event):
        if isinstance(event, PartialResult):
            steps.append(event)
            token.cancel()

    with pytest.raises(JobCancelledError):
        perform(search(), workspace, stop, token)
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"shots": 0}, "at least one example of each class"),
        ({"method": "proapro"}, "There is no method named proapro"),
        ({"parameters": {"epoch": 3}}, "no parameter named epoch"),
        ({"parameters": {"epochs": 0}}, "Epochs must be a whole number from 1"),
        ({"to": "/no/such/folder/found"}, "does not exist"),
        ({"classes": ("sea",)}, "at least two classes"),
        ({"filter": "label = 'under ground'", "classes": ("sea", "under ground")}, "No class has"),
    ],
)
def test_a_search_that_cannot_be_done_says_why(workspace, corpus, chosen, told):
    with pytest.raises(LabError, match=told):
        perform(search(**chosen), workspace)


def test_the_python_door_searches_and_tests_what_it_found(workspace, corpus):
    study = Study(workspace)
    asked = {"classes": CLASSES, "templates": TEMPLATES, "shots": 4}
    found = study.optimize_prompts("animals", **asked, save="Mine")
    tested = study.score_prompts("animals", **found["prompt_set"])
    assert tested["n"] == found["n_examples"] + found["n_held_out"]
    assert study.prompt_sets() == [found["saved"]] == ["mine"]
    few = study.score_prompts("animals", **study.prompt_set("mine"), shots=4, save="few")
    assert few["few_shot"]["example_rows"] == found["example_rows"]
    study.score_prompts("animals", **asked, beta=9, save="heavy")
    assert study.compare_prompts("few", "heavy", "mixed")["n"] == few["n"]
    assert study.experiments_table("few", "heavy", form="tsv").count("\n") == 2
    assert study.patterns()[0].id == "zero-shot"
    with pytest.raises(LabError, match="a prompt set named mine already"):
        study.optimize_prompts("animals", **asked, save="mine")
