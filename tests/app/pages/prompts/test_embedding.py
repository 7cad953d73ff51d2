"""Embedding prompts in the window: edited, shown token by token, kept by name, compared."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication, QTextCursor
from transformer_making import add_chat_encoder
from window_driving import wait_idle

from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders import pool

LOAD = pool.load


@pytest.fixture
def part(page):
    page.segments.choose("embedding")
    return page


@pytest.fixture
def chat(unloaded, part, tmp_path, monkeypatch):
    """The page with a language model that has a chat form."""
    monkeypatch.setattr(pool, "load", LOAD)
    added = add_chat_encoder(part.context.workspace, tmp_path)
    part.context.announce("encoders")
    part.choices.choose(encoder_id=added.id)
    return part


def shown(page, qtbot):
    """Press the button, and return what both views show."""
    found = {}
    page.embedding.previewed.connect(lambda side, result: found.update({side: result}))
    page.embedding_view.show_button.click()
    qtbot.waitUntil(lambda: len(found) == 2, timeout=30_000)
    wait_idle(page.context.runner, qtbot)
    return found


def ground_at_the_end(view):
    cursor = view.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    return cursor.charFormat().background().color().name()


def test_both_sides_are_shown_token_by_token_with_the_pooled_one_marked(chat, qtbot):
    found = shown(chat, qtbot)
    view = chat.embedding_view
    text = view.views["query"].toPlainText()
    assert "Represent the given text in one word." in text
    assert "Represent" not in view.views["document"].toPlainText()
    assert text.startswith("<s><|im_start|>system↵")
    for side in ("query", "document"):
        n = found[side]["n_tokens"]
        assert (
            view.facts[side].text().startswith(f"{n:,} tokens; the vector is token {n:,} of {n:,}.")
        )
        assert ground_at_the_end(view.views[side]) == chat.context.theme.tokens.accent
    # From now on what is typed is shown at once.
    with qtbot.waitSignals([chat.embedding.previewed] * 2, timeout=30_000):
        view.editors.editors["query_system"].setPlainText("Topic?")
    assert "Topic?" in view.views["query"].toPlainText()
    assert "Topic?" not in view.views["document"].toPlainText()


def test_a_text_that_is_cut_keeps_what_stands_behind_it(chat, qtbot):
    chat.embedding_view.text.setText("word " * 300)
    chat.embedding_view.text.textEdited.emit("")
    found = shown(chat, qtbot)
    text = chat.embedding_view.views["query"].toPlainText()
    assert f" … {len(found['query']['cut']):,} characters cut … " in text
    assert text.rstrip().endswith("assistant↵")
    assert "do not fit and are cut" in chat.embedding_view.facts["query"].text()


def test_an_encoder_that_tells_no_tokens_says_so(part, qtbot):
    with qtbot.waitSignals([part.embedding.preview_failed] * 2, timeout=30_000):
        part.embedding_view.show_button.click()
    wait_idle(part.context.runner, qtbot)
    sentence = part.embedding_view.views["query"].toPlainText()
    assert "does not tell the tokens of its prompts" in sentence


def test_prompts_are_edited_saved_and_deleted(part, asker, window):
    view, controller = part.embedding_view, part.embedding
    assert view.delete_button.isHidden()
    assert view.edited.isHidden()
    view.editors.editors["document_text"].setPlainText("\nIn a word.")
    assert controller.is_edited
    assert not view.edited.isHidden()
    assert part.acts.test_button.text() == "Compare 5 prompts"
    asker.answers["Save the embedding prompt"] = "mine"
    view.save_button.click()
    store = EmbeddingPromptStore(window.context.workspace)
    assert store.own()["mine"].document_text == "\nIn a word."
    assert (view.prompt.chosen, controller.is_edited) == ("mine", False)
    assert not view.delete_button.isHidden()
    view.delete_button.click()
    assert store.own() == {}
    assert view.prompt.chosen == "hierarchical"
    view.prompt.choose("none")
    view.prompt.activated.emit(0)
    assert set(view.editors.texts.values()) == {""}


def test_names_of_presets_are_refused(part, asker, window, qtbot):
    asker.answers["Save the embedding prompt"] = "none"
    part.embedding_view.save_button.click()
    assert EmbeddingPromptStore(window.context.workspace).own() == {}


def test_prompts_are_compared_in_a_figure_and_a_table(part, qtbot):
    view = part.embedding_view
    part.embedding.leave_out("one-word-summary", is_left_out=True)
    view.editors.editors["query_system"].setPlainText("Topic?")
    assert part.acts.test_button.text() == "Compare 4 prompts"
    with qtbot.waitSignal(part.embedding.compared, timeout=30_000):
        part.acts.test_button.click()
    results = view.results
    assert not results.isHidden()
    names = ["none", "user-only", "hierarchical", "as edited"]
    assert [bar.name for bar in results.plot.bars] == names
    assert results.plot.groups == ["Right label", "R@1", "Mean cosine", "Separation"]
    assert [record["name"] for record in results.table.records.records] == names
    assert "p " in results.table.records.records[1]["knn_verdict"]
    assert results.plot.model.rowCount() == 16
    assert "compared with none" in results.summary.text()
    part.acts.copy_as.menu().actions()[1].trigger()
    command = QGuiApplication.clipboard().text()
    assert "--presets none user-only hierarchical --set 'query_system=Topic?'" in command
    part.acts.copy_as.menu().actions()[0].trigger()
    assert "ws.bench_prompts('animals', 'starter'" in QGuiApplication.clipboard().text()


def test_nothing_can_be_compared_without_a_prompt(part):
    for name in list(part.embedding.prompts):
        part.embedding.leave_out(name, is_left_out=True)
    assert not part.acts.test_button.isEnabled()


# Inside the model


def test_layers_are_compared_in_a_curve(chat, qtbot):
    view = chat.embedding_view.inner
    with qtbot.waitSignal(chat.inner.layers_found, timeout=40_000):
        view.layers_button.click()
    wait_idle(chat.context.runner, qtbot)
    assert [curve.name for curve in view.curves.curves] == ["Right label", "R@1"]
    assert list(view.curves.curves[0].x) == [0, 1, 2]
    assert not view.curves.isHidden()
    assert "is highest in layer" in view.summary.text()
    view.copy_as.menu().actions()[1].trigger()
    command = QGuiApplication.clipboard().text()
    assert "prompts layers animals --encoder chat --preset hierarchical" in command


def test_the_attention_of_a_side_is_drawn_by_part(chat, qtbot):
    view = chat.embedding_view.inner
    chat.embedding_view.editors.editors["document_system"].setPlainText("Topic?")
    view.side.setCurrentIndex(1)
    view.layer.setValue(0)
    with qtbot.waitSignal(chat.inner.attention_found, timeout=40_000):
        view.attention_button.click()
    wait_idle(chat.context.runner, qtbot)
    assert view.shares.groups == ["System text", "What the user says", "Chat form"]
    assert sum(view.shares.bars[0].values) == pytest.approx(1.0, abs=1e-5)
    assert view.each.bars[0].name == "Documents"
    assert "in layer 0 of chat" in view.summary.text()
    view.copy_as.menu().actions()[1].trigger()
    command = QGuiApplication.clipboard().text()
    assert "--side document" in command
    assert "'document_system=Topic?'" in command


def test_encoders_that_cannot_be_looked_into_say_so(part, qtbot):
    view = part.embedding_view.inner
    with qtbot.waitSignal(part.inner.failed, timeout=40_000):
        view.layers_button.click()
    wait_idle(part.context.runner, qtbot)
    assert view.curves.isHidden()
    assert view.layers_button.isEnabled()
    assert not view.error.isHidden()
