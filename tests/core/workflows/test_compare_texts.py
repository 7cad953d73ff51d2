"""Trying an encoder: the cosine of what it really makes, prompts and cuts told."""

from __future__ import annotations

import numpy as np
import pytest
from encoder_making import HashEncoder, write_sentence_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.types import Role
from embedding_lab.workflows.compare_texts import CompareTexts
from embedding_lab.workflows.perform import perform


@pytest.fixture
def compare(workspace):
    return lambda *texts, **choices: perform(
        CompareTexts("tiny", *texts, **choices), workspace, lambda event: None
    )


@pytest.fixture
def tiny(workspace, tmp_path):
    folder = write_sentence_bert(tmp_path / "tiny", prompts={"query": "query: "})
    return EncoderStore(workspace).add(folder, "tiny")


def test_the_cosine_is_that_of_the_encoders_own_vectors(compare, tiny):
    result = compare("a whale", "a shark")
    vectors = pool.load(tiny).encode(["a whale", "a shark"], role=Role.DOCUMENT)
    assert result["cosine"] == pytest.approx(float(np.dot(*vectors)), abs=1e-6)
    assert result["encoder"] == "tiny"
    # One token a byte, and one at either end.
    assert [text["tokens"] for text in result["texts"]] == [9, 9]
    assert compare("a whale", "a whale")["cosine"] == pytest.approx(1, abs=1e-6)


def test_prompts_are_put_before_the_text_they_are_chosen_for(compare, tiny):
    plain = compare("a whale", "a whale", first_prompt_name="query")
    assert [text["prompt"] for text in plain["texts"]] == ["query: ", ""]
    assert plain["texts"][0]["tokens"] == plain["texts"][1]["tokens"] + len("query: ")
    assert plain["cosine"] == pytest.approx(
        compare("query: a whale", "a whale")["cosine"], abs=1e-6
    )
    with pytest.raises(LabError, match="has no prompt named qery") as refused:
        compare("a", "b", first_prompt_name="qery")
    assert "query" in refused.value.hint


def test_a_text_that_is_too_long_is_told(workspace, monkeypatch):
    monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))
    job = CompareTexts("starter", "word " * 300, "word")
    result = perform(job, workspace, lambda event: None)
    assert [text["truncated"] for text in result["texts"]] == [True, False]
    assert result["max_length"] == 256


def test_an_unknown_encoder_fails_with_the_nearest_name(workspace):
    with pytest.raises(LabError, match="no encoder named strater") as refused:
        perform(CompareTexts("strater", "a", "b"), workspace, lambda event: None)
    assert "starter" in refused.value.hint
