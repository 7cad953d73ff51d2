"""Mining hard negatives in the window: choosing, watching, looking at what was found."""

from __future__ import annotations

import shlex

import pytest
from encoder_making import HashEncoder
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from study_making import make_corpus
from training_making import make_captioned
from window_driving import wait_idle

from embedding_lab.cli.main import main
from embedding_lab.encoders import pool
from embedding_lab.workspace.corpus import Document
from embedding_lab_app.pages.training.mining.table_view import CLUSTERS

N = 40


def planned(view, qtbot):
    qtbot.waitUntil(view.form.button.button.isEnabled)
    return view.form.button.button.text()


def test_an_empty_workspace_offers_the_sample(window):
    window.show_page("training")
    view = window.page("training").mining
    assert view.stack.currentWidget() is view.empty
    assert "Nothing to mine from yet" in [label.text() for label in view.empty.findChildren(QLabel)]


def test_corpora_without_pairs_say_how_to_get_some(window):
    make_corpus(window.context.workspace, "texts", [Document(text="alone")])
    window.context.announce("corpora")
    window.show_page("training")
    view = window.page("training").mining
    assert view.stack.currentWidget() is view.empty
    shown = " ".join(label.text() for label in view.empty.findChildren(QLabel))
    assert "No corpus here holds pairs" in shown
    assert "the roles query and positive" in shown


def test_the_button_says_how_many_pairs_and_what_it_costs(view, qtbot):
    assert planned(view, qtbot) == f"Mine negatives for {N} pairs"
    assert view.form.button.cost.text() == f"Up to {2 * N} texts to encode."
    view.form.limit.setValue(10)
    assert not view.form.button.button.isEnabled()
    assert planned(view, qtbot) == "Mine negatives for 10 pairs"


def test_what_was_mined_is_shown_with_its_figures_and_listed(mined):
    view = mined
    assert view.stack.currentWidget() is view.table
    assert view.table.title.text() == "pairs saha"
    assert view.list.lines.rowCount() == 1
    facts = view.table.overview.facts.pairs()
    assert facts["Mined from"] == f"{N} pairs of pairs: two columns"
    assert "an estimate" in facts["False negatives"]
    assert facts["Coverage"].endswith("of the pairs are in a cluster")
    rows = [record["way"] for record in view.table.overview.model.records]
    assert rows == ["SaHa", "Nearest", "Random pairs"]


def test_the_cloud_shows_what_was_taken_and_what_was_passed_over(mined):
    cloud = mined.table.overview.cloud
    passed, taken = cloud.clouds
    assert (passed.name, taken.name) == ("Passed over", "Taken as negatives")
    report = mined.controller.meta
    assert report is not None
    assert len(taken.x) > 0
    assert len(passed.x) > 0
    assert cloud.corner.name == "Probably false negatives"
    assert cloud.model.rowCount() == len(passed.x) + len(taken.x)
    histogram = mined.table.overview.histogram
    assert {record["series"] for record in histogram.model.records} == {
        "SaHa", "Nearest", "Random pairs",
    }  # fmt: skip


def test_clusters_are_read_when_they_are_looked_at_and_ordered(mined, window, qtbot):
    view = mined.table.clusters
    assert view.cluster_model.rowCount() == 0
    with qtbot.waitSignal(mined.controller.clusters_read):
        mined.table.segments.choose(CLUSTERS)
    assert view.cluster_model.rowCount() == mined.controller.meta.n_clusters
    assert view.member_model.rowCount() == view.cluster_model.records[0]["n"]
    details = view.details.pairs()
    assert details["Anchor"].startswith("question ")
    assert details["Negative"].startswith("answer ")
    with qtbot.waitSignal(mined.controller.clusters_read):
        view.order.setCurrentIndex(view.order.findData("hardest"))
    means = [float(record["mean"]) for record in view.cluster_model.records]
    assert means == sorted(means, reverse=True)
    wait_idle(window.context.runner, qtbot)


def test_clusters_of_pictures_show_the_pictures(window, tmp_path, qtbot, monkeypatch):
    from transformer_making import write_two_towers

    from embedding_lab.encoders.store import EncoderStore

    monkeypatch.undo()
    workspace = window.context.workspace
    make_captioned(workspace, tmp_path / "pictures", n_each=4)
    EncoderStore(workspace).add(write_two_towers(tmp_path / "clip", "clip"), "towers")
    window.context.announce("corpora", "encoders")
    window.show_page("training")
    view = window.page("training").mining
    planned(view, qtbot)
    assert view.form.source.currentText() == "Pictures and captions"
    assert [view.form.encoder.itemText(i) for i in range(view.form.encoder.count())] == ["towers"]
    view.form.form.fields["negatives"].input.setText("2")
    with qtbot.waitSignal(view.controller.read, timeout=40_000):
        view.form.button.button.click()
    with qtbot.waitSignal(view.controller.clusters_read):
        view.table.segments.choose(CLUSTERS)
    assert not view.table.clusters.member_picture.isHidden()
    assert view.table.clusters.member_model.records[0]["positive"] == "a picture"
    wait_idle(window.context.runner, qtbot)
    pool.unload_all()


