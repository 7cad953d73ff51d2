"""Vectors equal the library's, whatever the text, the batch and the architecture."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from encoder_making import write_bert, write_json, write_sentence_bert, write_static

from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.types import Precision, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.torch_text import TextEncoder

AWKWARD = {
    "empty": "",
    "whitespace": "  \n\t ",
    "emoji": "👩‍👩‍👧 🙂 ☃ flags 🇪🇺",
    "right to left": "مرحبا بالعالم שלום עולם",
    "combining": "e\u0301 Å ﬁ \u200b\ufeff",
    "nul": "before\x00after",
    "path": "/etc/passwd",
    "picture": "photo.png",
    "url": "https://example.org/photo.png",
    "data": "data:image/png;base64,AAAA",
    "special tokens": "[CLS] [MASK] [SEP] [PAD]",
    "long": "A hundred thousand characters. " * 3300,
    "one word": "x" * 100_000,
    "chinese": "自然语言处理" * 50,
}


def vectors_of(
    encoder: TextEncoder,
    texts: Sequence[str],
    *,
    budget: int = 1024,
    options: EncodeOptions | None = None,
) -> np.ndarray:
    out = np.full((len(texts), encoder.dimension), np.nan, dtype=np.float32)
    for batch in encode_rows(
        encoder,
        enumerate(texts),
        options or EncodeOptions(),
        settings=LoopSettings(token_budget=budget),
    ):
        out[batch.rows] = batch.vectors
    return out


def library_vectors(model: Any, texts: Sequence[str], **choices: Any) -> np.ndarray:
    return model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False, **choices)


def smallest_cosine(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.min(np.sum(ours.astype(np.float64) * theirs, axis=1)))


def real_texts(test_data: Path, n: int, n_abstracts: int) -> list[str]:
    """Return scientific abstracts, and short news for the rest."""
    with gzip.open(test_data / "data" / "scifact" / "corpus.jsonl.gz", "rt", encoding="utf-8") as f:
        abstracts = [json.loads(line) for line in islice(f, n_abstracts)]
    with (test_data / "data" / "ag-news" / "test.csv").open(encoding="utf-8", newline="") as file:
        news = [" ".join(row[1:]) for row in islice(csv.reader(file), n - n_abstracts)]
    return [f"{item['title']} {item['text']}" for item in abstracts] + news


def load(folder: Path, name: str = "x", **choices: Any) -> TextEncoder:
    from embedding_lab.encoders.torch_text import TextEncoder

    record = describe_folder(folder, name)
    return TextEncoder(type(record).from_record(record.to_record() | choices))


def library(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def test_real_texts_get_the_librarys_vectors(
    starter: TextEncoder, library_starter: Any, test_data: Path
) -> None:
    texts = real_texts(test_data, 200, 20)
    ours = vectors_of(starter, texts)
    assert ours.dtype == np.float32
    assert smallest_cosine(ours, library_vectors(library_starter, texts)) >= 0.99999
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_five_thousand_real_texts_get_the_librarys_vectors(
    starter: TextEncoder, library_starter: Any, test_data: Path
) -> None:
    texts = real_texts(test_data, 5000, 2500)
    assert len(texts) == 5000
    ours = vectors_of(starter, texts)
    assert smallest_cosine(ours, library_vectors(library_starter, texts)) >= 0.99999


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_budget_does_not_change_real_vectors(starter: TextEncoder, test_data: Path) -> None:
    texts = real_texts(test_data, 600, 100)
    reference = vectors_of(starter, texts, budget=1024)
    for budget in (64, 8192):
        np.testing.assert_allclose(vectors_of(starter, texts, budget=budget), reference, atol=1e-5)


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_text_gets_the_librarys_vector(
    starter: TextEncoder, library_starter: Any, name: str
) -> None:
    text = AWKWARD[name]
    ours = vectors_of(starter, [text])
    assert np.isfinite(ours).all()
    assert smallest_cosine(ours, library_vectors(library_starter, [{"text": text}])) >= 0.99999


@pytest.mark.parametrize("budget", [1, 64, 8192])
def test_companions_in_the_batch_do_not_change_a_vector(tiny: TextEncoder, budget: int) -> None:
    texts = [text[:1000] * repeat for text in AWKWARD.values() for repeat in (1, 2, 3)]
    alone = np.concatenate([vectors_of(tiny, [text]) for text in texts])
    np.testing.assert_allclose(vectors_of(tiny, texts, budget=budget), alone, atol=1e-5)
    reverse = vectors_of(tiny, texts[::-1], budget=budget)[::-1]
    np.testing.assert_allclose(reverse, alone, atol=1e-5)


def test_truncation_is_counted_as_the_tokenizer_says(tiny: TextEncoder) -> None:
    texts = ["a" * n for n in (0, 1, 61, 62, 63, 64, 1000)]
    items = tiny.tokenize(texts)
    assert [item.is_truncated for item in items] == [False] * 4 + [True] * 3
    assert [item.n_tokens for item in items] == [2, 3, 63, 64, 64, 64, 64]
    prompted = tiny.tokenize(texts, EncodeOptions(prompt="abc"))
    assert [item.is_truncated for item in prompted] == [False] * 2 + [True] * 5
    batches = list(encode_rows(tiny, enumerate(texts)))
    assert sum(batch.n_truncated for batch in batches) == 3


def test_no_text_is_ever_opened_as_a_file_or_address(starter: TextEncoder, tmp_path: Path) -> None:
    picture = tmp_path / "secret.png"
    picture.write_bytes(b"not a picture")
    texts = [
        str(picture),
        picture.as_uri(),
        "https://example.org/a.png",
        "data:image/png;base64,AA",
    ]
    touched: list[str] = []
    is_watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if is_watching and (event == "open" or event.startswith(("socket", "urllib"))):
            touched.append(f"{event} {arguments[:1]}")

    sys.addaudithook(watch)
    vectors_of(starter, texts)
    starter.encode(texts, role=Role.QUERY)
    is_watching = False
    assert [entry for entry in touched if "secret" in entry or not entry.startswith("open")] == []


def test_a_text_is_wrapped_for_encoders_that_also_read_pictures(
    tiny: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    original = tiny._model.preprocess

    def preprocess(inputs: Any, **choices: Any) -> Any:
        seen.extend(inputs)
        return original(inputs, **choices)

    monkeypatch.setattr(tiny._model, "preprocess", preprocess)
    monkeypatch.setattr(tiny, "_is_multimodal", True)
    monkeypatch.setattr(tiny, "_raw", None)
    tiny.encode(["https://example.org/a.png"], role=Role.QUERY)
    assert seen
    assert all(item == {"text": "https://example.org/a.png"} for item in seen)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "lasttoken", "weightedmean"])
@pytest.mark.parametrize("includes_prompt", [True, False])
def test_prompts_and_poolings_are_the_librarys(
    tmp_path: Path, pooling: str, includes_prompt: bool
) -> None:
    folder = write_sentence_bert(
        tmp_path / "bert", pooling=pooling, includes_prompt=includes_prompt
    )
    encoder = load(folder)
    assert encoder.uses_raw_tokenizer
    texts = ["short", "a somewhat longer text", "x" * 200]
    ours = vectors_of(encoder, texts, options=EncodeOptions(prompt="instruct: "))
    theirs = library_vectors(library(folder), texts, prompt="instruct: ")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_query_gets_the_query_prompt_and_a_document_the_passage_prompt(
    tiny: TextEncoder,
) -> None:
    def differs(a: np.ndarray, b: np.ndarray) -> bool:
        return bool(np.abs(a - b).max() > 1e-3)

    query = tiny.encode(["cell division"], role=Role.QUERY)
    np.testing.assert_allclose(query, vectors_of(tiny, ["query: cell division"]), atol=1e-5)
    passage = tiny.encode(["cell division"], role=Role.DOCUMENT)
    np.testing.assert_allclose(passage, vectors_of(tiny, ["passage: cell division"]), atol=1e-5)
    bare = tiny.encode(["cell division"], role=Role.QUERY, prompt="")
    assert differs(bare, query)
    assert differs(query, passage)
    with pytest.raises(UsageError, match="no prompt named pasage") as caught:
        tiny.encode(["x"], role=Role.QUERY, prompt_name="pasage")
    assert "passage" in caught.value.hint


def test_many_queries_keep_their_order(tiny: TextEncoder) -> None:
    texts = [f"query number {number}" * (number % 7) for number in range(50)]
    together = tiny.encode(texts, role=Role.QUERY)
    alone = np.concatenate([tiny.encode([text], role=Role.QUERY) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert tiny.encode([], role=Role.QUERY).shape == (0, tiny.dimension)


def test_a_plain_folder_pools_as_its_record_says(tmp_path: Path) -> None:
    plain = write_bert(tmp_path / "plain")
    texts = ["one text", "another, longer text"]
    mean = vectors_of(load(plain), texts)
    np.testing.assert_allclose(mean, library_vectors(library(plain), texts), atol=1e-5)
    cls = vectors_of(load(plain, pooling="cls"), texts)
    oracle = library(write_sentence_bert(tmp_path / "cls", pooling="cls"))
    np.testing.assert_allclose(cls, library_vectors(oracle, texts), atol=1e-5)


def test_a_shorter_maximum_length_is_kept_to(tmp_path: Path) -> None:
    encoder = load(write_bert(tmp_path / "plain"), max_length=16)
    assert encoder.max_length == 16
    assert encoder.tokenize(["x" * 40])[0].n_tokens == 16


def test_the_record_knows_the_limit_the_library_uses(tmp_path: Path) -> None:
    for number, limit in enumerate((None, 32)):
        folder = write_sentence_bert(tmp_path / str(number), max_length=limit)
        assert load(folder).max_length == library(folder).max_seq_length


def test_static_embeddings_go_through_the_library(tmp_path: Path) -> None:
    folder = write_static(tmp_path / "static")
    encoder = load(folder)
    assert not encoder.uses_raw_tokenizer
    texts = ["one", "two words", "and three more words"]
    assert [item.n_tokens for item in encoder.tokenize(texts)] == [len(text) for text in texts]
    np.testing.assert_allclose(
        vectors_of(encoder, texts, budget=8), library_vectors(library(folder), texts), atol=1e-5
    )


def test_a_real_static_encoder_gets_the_librarys_vectors(test_data: Path) -> None:
    folder = test_data / "models" / "static-minilm-256"
    texts = real_texts(test_data, 60, 30)
    ours = vectors_of(load(folder), texts)
    assert ours.shape[1] == 256
    # The file holds half precision; what we call fp32 is computed in single precision.
    oracle = library(folder).float()
    assert smallest_cosine(ours, library_vectors(oracle, texts)) >= 0.99999


def test_the_librarys_own_tokenization_gives_the_same_vectors_and_counts(tmp_path: Path) -> None:
    encoder = load(write_sentence_bert(tmp_path / "bert"))
    texts = ["", "short", "x" * 62, "x" * 63, "y" * 300]
    raw = encoder.tokenize(texts)
    vectors = vectors_of(encoder, texts)
    encoder._raw = None
    library_items = encoder.tokenize(texts)
    for ours, theirs in zip(raw, library_items, strict=True):
        assert (ours.n_tokens, ours.is_truncated) == (theirs.n_tokens, theirs.is_truncated)
    np.testing.assert_allclose(vectors_of(encoder, texts), vectors, atol=1e-5)


def test_shortened_vectors_are_normalized_after_shortening(tmp_path: Path) -> None:
    folder = write_sentence_bert(tmp_path / "short", truncate_dim=8)
    encoder = load(folder)
    ours = vectors_of(encoder, ["one text", "another"])
    assert ours.shape == (2, encoder.record.dimension) == (2, 8)
    theirs = library_vectors(library(folder), ["one text", "another"])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_bf16_stays_close_to_fp32(tiny: TextEncoder) -> None:
    texts = ["one text", "another, longer text", "x" * 80]
    exact = vectors_of(tiny, texts)
    rough = vectors_of(tiny, texts, options=EncodeOptions(precision=Precision.BF16))
    assert rough.dtype == np.float32
    assert 0.99 < smallest_cosine(rough, exact) < 1.0


def test_weights_that_do_not_fit_the_configuration_give_a_sentence(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "misfit")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"intermediate_size": 999})
    with pytest.raises(EncoderError, match="could not be loaded"):
        load(folder)
