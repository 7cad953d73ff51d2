"""The Training page: from the form to the report, steered on the way."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QGuiApplication
from training_making import add_tiny, make_captioned, make_pairs, use_one_thread
from window_driving import wait_idle

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.record import find_run
from embedding_lab.training.live import read_reports
from embedding_lab_app.pages.training.page import LIVE, NEGATIVES, RUNS, TRAIN
from embedding_lab_app.pages.training.run_curves import KINDS
from embedding_lab_app.pages.training.runs_view import CURVES, REPORT

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.training.page import TrainingPage

QUICK = {"steps": 12, "batch_size": 8, "validate_every": 3}
LONG_MS = 50_000


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> TrainingPage:
    """The page with a corpus of pairs and a tiny encoder chosen."""
    use_one_thread()
    workspace = window.context.workspace
    make_pairs(workspace)
    add_tiny(workspace, tmp_path / "tiny")
    window.context.announce("corpora", "encoders")
    window.show_page("training")
    found: TrainingPage = window.page("training")
    found.form.show_job({"corpus": "pairs", "encoder": "tiny", "settings": QUICK})
    wait_idle(window.context.runner, qtbot)
    return found


def start(page: TrainingPage) -> None:
    assert page.form.primary.button.isEnabled()
    page.form.primary.button.click()
    assert page.form.error.text == ""
    assert page.segments.current == LIVE
    assert not page.form.primary.button.isEnabled()


def test_a_run_is_watched_and_its_report_leads_on(page, window, qtbot):
    page.form.name.setText("tuned")
    start(page)
    wait_idle(window.context.runner, qtbot, LONG_MS)
    qtbot.waitUntil(lambda: page.runs_view.part.current == REPORT)
    assert page.segments.current == RUNS
    report = page.runs_view.report
    assert report.verdict.text()
    assert "12 steps on 128 pairs from columns" in report.sentence.text()
    assert report.metrics.records.rowCount() >= 2
    assert "general sentence pairs" in report.drift.text()
    curves = page.train.curves
    assert curves is not None
    assert (curves.step, len(curves.validations), len(curves.maps)) == (12, 5, 5)
    assert curves.checkpoints == [3, 6, 9, 12]
    marks = {mark.x: mark.name for mark in curves.marks()}
    assert set(marks) == {3, 6, 9, 12}
    assert sorted(marks.values()) == ["", "", "", "best"]
    page.segments.choose(LIVE)
    live = page.live
    for kind in KINDS:
        live.curves.kind.choose(kind)
        live.curves.kind.activated.emit(0)
        assert live.curves.figure.curves, kind
        assert live.curves.figure.title == KINDS[kind].title
    live.map_slider.setValue(0)
    assert live.map_words.text() == "before training"
    live.map_slider.setValue(4)
    assert live.map_words.text() == "after step 12"
    live.curves.log_box.setChecked(True)
    live.curves.smoothing.setValue(60)
    assert (live.curves.figure.is_log, live.curves.figure.smoothing) == (True, 0.6)
    report.encoder_button.click()
    assert window.current_page() is window.page("encoders")
    shown = window.page("encoders").controller
    qtbot.waitUntil(lambda: shown.record is not None and shown.record.name == "tuned")


def test_a_run_is_steered_stopped_and_taken_up_again(page, window, qtbot):
    page.form.settings.show_values({"steps": 4000, "validate_every": 5})
    start(page)
    curves = page.train.curves
    qtbot.waitUntil(lambda: curves.step >= 6, timeout=LONG_MS)
    page.live.rate.setText("fast")
    page.live.rate_button.click()
    assert "not “fast”" in page.live.error.text
    page.live.rate.setText("1e-4")
    page.live.rate_button.click()
    assert page.live.error.text == ""
    qtbot.waitUntil(lambda: bool(curves.orders), timeout=LONG_MS)
    window.context.runner.cancel_all()
    wait_idle(window.context.runner, qtbot, LONG_MS)
    assert page.segments.current == LIVE
    assert page.live.cut_short.isVisible()
    assert page.live.ending.text().startswith(f"Cancelled after {page.train.curves.step} steps.")
    page.segments.choose(RUNS)
    view = page.runs_view
    qtbot.waitUntil(lambda: bool(view.chosen()))
    assert view.part.current == CURVES
    assert not view.part.buttons[REPORT].isEnabled()
    qtbot.waitUntil(lambda: bool(view.curves.figure.curves))
    view.continue_button.click()
    assert page.segments.current == LIVE
    assert not page.live.cut_short.isVisible()
    reached = page.train.curves.step
    qtbot.waitUntil(lambda: page.train.curves.step > reached, timeout=LONG_MS)
    page.live.stop_button.click()
    wait_idle(window.context.runner, qtbot, LONG_MS)
    qtbot.waitUntil(lambda: view.part.current == REPORT)
    run = find_run(window.context.workspace.runs_folder, view.chosen()[0].record.id)
    commands = [report["command"] for report in read_reports(run.folder, "control")]
    assert commands == ["learning_rate", "stop"]
    assert run.result()["was_stopped"]
    view.again_button.click()
    assert page.segments.current == TRAIN
    assert page.form.settings.values()["steps"] == 4000


def test_a_run_that_failed_says_why_and_goes_on_with_a_lower_rate(page, window, qtbot, monkeypatch):
    from embedding_lab.training.torch_step import BatchResult, GradientStep

    add_gradient = GradientStep.add_gradient
    with monkeypatch.context() as broken:
        broken.setattr(
            GradientStep,
            "add_gradient",
            lambda *all_given: BatchResult(float("nan"), add_gradient(*all_given).accuracy),
        )
        start(page)
        wait_idle(window.context.runner, qtbot, LONG_MS)
    assert "no number any more at step 1" in page.live.error.text
    assert page.live.continue_button.isVisible()
    page.segments.choose(RUNS)
    view = page.runs_view
    qtbot.waitUntil(view.steering.isVisible)
    assert "no number any more at step 1" in view.error.text
    assert "Lower the learning rate" in view.error._hint.text()
    assert view.rate.text() == "2e-05"
    view.rate.setText("none")
    view.rate_button.click()
    assert "must be a number" in view.error.text
    view.rate.setText("3e-6")
    view.rate_button.click()
    qtbot.waitUntil(lambda: bool(view.chosen()) and view.chosen()[0].highest_rate == 3e-6)
    assert view.rate.text() == "3e-06"
    page.segments.choose(LIVE)
    page.live.continue_button.click()
    wait_idle(window.context.runner, qtbot, LONG_MS)
    assert page.train.highest_rate == 3e-6
    rates = [r["learning_rate"] for r in read_reports(view.chosen()[0].record.folder, "step")]
    assert len(rates) == 12
    assert max(rates) <= 3e-6


def test_a_run_is_deleted_and_put_back_and_the_jobs_panel_knows_of_it(page, window, qtbot):
    start(page)
    wait_idle(window.context.runner, qtbot, LONG_MS)
    view = page.runs_view
    qtbot.waitUntil(lambda: bool(view.chosen()) and view.chosen()[0].result is not None)
    jobs, run_id = window.jobs_panel.model, view.chosen()[0].record.id
    assert jobs.row_of(run_id) >= 0
    with qtbot.waitSignal(window.context.notices.added) as told:
        view.delete_button.click()
    qtbot.waitUntil(lambda: not page.runs.lines)
    assert jobs.row_of(run_id) == -1
    assert view.stack.currentWidget() is view.empty
    page.live.continue_button.click()
    assert run_id in page.live.error.text
    told.args[0].action()
    qtbot.waitUntil(lambda: bool(page.runs.lines) and bool(view.chosen()))
    assert view.chosen()[0].record.id == run_id


def test_what_the_encoder_cannot_take_is_said_before_anything_is_loaded(page, window, tmp_path):
    make_captioned(window.context.workspace, tmp_path / "pictures", 6)
    window.context.announce("corpora")
    form = page.form
    form.show_job({"corpus": "captioned", "encoder": "tiny"})
    assert form.lack.text().startswith("The encoder tiny takes no pictures.")
    assert not form.primary.button.isEnabled()
    assert form._source_field.isVisibleTo(form)
    assert form.source.currentText() == "Pictures and captions"
    form.show_job({"corpus": "pairs", "filter": "year > 3"})
    assert "no such column" in form.lack.text()
    form.show_job({"corpus": "pairs", "filter": "", "name": "tiny"})
    assert "already" in form.lack.text()
    form.name.setText("other")
    assert form.lack.text() == ""
    assert form.primary.button.isEnabled()


def test_what_the_rows_lack_is_said_and_what_is_chosen_copied(page, window, qtbot):
    form = page.form
    form.objective.choose("cosent")
    assert "no pairs of texts with a score" in form.lack.text()
    assert not form.primary.button.isEnabled()
    form.objective.choose("gist", {"temperature": 0.1})
    assert form._teacher_field.isVisibleTo(form)
    form.teacher.choose("tiny")
    form.sampler.choose("saha", {"negatives": 3})
    form.settings.show_values({"seed": 7})
    actions = {action.text(): action for action in page.copy_as.menu().actions()}
    actions["Command"].trigger()
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[3:8] == ["train", "--encoder", "tiny", "--data", "pairs"]
    assert {"objective.temperature=0.1", "sampler.negatives=3", "seed=7"} <= set(words)
    from embedding_lab.cli.main import build_parser
    from embedding_lab.cli.training_commands import _job
    from embedding_lab.workflows.train_encoder import TrainEncoder

    assert _job(build_parser().parse_args(words[1:]), TrainEncoder) == form.job()
    actions["Python"].trigger()
    assert "ws.train('pairs', 'tiny', objective='gist'" in QGuiApplication.clipboard().text()
    state = page.save_state()
    form.objective.choose("info_nce")
    page.restore_state(state)
    assert form.objective.method.chosen == "gist"


def test_an_estimate_stands_beside_the_button_until_something_changes(page, window, qtbot):
    page.form.estimate_button.click()
    assert "few steps" in page.form.primary.cost.text()
    wait_idle(window.context.runner, qtbot, LONG_MS)
    assert "steps" in page.form.primary.cost.text()
    page.form.limit.setValue(100)
    assert page.form.primary.cost.text() == "160 rows"


def test_the_page_says_what_is_missing_and_the_methods_lead_here(window, qtbot):
    window.show_page("training")
    page = window.page("training")
    assert page.stack.currentWidget() is page.empty
    page.segments.choose(LIVE)
    assert page.stack.currentWidget() is page.nothing_runs
    page.segments.choose(RUNS)
    wait_idle(window.context.runner, qtbot)
    assert page.runs_view.stack.currentWidget() is page.runs_view.empty
    page.segments.choose(NEGATIVES)
    assert page.stack.currentWidget() is page.mining
    window.context.navigate("training", method="triplet", parameters={"margin": 0.5})
    assert page.form.objective.method.chosen == "triplet"
    assert page.form.objective.chosen() == {"margin": 0.5}
    assert EncoderStore(window.context.workspace).list()
