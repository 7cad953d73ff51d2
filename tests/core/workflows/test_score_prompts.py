"""Testing prompts: every figure of the record, what is left out, and what is told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from animals_making import JUDGED, WORDS
from sklearn import metrics as theirs
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobLogged, JobProgressed, PartialResult
from embedding_lab.jobs.job import job_from_record
from embedding_lab.jobs.record import find_run, list_runs
from embedding_lab.prompts.experiments import (
    ExperimentStore,
    confusion_of,
    read_items,
    rows_of_cell,
)
from embedding_lab.workflows.compare_prompts import ComparePrompts
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.perform import JobCancelledError, continue_run, perform
from embedding_lab.workflows.score_prompts import PreviewPrompts, ScorePrompts
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import open_workspace


def tell(events):
    return [event.message for event in events if isinstance(event, JobLogged)]


def test_the_corpus_is_embedded_first_and_every_figure_is_right(workspace, animals):
    events = []
    job = ScorePrompts("animals", classes=WORDS, templates=("{}", "{} {}"), top_k=(2, 3))
    result = perform(job, workspace, events.append)
    assert "animals is embedded first." in tell(events)
    label_of = {"whale": "sea", "lion": "land", "eagle": "air"}
    rows = [*JUDGED, ("eagle", "air")]
    true = [label for _, label in rows]
    said = [label_of[text] for text, _ in rows]
    labels = [label for label, _ in WORDS]
    assert result["n"] == 20
    assert result["confusion"] == theirs.confusion_matrix(true, said, labels=labels).tolist()
    assert result["accuracy"] == theirs.accuracy_score(true, said) == 0.8
    assert result["macro_f1"] == pytest.approx(theirs.f1_score(true, said, average="macro"))
    for name in ("accuracy", "macro_f1"):
        low, high = result[f"{name}_ci"]
        assert low < result[name] < high
    assert [item["template"] for item in result["templates"]] == ["{}", "{} {}"]
    assert result["templates"][0]["accuracy"] == 0.8
    assert [item["k"] for item in result["top_k"]] == [2]
    assert [item["support"] for item in result["per_class"]] == [8, 7, 5]
    assert result["per_class"][0]["recall"] == 6 / 8
    assert [item["mode"] for item in result["modes"]] == ["mean", "vote", "calibrated"]
    json.dumps(result, allow_nan=False)


def test_what_is_left_out_is_counted_and_told(workspace, animals):
    perform(EmbedCorpus("animals", limit=22), workspace)
    events = []
    result = perform(ScorePrompts("animals", classes=WORDS), workspace, events.append)
    assert result["without_class"] == {"under ground": 2}
    assert (result["n_without_class"], result["n_unlabelled"]) == (2, 1)
    assert (result["n_without_vector"], result["n"]) == (1, 19)
    told = tell(events)
    assert "2 rows have a label that is no class's and are left out: under ground." in told
    assert any("1 of 23 rows of animals have no vector" in line for line in told)


def test_without_classes_the_labels_of_the_corpus_are_taken(workspace, animals):
    result = perform(ScorePrompts("animals"), workspace)
    assert [item["label"] for item in result["classes"]] == ["air", "land", "sea", "under ground"]
    assert result["n"] == 22


def test_a_filter_and_a_sample_choose_the_rows(workspace, animals):
    few = perform(ScorePrompts("animals", classes=WORDS, filter="year < 11"), workspace)
    assert (few["n"], few["accuracy"]) == (11, 1.0)
    drawn = ScorePrompts("animals", classes=WORDS, sample=7, seed=3)
    first, again = (perform(drawn, workspace) for _ in range(2))
    assert first["n"] == 7
    assert first["confusion"] == again["confusion"]


def test_more_rows_than_fit_are_drawn_and_told(workspace, animals, monkeypatch):
    monkeypatch.setattr(ScorePrompts, "most_numbers", 24)
    events = []
    result = perform(ScorePrompts("animals", classes=WORDS), workspace, events.append)
    assert (result["n"], result["n_labelled"]) == (8, 20)
    assert any(line.startswith("20 labelled rows are more than") for line in tell(events))
    with pytest.raises(LabError, match="too many for the memory") as caught:
        perform(ScorePrompts("animals", classes=WORDS, sample=9), workspace)
    assert "at most 8 items" in caught.value.hint


def test_examples_judge_nothing_and_classify_alone_and_with_the_words(workspace, animals):
    wrong = (("sea", "lion"), ("land", "whale"), ("air", "eagle"))
    job = ScorePrompts("animals", classes=wrong, shots=3, save="few")
    result = perform(job, workspace)
    told = result["few_shot"]
    assert (told["n_examples"], told["n_held_out"]) == (8, 12)
    assert (result["n"], result["n_labelled"]) == (12, 20)
    assert told["classes_without_examples"] == []
    assert "judge nothing" in told["note"]
    items = ExperimentStore(workspace).get("few").items()
    assert not set(told["example_rows"]) & set(items["row"].tolist())
    share = {item["mode"]: item["accuracy"] for item in result["modes"]}
    assert share["examples"] > share["mean"]
    alone = perform(replace(job, save="", beta=0.0), workspace)
    assert alone["modes"][4]["accuracy"] == share["mean"]
    matrix = confusion_of(items, 3, "examples")
    assert matrix.trace() / matrix.sum() == pytest.approx(share["examples"])
    perform(ScorePrompts("animals", classes=WORDS, save="none"), workspace)
    with pytest.raises(LabError, match="none was tested without examples"):
        perform(ComparePrompts("none", "few", mode="mixed"), workspace)


def test_a_preview_does_not_embed_the_pool(workspace, animals):
    perform(EmbedCorpus("animals"), workspace)
    make_corpus(workspace, "pool", [Document(id="1", text="lion")])
    with pytest.raises(LabError, match="pool is not embedded yet"):
        perform(PreviewPrompts("animals", classes=WORDS, pool="pool"), workspace)


def test_a_second_test_encodes_only_new_texts(workspace, animals):
    job = ScorePrompts("animals", classes=WORDS, templates=("{}",))
    assert perform(job, workspace)["n_encoded_texts"] == 3
    assert perform(job, workspace)["n_encoded_texts"] == 0
    more = ScorePrompts("animals", classes=WORDS, templates=("{}", "a {}"))
    assert perform(more, workspace)["n_encoded_texts"] == 3


def test_a_preview_has_the_figures_of_the_whole_test_and_leaves_no_record(workspace, animals):
    perform(EmbedCorpus("animals"), workspace)
    n_runs = len(list_runs(workspace.runs_folder))
    templates = ("{}", "a {}")
    quick = perform(PreviewPrompts("animals", classes=WORDS, templates=templates), workspace)
    assert len(list_runs(workspace.runs_folder)) == n_runs
    whole = perform(ScorePrompts("animals", classes=WORDS, templates=templates), workspace)
    for name in ("n", "accuracy", "accuracy_ci", "macro_f1", "confusion", "classes", "pool"):
        assert quick[name] == whole[name]
    for brief, full in zip(quick["templates"], whole["templates"], strict=True):
        assert brief.items() <= full.items()


def test_a_preview_embeds_nothing(workspace, animals):
    with pytest.raises(LabError, match="animals is not embedded yet with starter"):
        perform(PreviewPrompts("animals", classes=WORDS), workspace)
    assert workspace.vector_sets() == []


def test_the_pool_may_be_another_corpus(workspace, animals):
    make_corpus(workspace, "pool", [Document(id=str(i), text="lion") for i in range(4)])
    result = perform(ScorePrompts("animals", classes=WORDS, pool="pool"), workspace)
    assert result["pool"]["prior"] == [0.0, 1.0, 0.0]
    assert (result["pool"]["corpus"], result["pool"]["n"]) == ("pool", 4)
    assert not result["pool"]["is_the_items_themselves"]
    own = perform(ScorePrompts("animals", classes=WORDS), workspace)
    assert own["pool"]["is_the_items_themselves"]
    assert own["pool"]["n"] == 23


def test_near_synonyms_that_are_taken_for_each_other_are_told(workspace, animals):
    job = ScorePrompts("animals", classes=WORDS, synonym_cosine=-1.0)
    found = perform(job, workspace)["near_synonyms"]
    assert [(item["first"], item["second"]) for item in found] == [("sea", "land")]
    assert found[0]["first_as_second"] == 2 / 8
    job = ScorePrompts("animals", classes=WORDS, synonym_cosine=0.99)
    assert perform(job, workspace)["near_synonyms"] == []


def test_the_rows_behind_each_cell_are_kept_and_handed_out(workspace, animals):
    events = []
    result = perform(ScorePrompts("animals", classes=WORDS), workspace, events.append)
    run = list_runs(workspace.runs_folder)[0]
    items = read_items(run.folder / result["items_file"])
    assert rows_of_cell(items, 0, 1).tolist() == [15, 18]
    assert rows_of_cell(items, 2, 0).tolist() == []
    [partial] = [event.value for event in events if isinstance(event, PartialResult)]
    np.testing.assert_array_equal(partial["row"], items["row"])
    assert not partial["mean"].flags.writeable
    counts = [len(rows_of_cell(items, a, b)) for a in range(3) for b in range(3)]
    assert counts == np.ravel(result["confusion"]).tolist()


def test_confidence_is_told_before_and_after_it_is_mended(workspace, animals):
    ways = perform(ScorePrompts("animals", classes=WORDS), workspace)["confidence"]
    names = {"plain", "plain_temperature", "pool", "pool_temperature"}
    assert names <= set(ways)
    for name in names:
        assert sum(ways[name]["reliability"]["counts"]) == 20
        assert 0 <= ways[name]["ece"] <= 1
        assert ways[name]["temperature"] == 1 / ways[name]["scale"]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"classes": ("a",)}, "at least two classes"),
        ({"classes": (("x", "whale"), ("y", "lion"))}, "No embedded row of animals"),
        ({"classes": WORDS, "filter": "year > 1000"}, "No embedded row of animals"),
        ({"templates": ("no mark",)}, "has no {}"),
        ({"sample": -1}, "cannot be negative"),
        ({"top_k": (0,)}, "at least 1"),
        ({"shots": -1}, "below 0"),
        ({"classes": WORDS, "filter": "year < 1", "shots": 1}, "No class has two labelled rows"),
        ({"encoder": "startr"}, "no encoder named startr"),
        ({"save": " "}, "needs a name"),
        ({"modality": "image"}, "no pictures"),
    ],
)
def test_what_makes_no_sense_is_told(workspace, animals, choices, sentence):
    with pytest.raises(LabError, match=sentence):
        perform(ScorePrompts("animals", **choices), workspace)


def test_a_corpus_without_labels_says_how_to_get_some(workspace, animals):
    make_corpus(workspace, "bare", [Document(id="1", text="whale")])
    with pytest.raises(LabError, match="No embedded row of bare") as caught:
        perform(ScorePrompts("bare", classes=WORDS), workspace)
    assert "--role COLUMN=label" in caught.value.hint


def test_the_job_can_be_made_again_from_its_record(workspace, animals):
    job = ScorePrompts("animals", classes=WORDS, templates=("{}", "a {}"), top_k=(2,))
    again = job_from_record(json.loads(json.dumps(job.to_record())))
    first, second = (perform(item, workspace) for item in (job, again))
    assert first["confusion"] == second["confusion"]


def test_a_workspace_open_for_reading_can_test_what_is_embedded(workspace, animals):
    perform(EmbedCorpus("animals"), workspace)
    workspace.close()
    with open_workspace(workspace.folder, wants_writing=False) as reading:
        assert perform(ScorePrompts("animals", classes=WORDS), reading)["n"] == 20
        with pytest.raises(LabError, match="open read-only"):
            perform(ScorePrompts("animals", classes=WORDS, save="x"), reading)


def test_a_cancelled_test_goes_on_and_ends_with_the_same_figures(workspace, animals):
    job = ScorePrompts("animals", classes=WORDS, templates=("{}", "a {}"), save="kept")
    token = CancellationToken()

    def cancel_when_scoring(event):
        if isinstance(event, JobProgressed) and event.message.startswith("Working out"):
            token.cancel()

    with pytest.raises(JobCancelledError) as caught:
        perform(job, workspace, cancel_when_scoring, token)
    assert ExperimentStore(workspace).list() == []
    run = find_run(workspace.runs_folder, caught.value.run_id)
    result = continue_run(run, workspace)
    assert result["n_encoded_texts"] == 0
    assert result["accuracy"] == 0.8
    assert [item.manifest.name for item in ExperimentStore(workspace).list()] == ["kept"]
