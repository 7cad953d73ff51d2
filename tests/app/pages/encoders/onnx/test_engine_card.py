"""Encoders are prepared for the fast engine from their card, and show their proof."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_driving import wait_idle

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError
from embedding_lab.storage import write_json
from embedding_lab.workflows import prepare_encoder


def facts_in_the_list(page, name):
    lines = page.list.lines
    return next(
        lines.line(row).facts for row in range(lines.rowCount()) if lines.line(row).name == name
    )


@pytest.mark.timeout(240)
def test_one_click_exports_proves_and_lets_the_fast_engine_compute(page, show, qtbot):
    card = show("bert", "about").engine_card
    assert card.state.text() == "Full engine"
    assert facts_in_the_list(page, "bert").startswith("full engine")
    card.corpus.setCurrentIndex(card.corpus.findData("fruit"))
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert card.outcome.isVisible()
    assert not card.button.isVisible()
    wait_idle(page.context.runner, qtbot, 200_000)
    qtbot.waitUntil(lambda: card.state.text().startswith("Fast engine, proven on"))
    assert "rows of fruit" in card.detail.text()
    assert "Smallest cosine to the original 1.0" in card.detail.text()
    assert not card.outcome.isVisible()
    assert not card.button.isVisible()
    assert facts_in_the_list(page, "bert").startswith("fast engine")
    proof = card.proof.pairs()
    assert proof["Smallest cosine"].endswith("asked 0.9999")
    assert proof["Worst row"]
    assert EncoderStore(page.context.workspace).get("bert").engine == "onnx"


def test_a_failure_says_its_sentence_in_the_card_and_nowhere_else(page, show, qtbot, monkeypatch):
    sentence = "The ONNX file of bert does not say the same as the original."

    def fail(*_):
        raise EncoderError(sentence, hint="Keep using it on the full engine.")

    monkeypatch.setattr(prepare_encoder, "export_proven", fail)
    card = show("bert", "about").engine_card
    card.button.click()
    qtbot.waitUntil(card.outcome.error.isVisible)
    assert card.outcome.error.text == sentence
    assert card.state.text() == "Full engine"
    assert card.button.isEnabled()
    show("starter", "about")
    assert not card.outcome.isVisible()
    show("bert", "about")
    assert card.outcome.error.text == sentence


def test_an_onnx_file_says_what_speaks_for_it(page, show, fast, qtbot):
    card = show("fast", "about").engine_card
    assert card.state.text() == "Fast engine"
    assert card.detail.text() == "Its ONNX file came without a proof."
    assert not card.button.isVisible()
    assert not card.copy_as.isVisible()
    figures = {"title": "4-bit weights", "mean_cosine": 0.98, "neighbour_overlap": 0.9}
    write_json(fast / "proof.json", figures | {"recipe": "weights4", "passed": True})
    try:
        show("fast", "about")
        assert card.state.text() == "Fast engine, a smaller file"
        assert "4-bit weights: mean cosine" in card.detail.text()
        assert "90.0%" in card.detail.text()
        figures |= {"recipe": "truncated:8", "mean_cosine": None, "passed": False}
        write_json(fast / "proof.json", figures)
        show("fast", "about")
        assert card.state.text() == "Fast engine, a smaller file that lost too much"
        assert "cosine" not in card.detail.text()
    finally:
        (fast / "proof.json").unlink()


def test_preparing_copies_as_python_and_as_a_command(page, show):
    card = show("bert", "about").engine_card
    card.copy_as.menu().actions()[0].trigger()
    assert "ws.prepare('bert')" in QGuiApplication.clipboard().text()
    card.corpus.setCurrentIndex(card.corpus.findData("fruit"))
    show("bert", "about")
    card.copy_as.menu().actions()[1].trigger()
    assert QGuiApplication.clipboard().text().endswith("encoder prepare bert --check-corpus fruit")
