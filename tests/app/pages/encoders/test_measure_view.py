"""Encoders are measured, and embeddings estimated, from the window."""

from __future__ import annotations

from onnx_making import write_onnx
from PySide6.QtCore import Qt
from transformer_making import write_text_model
from window_driving import wait_idle

from embedding_lab.backends import has_fast_bf16
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.workflows.import_corpus import ImportCorpus


def test_speed_and_agreement_are_measured_on_the_users_rows(window, qtbot, tmp_path):
    context = window.context
    source = write_text_model(tmp_path / "mpnet", "mpnet")
    store = EncoderStore(context.workspace)
    store.add(source, "full")
    store.add(write_onnx(source, tmp_path / "fast", is_pooled=True), "fast")
    (tmp_path / "rows.txt").write_text("\n".join(f"row {n} " * (n % 9 + 1) for n in range(60)))
    context.runner.submit(ImportCorpus((str(tmp_path / "rows.txt"),)))
    wait_idle(context.runner, qtbot)
    window.show_page("encoders")
    page = window.page("encoders")
    qtbot.waitUntil(lambda: len(page.controller.records) == 3)
    page.controller.choose(page.controller.records[1].id)
    view = page.view.measure_view
    view.n_rows.setValue(20)
    view.against.setCurrentIndex(view.against.findData("fast"))
    with qtbot.waitSignal(page.controller.measured, timeout=60_000):
        qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    ways = [(way["encoder"], way["engine"], way["precision"]) for way in view.model.records]
    in_bf16 = [("full", "torch", "bf16")] if has_fast_bf16() else []
    assert ways == [("full", "torch", "fp32"), *in_bf16, ("fast", "onnx", "fp32")]
    assert view.model.records[0]["speed_ratio"] == "1.00"
    assert float(view.model.records[-1]["min_cosine"]) > 0.9999
    assert view.note.text().startswith("20 rows of rows")
    assert view.button.isEnabled()
    page.controller.choose("starter")
    assert not view.table.isVisible()
    page.controller.choose(page.controller.records[1].id)
    assert view.table.isVisible()
    assert view.note.text().startswith("20 rows of rows")


def test_an_embedding_is_estimated_before_it_is_begun(window, qtbot, tmp_path):
    context = window.context
    source = write_text_model(tmp_path / "mpnet", "mpnet")
    EncoderStore(context.workspace).add(write_onnx(source, tmp_path / "fast", is_pooled=True), "a")
    (tmp_path / "rows.txt").write_text("\n".join(f"row {n}" for n in range(60)))
    context.runner.submit(ImportCorpus((str(tmp_path / "rows.txt"),)))
    wait_idle(context.runner, qtbot)
    context.navigate("corpora", corpus="rows", segment="embeddings")
    view = window.page("corpora").corpus_view.embeddings
    qtbot.waitUntil(lambda: view.form.encoder.count() == 2)
    view.form.encoder.setCurrentIndex(1)
    qtbot.mouseClick(view.estimate_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "ake" in view.estimate.text(), timeout=60_000)
    assert view.estimate.text().startswith("Fits")
    view.form.limit.setValue(10)
    assert not view.estimate.isVisible()
