"""Smaller files are made and compared in the window, and one becomes an encoder."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab_app.pages.encoders.onnx.candidate_words import (
    columns_for,
    line,
    points,
    possible_heights,
)


def choose(view, *names):
    for name, box in view.recipes.boxes.items():
        box.setChecked(name in names)


@pytest.mark.timeout(120)
def test_candidates_are_measured_drawn_and_added(page, show, qtbot):
    view = show("fast", "smaller").shrink_view
    choose(view, "int8-rows", "weights4")
    view.recipes.truncated.setChecked(True)
    view.recipes.dimension.setValue(8)
    view.n_rows.setValue(20)
    view.repeats.setValue(1)
    assert view.button.button.text() == "Make 3 smaller files"
    qtbot.mouseClick(view.button.button, Qt.MouseButton.LeftButton)
    assert view.outcome.job_card.isVisible()
    wait_idle(page.context.runner, qtbot, 90_000)
    candidates = view.candidates
    qtbot.waitUntil(lambda: candidates.isVisibleTo(view))
    rows = candidates.model.records
    assert [row["title"] for row in rows[:2]] == ["As it is", "int8, one scale a token"]
    assert rows[0]["speed"] == "1.00"
    assert float(rows[1]["size"]) <= float(rows[0]["size"])
    assert rows[3]["min_cosine"] == ""
    assert candidates.note.text().startswith("20 rows of fruit, median of 1 pass")
    # Not judged, so agreement is what is drawn.
    assert candidates.up.currentData() == "neighbour_overlap"
    assert [point.name for point in candidates.plot.points][:1] == ["As it is"]
    assert not candidates.add_button.isEnabled()
    candidates.plot.chosen.emit(1)
    assert candidates.table.selected_rows() == [1]
    assert "each token is rounded" in candidates.about.text()
    candidates.across.setCurrentIndex(1)
    assert candidates.plot.x_label == "File size, MB"
    assert candidates.table.selected_rows() == [1]
    candidates.add_button.click()
    draft = page.controller.draft
    qtbot.waitUntil(lambda: draft.record is not None)
    assert page.add_view.name.text() == "fast int8-rows"
    with qtbot.waitSignal(draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: page.controller.record.name == "fast int8-rows")
    assert page.view.engine_card.state.text() == "Fast engine, a smaller file"


def test_an_encoder_without_an_onnx_file_leads_to_preparing(page, show, qtbot):
    view = show("bert", "smaller").shrink_view
    assert "has no ONNX file" in view.refusal.text()
    assert not view.form.isVisible()
    qtbot.mouseClick(view.engine_button, Qt.MouseButton.LeftButton)
    assert page.view.segment == "about"


def test_a_job_that_fails_says_why(page, show, qtbot):
    view = show("fast", "smaller").shrink_view
    choose(view, "fp16")
    view.n_rows.setValue(2)
    (page.context.workspace.folder.parent / "fast-smaller").mkdir()
    (page.context.workspace.folder.parent / "fast-smaller" / "mine").write_text("mine")
    job = view._job()
    assert job is not None
    page.onnx.start(page.onnx.shrinking, job)
    qtbot.waitUntil(view.outcome.error.isVisible)
    assert "exists already and is not empty" in view.outcome.error.text


def test_what_is_missing_stands_beside_the_button(page, show):
    view = show("fast", "smaller").shrink_view
    choose(view)
    assert view.button.cost.text() == "Choose a recipe"
    assert not view.button.button.isEnabled()
    assert not view.copy_as.isEnabled()
    choose(view, "fp16")
    assert view.button.button.isEnabled()


def test_making_smaller_copies_as_python_and_as_a_command(page, show):
    view = show("fast", "smaller").shrink_view
    view.folder.path.setText("out")
    choose(view, "fp16", "int8-rows")
    view.scores.setChecked(False)
    view.copy_as.menu().actions()[0].trigger()
    assert (
        "ws.shrink('fast', 'out', 'fruit', recipes=('int8-rows', 'fp16'), scores=False)"
        in QGuiApplication.clipboard().text()
    )
    view.copy_as.menu().actions()[1].trigger()
    assert (
        QGuiApplication.clipboard()
        .text()
        .endswith("encoder shrink fast --to out --corpus fruit --recipe int8-rows fp16 --no-scores")
    )


def judged(title, size, rate, value, *, is_best, **more):
    return {
        "title": title, "recipe": title, "problem": "", "file_bytes": size,
        "rows_per_second": rate, "speed_ratio": 1.0, "memory_bytes": 1e6, "min_cosine": 0.9,
        "mean_cosine": 0.95, "neighbour_overlap": 0.8, "top1_agreement": 0.9,
        "ndcg@10": {"value": value, "ci": [value - 0.1, value + 0.1]}, "delta": -0.01,
        "delta_ci": [-0.02, 0.01], "verdict": "no difference shown", "is_on_front": is_best,
        "is_row_by_row": False, "passed": True,
    } | more  # fmt: skip


def test_judged_candidates_show_intervals_differences_and_remarks():
    failed = {"title": "float16", "recipe": "fp16", "problem": "It does not apply."}
    found = [
        judged("whole", 100e6, 100.0, 0.5, is_best=True, recipe=""),
        failed,
        judged("int8", 25e6, 200.0, 0.48, is_best=True, is_row_by_row=True),
        judged("slow", 50e6, 90.0, 0.4, is_best=False),
    ]
    assert line(found[0])["difference"] == ""
    assert line(found[1])["remark"] == "It does not apply."
    assert line(found[1])["rate"] == ""
    assert line(found[1])["best"] == "not made"
    assert "ndcg" in dict(columns_for(found))
    assert "ndcg" not in dict(columns_for(found[1:2]))
    shown = line(found[2])
    assert shown["ndcg"] == "0.480 [0.380, 0.580]"
    assert shown["difference"] == "-0.010 [-0.020, +0.010] no difference shown"
    assert shown["remark"] == "computed row by row"
    lost = judged("4 bits", 25e6, 200.0, 0.1, is_best=False, passed=False)
    assert line(lost)["remark"] == "lost too much"
    assert next(iter(possible_heights(found))) == "ndcg@10"
    drawn, joined, numbers = points(found, "rows_per_second", "ndcg@10")
    assert [point.name for point in drawn] == ["whole", "int8", "slow"]
    assert numbers == [0, 2, 3]
    assert joined == [0, 1]
    assert drawn[1].y_interval == pytest.approx((0.38, 0.58))
    _, by_size, _ = points(found, "file_bytes", "ndcg@10")
    assert by_size == [1, 0]
