"""The form of an embedding offers embedding prompts, and what is embedded keeps them."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore


def choose_prompt(form, name):
    titles = [form.prompt.itemText(at) for at in range(form.prompt.count())]
    form.prompt.setCurrentIndex(titles.index(f"Embedding prompt: {name}"))


def test_a_corpus_is_embedded_with_an_embedding_prompt(imported, qtbot):
    context = imported.context
    store = EmbeddingPromptStore(context.workspace)
    store.save("topics", store.get("none", {"document_system": "Topic."}))
    context.announce("embedding_prompts")
    imported.corpus_view.show_embed()
    view = imported.corpus_view.embeddings
    form, button = view.form, view.primary.button
    qtbot.waitUntil(lambda: form.prompt.findText("Embedding prompt: topics") > 0)
    assert not form.reading.isVisible()
    choose_prompt(form, "topics")
    assert form.reading.isVisible()
    assert "no chat form" in form.reading_note.text()
    qtbot.waitUntil(button.isEnabled)
    assert button.text() == "Embed 4 rows"
    button.click()
    wait_idle(context.runner, qtbot)
    (vector_set,) = context.workspace.vector_sets()
    assert vector_set.meta.embedding_prompt == "topics"
    assert vector_set.meta.rendering["texts"]["document_system"] == "Topic."
    assert "topics" in view.model.data(view.model.index(0, 8))
    assert "Embedded 4 rows" in view.outcome.text()
    imported.corpus_view.copy_as.menu().actions()[1].trigger()
    command = QGuiApplication.clipboard().text()
    assert command.endswith("--encoder starter --embedding-prompt topics")
    qtbot.waitUntil(lambda: "has its vector already" in view.primary.cost.text())
    # Other texts under the same name make other vectors.
    store.save("topics", store.get("none", {"document_system": "The topic."}))
    context.announce("embedding_prompts")
    qtbot.waitUntil(lambda: button.text() == "Embed 4 rows")
    qtbot.waitUntil(lambda: "has changed" in view.model.data(view.model.index(0, 1)))
    assert view.model.data(view.model.index(0, 1)) == "prompt topics has changed"


def test_layer_and_pooling_belong_to_the_job_only_with_an_embedding_prompt(imported, qtbot):
    imported.corpus_view.show_embed()
    form = imported.corpus_view.embeddings.form
    qtbot.waitUntil(lambda: form.encoder.count() == 1)
    choose_prompt(form, "hierarchical")
    form.reading.layer.setValue(0)
    form.reading.pooling.setCurrentIndex(form.reading.pooling.findData("mean"))
    job = form.job(imported.controller.corpus)
    assert (job.embedding_prompt, job.pooling, job.layer) == ("hierarchical", "mean", 0)
    form.prompt.setCurrentIndex(0)
    job = form.job(imported.controller.corpus)
    assert (job.embedding_prompt, job.pooling, job.layer) == ("", "", -1)
    assert not form.reading.isVisible()
