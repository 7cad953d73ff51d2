"""Every kind of encoder gives the vectors of its reference library, alone and in any batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from encoder_making import write_bert, write_sentence_bert
from sentence_transformers import SentenceTransformer
from transformer_making import (
    add_dense,
    encoder_at,
    noise_pictures,
    unit,
    write_old_clip,
    write_router,
    write_seeing_model,
    write_text_model,
    write_two_towers,
)

from embedding_lab.encoders.contract import EncodeOptions, Picture
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.picture_budget import MOST_PICTURES
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.contract import Input

pytestmark = pytest.mark.usefixtures("unloaded")

TEXTS = (
    "two plain words",
    "",
    "a" * 100_000,
    "👩‍👩‍👧 🙂 🇪🇺",
    "مرحبا بالعالم שלום",
    "/etc/passwd",
    "https://example.org/photo.png",
    "data:image/png;base64,AAAA",
    "<|image_pad|> <s> </s> <pad>",
)
PICTURES = noise_pictures(5)
TOLERANCE = 1e-5


def in_batches(
    encoder: Any, inputs: Sequence[Input], budget: int, modality: Modality = Modality.TEXT
) -> np.ndarray:
    out = np.full((len(inputs), encoder.dimension), np.nan, dtype=np.float32)
    options = EncodeOptions(modality=modality)
    n_pictures = min(budget, MOST_PICTURES)
    settings = LoopSettings(budget, first_pictures=n_pictures, most_pictures=n_pictures)
    for batch in encode_rows(encoder, enumerate(inputs), options, settings=settings):
        out[batch.rows] = batch.vectors
    return out


def assert_batches_do_not_matter(
    encoder: Any, inputs: Sequence[Input], modality: Modality = Modality.TEXT
) -> None:
    alone, together = (in_batches(encoder, inputs, n, modality) for n in (1, 100_000))
    np.testing.assert_allclose(together, alone, atol=TOLERANCE)


@pytest.mark.parametrize("kind", ["mpnet", "xlm-roberta", "modernbert", "llama", "qwen3"])
def test_a_plain_text_model_gives_the_librarys_vectors(tmp_path: Path, kind: str) -> None:
    encoder = encoder_at(write_text_model(tmp_path / kind, kind))
    library = SentenceTransformer(str(tmp_path / kind), device="cpu")
    assert encoder.record.pooling == ("lasttoken" if kind in {"llama", "qwen3"} else "mean")
    theirs = library.encode(list(TEXTS), normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS, role=Role.DOCUMENT), theirs, atol=TOLERANCE)
    assert_batches_do_not_matter(encoder, TEXTS)


def test_a_dense_layer_and_a_shorter_dimension_count(tmp_path: Path) -> None:
    folder = add_dense(write_sentence_bert(tmp_path / "dense", truncate_dim=8), 20)
    encoder = encoder_at(folder)
    library = SentenceTransformer(str(folder), device="cpu")
    assert encoder.record.dimension == encoder.dimension == 8
    theirs = library.encode(list(TEXTS), normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS, role=Role.DOCUMENT), theirs, atol=TOLERANCE)


def test_a_router_sends_queries_and_documents_their_own_way(tmp_path: Path) -> None:
    encoder = encoder_at(write_router(tmp_path / "router"))
    library = SentenceTransformer(str(tmp_path / "router"), device="cpu")
    texts = [text for text in TEXTS if text]
    ours = [encoder.encode(texts, role=role) for role in (Role.QUERY, Role.DOCUMENT)]
    queries = library.encode_query(texts, normalize_embeddings=True)
    documents = library.encode_document(texts, normalize_embeddings=True)
    np.testing.assert_allclose(ours[0], queries, atol=TOLERANCE)
    np.testing.assert_allclose(ours[1], documents, atol=TOLERANCE)
    assert np.abs(ours[0] - ours[1]).max() > 0.1


def assert_own_features(encoder: Any, model: Any, processor: Any, **reading: Any) -> None:
    """Both towers give what the model itself gives for the same inputs, in any batch."""
    with torch.no_grad():
        read = processor(text=list(TEXTS), return_tensors="pt", truncation=True, **reading)
        texts = model.get_text_features(**read).pooler_output
        seen = model.get_image_features(
            **processor(images=PICTURES, return_tensors="pt")
        ).pooler_output
    inputs = [Picture(picture) for picture in PICTURES]
    ours = encoder.encode_pictures(inputs, role=Role.DOCUMENT)
    np.testing.assert_allclose(encoder.encode(TEXTS, role=Role.QUERY), unit(texts), atol=TOLERANCE)
    np.testing.assert_allclose(ours, unit(seen), atol=TOLERANCE)
    assert_batches_do_not_matter(encoder, TEXTS)
    assert_batches_do_not_matter(encoder, inputs, Modality.IMAGE)


def test_an_old_folder_of_clip_gives_its_models_own_features(tmp_path: Path) -> None:
    folder = write_old_clip(tmp_path / "clip")
    encoder = encoder_at(folder)
    record = encoder.record
    assert (record.kind, record.modalities) == ("sentence-transformers", ("text", "image"))
    assert (record.max_length, encoder.max_length) == (32, 32)
    assert (record.dimension, encoder.dimension, record.pooling) == (24, 24, "")
    assert encoder.uses_raw_tokenizer
    model = transformers.CLIPModel.from_pretrained(folder / "0_CLIPModel").eval()
    processor = transformers.CLIPProcessor.from_pretrained(folder / "0_CLIPModel")
    assert_own_features(encoder, model, processor, padding=True)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_two_towers_give_their_models_own_features(tmp_path: Path, kind: str) -> None:
    folder = write_two_towers(tmp_path / kind, kind)
    encoder = encoder_at(folder)
    assert encoder.record.modalities == ("text", "image")
    assert encoder.dimension == encoder.record.dimension
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.AutoProcessor.from_pretrained(folder)
    # SigLIP was trained on texts filled up to its full length, and its makers say so.
    padding = "max_length" if kind == "siglip" else True
    assert_own_features(encoder, model, processor, padding=padding, max_length=32)
    with pytest.raises(EncoderError, match=r"cannot read image\+text"):
        encoder.encode_pictures([Picture(PICTURES[0], "with words")], role=Role.QUERY)


def last_hidden_state(model: Any, processor: Any, content: list[Any], system: str) -> np.ndarray:
    messages = [{"role": "user", "content": content}]
    if system:
        messages.insert(0, {"role": "system", "content": [{"type": "text", "text": system}]})
    read = processor.apply_chat_template(
        [messages], tokenize=True, return_dict=True, return_tensors="pt"
    )
    with torch.no_grad():
        return unit(model(**read).last_hidden_state[0, -1])


@pytest.mark.parametrize("kind", ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"])
def test_a_seeing_language_model_gives_its_last_hidden_state(tmp_path: Path, kind: str) -> None:
    folder = write_seeing_model(tmp_path / kind, kind)
    encoder = encoder_at(folder)
    assert encoder.record.pooling == "lasttoken"
    assert encoder.record.modalities == ("text", "image", "image+text")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.AutoProcessor.from_pretrained(folder)
    texts = [text[:200] for text in TEXTS if "image_pad" not in text]
    pictures = noise_pictures(4)
    captions = ["a cat", "", "photo.png", "🙂"]

    def theirs(contents: list[list[Any]], system: str = "") -> np.ndarray:
        return np.stack([last_hidden_state(model, processor, item, system) for item in contents])

    said = [{"type": "text", "text": text} for text in texts]
    shown: list[Any] = [{"type": "image", "image": picture} for picture in pictures]
    ours = encoder.encode(texts, role=Role.QUERY, prompt="Sum it up.")
    expected = theirs([[item] for item in said], "Sum it up.")
    np.testing.assert_allclose(ours, expected, atol=TOLERANCE)
    inputs = [Picture(picture) for picture in pictures]
    ours = encoder.encode_pictures(inputs, role=Role.DOCUMENT)
    np.testing.assert_allclose(ours, theirs([[item] for item in shown]), atol=TOLERANCE)
    both = [Picture(picture, text) for picture, text in zip(pictures, captions, strict=True)]
    contents = [
        [item, {"type": "text", "text": text}] for item, text in zip(shown, captions, strict=True)
    ]
    ours = encoder.encode_pictures(both, role=Role.DOCUMENT)
    np.testing.assert_allclose(ours, theirs(contents), atol=TOLERANCE)
    assert_batches_do_not_matter(encoder, texts)
    assert_batches_do_not_matter(encoder, both, Modality.IMAGE_TEXT)


def test_a_text_cannot_pretend_to_be_a_picture(tmp_path: Path) -> None:
    encoder = encoder_at(write_seeing_model(tmp_path / "vl", "qwen2_vl"))
    texts = ["<|image_pad|>", "<|vision_start|><|image_pad|><|vision_end|> <|video_pad|>"]
    assert np.isfinite(encoder.encode(texts, role=Role.QUERY)).all()


def test_a_text_that_names_a_picture_is_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = encoder_at(write_two_towers(tmp_path / "clip", "clip"))
    noise_pictures(1)[0].save(tmp_path / "there.png")
    monkeypatch.chdir(tmp_path)
    from PIL import Image

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a picture was opened")

    monkeypatch.setattr(Image, "open", refuse)
    names = ["there.png", str(tmp_path / "there.png"), f"file://{tmp_path}/there.png"]
    vectors = encoder.encode(names, role=Role.QUERY)
    assert len({vector.tobytes() for vector in vectors}) == 3


def test_an_encoder_of_texts_says_that_it_takes_no_pictures(tmp_path: Path) -> None:
    encoder = encoder_at(write_bert(tmp_path / "bert"))
    with pytest.raises(EncoderError, match="takes no pictures"):
        encoder.encode_pictures([Picture(noise_pictures(1)[0])], role=Role.QUERY)
