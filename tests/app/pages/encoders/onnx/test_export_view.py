"""Encoders are exported from the window, with a proof that says what was compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab.workflows import export_onnx

PART = {
    "modality": "text", "rows": 24, "min_cosine": 0.91, "mean_cosine": 0.97,
    "max_abs_diff": 0.2, "neighbour_overlap": 0.75, "top1_agreement": 0.8,
    "worst_row": "emoji", "min_cosine_asked": 0.9999, "neighbour_overlap_asked": 0.99,
    "problem": "", "passed": False, "first_difference": {
        "node": "node_Add_7", "operator": "Add", "module": "encoder.layer.0.attention",
        "value": "add_7", "max_abs_diff": 0.4, "n_agreeing": 6,
    },
}  # fmt: skip


def proven(*, passed):
    """Return what stands for an export in another process: a folder with one file, and a proof."""
    part = PART | {"passed": passed, "first_difference": None if passed else PART[
        "first_difference"
    ]}  # fmt: skip

    def export(_ctx, _record, folder, plan):
        (folder / "model.onnx").write_bytes(b"onnx")
        corpus = plan.corpus.name if plan.corpus else ""
        return {"corpus": corpus, "rows": 24, "passed": passed, "parts": [part]}

    return export


@pytest.mark.timeout(240)
def test_an_encoder_is_exported_proven_and_added_back(page, show, qtbot):
    view = show("bert", "export").export_view
    assert Path(view.folder.text).name == "bert-onnx"
    folder = view.folder.text
    view.corpus.setCurrentIndex(view.corpus.findData("fruit"))
    view.n_rows.setValue(24)
    assert view.button.cost.text() == "and prove it on 24 rows"
    qtbot.mouseClick(view.button.button, Qt.MouseButton.LeftButton)
    assert view.outcome.job_card.isVisible()
    assert not view.button.button.isEnabled()
    wait_idle(page.context.runner, qtbot, 200_000)
    qtbot.waitUntil(view.proof.isVisible)
    assert view.proof.verdict.text().startswith("Passed: ")
    assert "24 rows of fruit" in view.proof.verdict.text()
    facts = view.proof.facts.pairs()
    assert facts["Compared"] == "24 rows of text"
    assert facts["Ten nearest kept"] == "100.0%, asked 99.0%"
    assert "Leaves the original at" not in facts
    assert view.proof.place.text().startswith(folder)
    # The next export would go elsewhere.
    assert view.folder.text == f"{folder}-2"
    view.proof.add_button.click()
    draft = page.controller.draft
    qtbot.waitUntil(lambda: draft.record is not None)
    assert page.stack.currentWidget() is page.add_view
    with qtbot.waitSignal(draft.added):
        page.add_view.add_button.button.click()
    qtbot.waitUntil(lambda: page.controller.record.name == "bert-onnx")
    card = page.view.engine_card
    assert card.state.text() == "Fast engine, proven on 24 rows"
    assert page.view.export_view.refusal.isVisible()
    assert not page.view.export_view.form.isVisibleTo(page.view.export_view)


def test_a_failed_proof_names_the_node_and_leaves_nothing(page, show, qtbot, monkeypatch):
    monkeypatch.setattr(export_onnx, "export_proven", proven(passed=False))
    view = show("bert", "export").export_view
    folder = Path(view.folder.text)
    view.button.button.click()
    qtbot.waitUntil(view.proof.isVisible)
    assert view.proof.verdict.text().startswith("Failed: ")
    assert "the bundled sample" in view.proof.verdict.text()
    assert view.proof.place.text() == "No folder was left behind."
    facts = view.proof.facts.pairs()
    assert facts["Smallest cosine"] == "0.9100000, asked 0.9999"
    assert facts["Leaves the original at"] == "node_Add_7 (Add), in encoder.layer.0.attention"
    assert facts["Worst row"] == "emoji"
    assert not view.proof.add_button.isVisible()
    assert not folder.exists()
    show("starter", "export")
    assert not view.proof.isVisible()


def test_a_failed_folder_that_was_to_be_kept_can_be_opened_but_not_added(
    page, show, qtbot, monkeypatch
):
    monkeypatch.setattr(export_onnx, "export_proven", proven(passed=False))
    view = show("bert", "export").export_view
    folder = Path(view.folder.text)
    view.keeps_failed.setChecked(True)
    view.button.button.click()
    qtbot.waitUntil(view.proof.isVisible)
    assert (folder / "model.onnx").exists()
    assert view.proof.open_button.isVisible()
    assert not view.proof.add_button.isVisible()


def test_a_place_that_will_not_do_is_told_as_it_is_typed(page, show, asker, tmp_path):
    view = show("bert", "export").export_view
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")
    for typed, sentence in (
        ("", "needs a name"),
        (str(full), "exists already and is not empty"),
        ("/no/such/place/out", "does not exist"),
    ):
        view.folder.path.setText(typed)
        assert sentence in view.folder.field.error
        assert not view.button.button.isEnabled()
    asker.answers["Choose where the folder goes"] = tmp_path
    view.folder.button.click()
    assert view.folder.text == str(tmp_path / "bert-onnx")
    assert view.folder.field.error == ""
    assert view.button.button.isEnabled()


def test_exporting_copies_as_python_and_as_a_command(page, show):
    view = show("bert", "export").export_view
    view.folder.path.setText("out of here")
    view.n_rows.setValue(50)
    view.min_cosine.setValue(0.999)
    view.keeps_failed.setChecked(True)
    view.copy_as.menu().actions()[0].trigger()
    python = QGuiApplication.clipboard().text()
    assert (
        "ws.export_onnx('bert', 'out of here', n_rows=50, min_cosine=0.999, keeps_failed=True)"
        in python
    )
    view.copy_as.menu().actions()[1].trigger()
    assert (
        QGuiApplication.clipboard()
        .text()
        .endswith(
            "encoder export-onnx bert --to 'out of here' --rows 50 --min-cosine 0.999 --keep-failed"
        )
    )


def test_f1_opens_the_manual_where_the_part_is_explained(page, show):
    show("bert", "about")
    assert page.manual_place == "encoders"
    show("bert", "export")
    assert page.manual_place == "onnx"
