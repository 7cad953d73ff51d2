"""Trying an encoder: the cosine of what it really makes, prompts and cuts told."""

from __future__ import annotations

import numpy as np
import pytest
from encoder_making import write_sentence_bert
from transformer_making import noise_pictures, write_two_towers

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import Picture
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.types import Role
from embedding_lab.workflows.compare_texts import CompareTexts
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.perform import perform


@pytest.fixture
def compare(workspace):
    return lambda *texts, **choices: perform(CompareTexts("tiny", *texts, **choices), workspace)


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


def test_a_text_that_is_too_long_is_told(workspace, no_engine):
    job = CompareTexts("starter", "word " * 300, "word")
    result = perform(job, workspace)
    assert [text["truncated"] for text in result["texts"]] == [True, False]
    assert result["max_length"] == 256


def test_an_unknown_encoder_fails_with_the_nearest_name(workspace):
    with pytest.raises(LabError, match="no encoder named strater") as refused:
        perform(CompareTexts("strater", "a", "b"), workspace)
    assert "starter" in refused.value.hint


def test_the_second_is_ranked_among_the_rows_of_a_corpus(workspace, tiny, tmp_path):
    (tmp_path / "fish.txt").write_text("a shark\na carp\nthe tax office\n", encoding="utf-8")
    perform(ImportCorpus((str(tmp_path / "fish.txt"),)), workspace, lambda event: None)
    perform(EmbedCorpus("fish", "tiny"), workspace)
    encoder = pool.load(tiny)
    rows = encoder.encode(["a shark", "a carp", "the tax office"], role=Role.DOCUMENT)
    query, whale = encoder.encode(["a whale", "a carp!"], role=Role.DOCUMENT)
    job = CompareTexts("tiny", "a whale", "a carp!", among="fish")
    result = perform(job, workspace)
    assert result["rank"] == 1 + int(np.sum(rows @ query > whale @ query))
    assert (result["n_among"], result["among"]) == (3, "fish")
    itself = CompareTexts("tiny", "a whale", "a shark", among="fish")
    best = 1 + int(np.sum(rows @ query > rows[0] @ query + 1e-6))
    assert perform(itself, workspace)["rank"] == best


def test_pictures_and_texts_are_compared_with_each_other(workspace, tmp_path):
    folder = write_two_towers(tmp_path / "clip", "clip")
    record = EncoderStore(workspace).add(folder, "clip")
    files = []
    for number, image in enumerate(noise_pictures(2)):
        files.append(tmp_path / f"{number}.png")
        image.save(files[-1])
    encoder = pool.load(record)
    text = encoder.encode(["noise"], role=Role.DOCUMENT)[0]
    images = encoder.encode_pictures(
        [Picture(image) for image in noise_pictures(2)], role=Role.DOCUMENT
    )
    job = CompareTexts("clip", first="noise", second_image=str(files[0]))
    result = perform(job, workspace)
    assert result["cosine"] == pytest.approx(float(text @ images[0]), abs=1e-5)
    job = CompareTexts("clip", first_image=str(files[0]), second_image=str(files[1]))
    result = perform(job, workspace)
    assert result["cosine"] == pytest.approx(float(images[0] @ images[1]), abs=1e-5)
    assert [item["tokens"] for item in result["texts"]] == [16, 16]
    with pytest.raises(LabError, match=r"none\.png cannot be read"):
        perform(CompareTexts("clip", "x", second_image="none.png"), workspace)
