"""Of a prepared encoder, the form of an embedding offers the engine."""

from __future__ import annotations

from encoder_making import write_sentence_bert
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab import paths
from embedding_lab.encoders.prepared import prepared_name
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.storage import write_json


def add_encoders(context, folder):
    """Add two encoders of the full engine, of which one counts as prepared."""
    store = EncoderStore(context.workspace)
    store.add(write_sentence_bert(folder / "plain"), "plain")
    source = write_sentence_bert(folder / "bert", prompts={"query": "q: "})
    record = store.add(source, "bert", max_length=16)
    prepared = paths.prepared_folders()[0] / prepared_name(record)
    prepared.mkdir(parents=True)
    write_json(prepared / "encoder.json", {})
    write_json(prepared / "proof.json", {"passed": True})
    context.announce("encoders")


def choose(combo, data):
    combo.setCurrentIndex(combo.findData(data))


def test_the_engine_is_chosen_and_vectors_of_the_two_are_kept_apart(imported, tmp_path, qtbot):
    context = imported.context
    add_encoders(context, tmp_path)
    imported.corpus_view.show_embed()
    view = imported.corpus_view.embeddings
    form, button = view.form, view.primary.button
    qtbot.waitUntil(lambda: form.encoder.count() == 3)
    by_name = {record.name: record for record in EncoderStore(context.workspace).list()}
    choose(form.encoder, by_name["plain"].id)
    assert not form.engine.isVisible()
    choose(form.encoder, by_name["bert"].id)
    assert form.engine.isVisible()
    assert form.engine.currentText() == "Automatic"
    assert form.job(imported.controller.corpus).engine == ""
    choose(form.engine, "torch")
    qtbot.waitUntil(button.isEnabled)
    button.click()
    wait_idle(context.runner, qtbot)
    (vector_set,) = context.workspace.vector_sets()
    assert vector_set.meta.engine == "torch"
    imported.corpus_view.copy_as.menu().actions()[1].trigger()
    assert QGuiApplication.clipboard().text().endswith("--encoder bert --engine torch")
    # Automatic goes on with what the full engine has begun; the fast one begins anew.
    choose(form.engine, "")
    qtbot.waitUntil(lambda: "has its vector already" in view.primary.cost.text())
    choose(form.engine, "onnx")
    qtbot.waitUntil(lambda: button.text() == "Embed 4 rows")
    button.click()
    wait_idle(context.runner, qtbot)
    assert {item.meta.engine for item in context.workspace.vector_sets()} == {"torch", "onnx"}
    choose(form.encoder, by_name["plain"].id)
    assert form.job(imported.controller.corpus).engine == ""
