"""Class texts are encoded once, whatever is edited around them."""

from __future__ import annotations

import numpy as np
import pytest
from encoder_making import HashEncoder

from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.prompts.class_list import require_classes
from embedding_lab.prompts.own_scale import USUAL_SCALE, own_scale
from embedding_lab.prompts.scoring import prompt_vectors
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.types import Role
from embedding_lab.workspace.workspace import open_workspace


@pytest.fixture
def record(workspace, no_engine):
    return EncoderStore(workspace).get("starter")


def test_vectors_are_those_of_the_encoder_in_the_order_asked_for(workspace, record):
    texts = ["b", "a long text", "a", "b"]
    found = TextVectors(workspace, record).get(texts)
    expected = HashEncoder(record).encode(texts, role=Role.QUERY)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert TextVectors(workspace, record).get([]).shape == (0, record.dimension)


def test_editing_one_template_or_one_name_encodes_only_what_is_new(workspace, record):
    def encoded(classes, templates):
        texts = TextVectors(workspace, record)
        prompt_vectors(require_classes(classes), templates, texts.get)
        return texts.n_encoded

    assert encoded(["a", "b", "c"], ["{}", "photo of {}"]) == 6
    assert encoded(["a", "b", "c"], ["{}", "photo of {}"]) == 0
    assert encoded(["a", "b", "c"], ["{}", "picture of {}"]) == 3
    assert encoded(["a", "b", "d"], ["{}", "picture of {}"]) == 2
    assert encoded([{"label": "a", "descriptions": ["new"]}, "b"], ["{}"]) == 1


def test_another_prompt_has_vectors_of_its_own(workspace, record):
    plain = TextVectors(workspace, record).get(["a"])
    prompted = TextVectors(workspace, record, EncodeOptions("query: ", Role.QUERY))
    assert not np.allclose(prompted.get(["a"]), plain)
    assert prompted.n_encoded == 1


def test_a_workspace_open_for_reading_keeps_them_in_memory(workspace, record):
    workspace.close()
    with open_workspace(workspace.folder, wants_writing=False) as reading:
        texts = TextVectors(reading, record)
        texts.get(["a", "b"])
        texts.get(["a", "b", "c"])
        assert texts.n_encoded == 3
        assert not (reading.cache_folder / "prompt-texts").exists()


def test_a_damaged_cache_is_made_anew(workspace, record):
    first = TextVectors(workspace, record)
    before = first.get(["a"])
    first._path.write_bytes(b"no database at all, but long enough to be one" * 50)
    again = TextVectors(workspace, record)
    np.testing.assert_array_equal(again.get(["a"]), before)
    assert again.n_encoded == 1
    third = TextVectors(workspace, record)
    third.get(["a"])
    assert third.n_encoded == 0


def test_what_was_encoded_before_a_cancel_is_kept(workspace, record):
    token = CancellationToken()
    texts = [f"text number {i} " + "word " * 60 for i in range(60)]
    seen = []

    def check():
        seen.append(1)
        if len(seen) > 3:
            token.cancel()
        token.check()

    with pytest.raises(Cancelled):
        TextVectors(workspace, record).get(texts, check=check)
    again = TextVectors(workspace, record)
    again.get(texts)
    assert 0 < again.n_encoded < 60


def test_an_encoder_of_texts_has_the_usual_scale(record):
    assert own_scale(record) == (USUAL_SCALE, "usual for encoders of texts")


def test_clip_brings_its_own_scale(workspace, tmp_path):
    from dataclasses import replace

    from safetensors.numpy import save_file

    save_file({"logit_scale": np.array(np.log(50.0), dtype=np.float32)}, tmp_path / "m.safetensors")
    record = EncoderStore(workspace).get("starter")
    clip = replace(record, folder=str(tmp_path), files=(("m.safetensors", 1),))
    scale, source = own_scale(clip)
    assert scale == pytest.approx(50.0)
    assert source == "the encoder's own"
