"""Tests of prompts that are kept under a name: listed, deleted, damaged, compared."""

from __future__ import annotations

import pytest
from animals_making import JUDGED, WORDS
from study_making import make_corpus

from embedding_lab.errors import LabError
from embedding_lab.prompts.experiments import ExperimentStore
from embedding_lab.prompts.tables import experiments_table
from embedding_lab.table_text import latex_text
from embedding_lab.workflows.compare_prompts import ComparePrompts
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.score_prompts import ScorePrompts
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def saved(workspace, animals):
    swapped = (("sea", "lion"), ("land", "whale"), ("air", "eagle"))
    for name, classes in (("good", WORDS), ("bad_1", swapped), ("again", WORDS[::-1])):
        perform(ScorePrompts("animals", classes=classes, save=name), workspace)
    return ExperimentStore(workspace)


def test_experiments_are_listed_shown_and_never_overwritten(workspace, saved):
    assert [item.manifest.name for item in saved.list()] == ["good", "bad_1", "again"]
    good = saved.get("good")
    assert saved.get(good.manifest.id).manifest == good.manifest
    assert (good.manifest.n, good.manifest.score, good.manifest.kind) == (20, 0.8, "prompts")
    assert good.result()["accuracy"] == 0.8
    with pytest.raises(LabError, match="an experiment named good already"):
        perform(ScorePrompts("animals", classes=WORDS, save="good"), workspace)
    with pytest.raises(LabError) as caught:
        saved.get("godo")
    assert "Did you mean good?" in caught.value.hint


def test_a_deleted_experiment_rests_in_the_trash(workspace, saved):
    item = saved.delete(saved.get("good"))
    assert [found.manifest.name for found in saved.list()] == ["bad_1", "again"]
    assert workspace.trash.items()[0].kind == "experiment"
    workspace.trash.restore(item)
    assert saved.get("good").result()["n"] == 20


def test_a_damaged_experiment_hides_no_other(saved):
    (saved.get("bad_1").folder / "manifest.json").write_text("{")
    assert [item.manifest.name for item in saved.list()] == ["good", "again"]
    (saved.get("good").folder / "items.npz").write_bytes(b"PK")
    with pytest.raises(LabError, match=r"items\.npz is missing or damaged"):
        saved.get("good").items()


def test_two_prompt_sets_are_compared_item_by_item(workspace, saved):
    result = perform(ComparePrompts("bad_1", "good"), workspace)
    assert (result["n"], result["n_changed"]) == (20, 14)
    assert (result["n_gained"], result["n_lost"]) == (11, 3)
    assert result["difference"] == pytest.approx(0.4)
    assert result["changes"][0] == {"row": 0, "label": "sea", "first": "land", "second": "sea"}
    from scipy.stats import binomtest

    assert result["p_value"] == pytest.approx(binomtest(3, 14).pvalue)
    assert result["verdict"] == "no difference shown"
    assert result["difference_ci"][0] < 0.4 < result["difference_ci"][1]


def test_the_order_of_classes_changes_no_comparison(workspace, saved):
    result = perform(ComparePrompts("good", "again"), workspace)
    assert (result["n_changed"], result["difference"], result["p_value"]) == (0, 0.0, 1.0)
    assert result["verdict"] == "no difference shown"


def test_only_tests_of_one_corpus_are_compared(workspace, saved):
    make_corpus(
        workspace, "other", [Document(id=t + lab, text=t, label=lab) for t, lab in set(JUDGED)]
    )
    perform(ScorePrompts("other", classes=WORDS, save="elsewhere"), workspace)
    with pytest.raises(LabError, match="good was made on animals, elsewhere on other"):
        perform(ComparePrompts("good", "elsewhere"), workspace)
    with pytest.raises(LabError, match="no mode magic"):
        perform(ComparePrompts("good", "again", mode="magic"), workspace)


def test_experiments_make_a_latex_table(saved):
    text = experiments_table([saved.get("good"), saved.get("bad_1")])
    assert r"\begin{tabular}" in text
    assert "bad\\_1 & animals & starter & 20 & accuracy 0.400 [" in text
    assert text.count(r"\\") == 3
    assert latex_text("a_b {50 %} \\x\n& #") == r"a\_b \{50 \%\} \textbackslash{}x \& \#"