def test_what_cannot_be_mined_says_why_and_the_choices_stay(view, window, qtbot):
    view.form.form.fields["negatives"].input.setText("100")
    with qtbot.waitSignal(view.controller.mining.changed, timeout=20_000):
        view.form.button.button.click()
    qtbot.waitUntil(lambda: view.controller.mining.failure is not None)
    assert "distinct positives" in view.form.outcome.error.text
    assert view.stack.currentWidget() is view.form_area
    assert view.form.form.fields["negatives"].text == "100"
    wait_idle(window.context.runner, qtbot)


def test_an_invalid_value_is_told_below_its_field_and_nothing_can_be_mined(view):
    view.form.form.fields["multiplier"].input.setText("many")
    assert not view.form.button.button.isEnabled()
    assert "whole number" in view.form.form.fields["multiplier"].error


def test_a_filter_that_makes_no_sense_is_told_as_it_is_typed(view, qtbot):
    view.form.filter.setText("yaer > 3")
    qtbot.waitUntil(lambda: "yaer" in view.form.problem.text())
    assert not view.form.button.button.isEnabled()
    view.form.filter.setText("")
    planned(view, qtbot)
    assert view.form.problem.isHidden()


def test_a_table_goes_to_the_trash_and_the_form_comes_back(mined, window):
    mined.table.delete_button.click()
    assert mined.list.lines.rowCount() == 0
    assert mined.stack.currentWidget() is mined.form_area
    assert [item.kind for item in window.context.workspace.trash.items()] == ["negatives"]


def test_a_damaged_table_is_told_as_such(mined, window, qtbot):
    (window.context.workspace.negatives_folder / mined.controller.chosen_id / "ends.npy").unlink()
    with qtbot.waitSignal(mined.controller.failed):
        mined.controller.choose(mined.controller.chosen_id)
    assert "ends.npy cannot be read" in mined.table.error.text


def test_the_methods_page_leads_here_with_a_miner_and_its_values(view, window):
    window.context.navigate(
        "training", segment="negatives", method="top_k_negatives", parameters={"negatives": 3}
    )
    assert view.form.sampler.chosen == "top_k_negatives"
    assert view.form.job().parameters == {"negatives": 3}
    window.context.navigate("training", segment="negatives", method="random_batches", parameters={})
    assert view.form.sampler.chosen == "top_k_negatives"


def test_what_is_copied_does_the_same(view, window, tmp_path, monkeypatch, capsys):
    view.form.form.fields["labels_are_classes"].input.setChecked(False)
    view.form.limit.setValue(30)
    view.form.name.setText("copied")
    actions = {action.text(): action for action in view.form.copy_as.menu().actions()}
    actions["Command"].trigger()
    command = shlex.split(QGuiApplication.clipboard().text())
    actions["Python"].trigger()
    lines = QGuiApplication.clipboard().text()
    assert "mine_negatives('pairs', 'starter', 'saha', parameters={'labels_are_classes'" in lines
    folder = window.context.workspace.folder
    window.context.close_workspace()
    try:
        monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))
        assert main(command[1:]) == 0
        assert "copied: " in capsys.readouterr().out
    finally:
        window.context.open_workspace(folder)


def test_the_page_comes_back_as_it_was_left(mined, window, qtbot):
    page = window.page("training")
    state = page.save_state()
    mined.controller.choose("")
    assert mined.stack.currentWidget() is mined.form_area
    with qtbot.waitSignal(mined.controller.read):
        page.restore_state(state)
    assert mined.table.title.text() == "pairs saha"
    page.restore_state({"segment": "gone", "negatives": {"negatives": "gone", "corpus": 3}})
    wait_idle(window.context.runner, qtbot)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_figures_are_drawn_in_either_look(mined, theme, look):
    theme.choose(look)
    assert not mined.table.overview.cloud.grab().toImage().isNull()


def test_the_form_of_training_takes_the_table_with_its_rows_and_sampler(mined, window):
    page = window.page("training")
    mined.table.train_button.click()
    assert page.segments.current == "train"
    job = page.form.job()
    assert (job.corpus, job.sampler, job.negatives) == ("pairs", "saha", "pairs saha")
    assert not page.form.negatives.isHidden()
    page.form.sampler.choose("random_batches")
    assert page.form.job().negatives == ""
