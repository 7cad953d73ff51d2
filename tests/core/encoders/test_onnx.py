"""ONNX encoders: what their files tell, and vectors equal to those of what they were made from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from encoder_making import write_bert
from onnx_making import write_onnx, write_onnx_pictures
from PIL import Image
from transformer_making import noise_pictures, write_text_model

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Picture
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.onnx_session import pooled
from embedding_lab.encoders.pixels import PixelSettings, pixels_of
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace

TEXTS = ("two plain words", "", "a" * 5000, "🙂 مرحبا", "photo.png", "https://example.org/x.png")
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A random BERT, and the same as an ONNX file that gives token vectors."""
    folder = tmp_path_factory.mktemp("onnx")
    source = write_bert(folder / "bert")
    return source, write_onnx(source, folder / "exported")


def encode(path: Path, texts: tuple[str, ...] = TEXTS) -> np.ndarray:
    return pool.load(describe_folder(path)).encode(texts, role=Role.DOCUMENT)


def test_it_gives_the_vectors_of_the_model_it_was_exported_from(bert: tuple[Path, Path]) -> None:
    record = describe_folder(bert[1])
    assert (record.kind, record.engine, record.dimension) == ("onnx", "onnx", 32)
    assert (record.max_length, record.pooling, record.name) == (64, "mean", "exported")
    assert any("mean is assumed" in warning for warning in record.warnings)
    np.testing.assert_allclose(encode(bert[1]), encode(bert[0]), atol=TOLERANCE)


def test_a_file_that_pools_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    source = write_text_model(tmp_path / "mpnet", "mpnet")
    folder = write_onnx(source, tmp_path / "exported", is_pooled=True)
    assert describe_folder(folder).pooling == ""
    np.testing.assert_allclose(encode(folder), encode(source), atol=TOLERANCE)


@pytest.mark.parametrize("pooling", ["cls", "lasttoken", "max", "weightedmean"])
def test_pooling_can_be_chosen_and_equals_the_librarys(
    workspace: Workspace, bert: tuple[Path, Path], pooling: str
) -> None:
    store = EncoderStore(workspace)
    ours, theirs = (
        pool.load(store.add(folder, name, pooling=pooling)).encode(TEXTS, role=Role.DOCUMENT)
        for folder, name in ((bert[1], "fast"), (bert[0], "full"))
    )
    np.testing.assert_allclose(ours, theirs, atol=TOLERANCE)


def test_batches_do_not_matter(bert: tuple[Path, Path]) -> None:
    encoder = pool.load(describe_folder(bert[1]))
    found = []
    for budget in (1, 100_000):
        out = np.zeros((len(TEXTS), encoder.dimension), dtype=np.float32)
        settings = LoopSettings(token_budget=budget)
        for batch in encode_rows(encoder, enumerate(TEXTS), EncodeOptions(), settings=settings):
            out[batch.rows] = batch.vectors
        found.append(out)
    np.testing.assert_allclose(*found, atol=TOLERANCE)


def test_mean_sqrt_pooling_is_the_sum_over_the_root_of_the_length() -> None:
    vectors = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    mask = np.array([[1, 1, 1, 0]])
    expected = vectors[0, :3].sum(axis=0) / np.sqrt(3)
    np.testing.assert_allclose(pooled(vectors, mask, "mean_sqrt_len_tokens")[0], expected)


def test_the_file_itself_can_be_opened_in_a_folder_with_other_weights(
    tmp_path: Path, bert: tuple[Path, Path]
) -> None:
    shutil.copytree(bert[0], tmp_path / "both")
    (tmp_path / "both" / "onnx").mkdir()
    file = tmp_path / "both" / "onnx" / "model_small.onnx"
    shutil.copy(bert[1] / "model.onnx", file)
    assert describe_folder(tmp_path / "both").kind == "transformers"
    record = describe_folder(file)
    assert (record.kind, record.name, record.model_file) == (
        "onnx", "model_small", "onnx/model_small.onnx",
    )  # fmt: skip
    np.testing.assert_allclose(encode(file), encode(bert[0]), atol=TOLERANCE)


def test_it_needs_no_torch(tmp_path: Path, bert: tuple[Path, Path]) -> None:
    program = (
        "import sys; from pathlib import Path; from embedding_lab.encoders import pool; "
        "from embedding_lab.encoders.describe import describe_folder; "
        "from embedding_lab.types import Role; "
        f"encoder = pool.load(describe_folder(Path({str(bert[1])!r}))); "
        "print(encoder.encode(['x'], role=Role.QUERY).shape, "
        "[name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "(1, 32) []", done.stderr


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda f: (f / "tokenizer.json").unlink(), r"no tokenizer\.json beside the ONNX file"),
        (lambda f: (f / "model.onnx").write_bytes(b"no model"), "cannot be loaded"),
        (lambda f: (f / "model.onnx").write_bytes(b""), "cannot be loaded"),
        (
            lambda f: (
                (f / "model.onnx").rename(f / "a.onnx") and shutil.copy(f / "a.onnx", f / "b.onnx")
            ),
            r"several ONNX files: a\.onnx, b\.onnx",
        ),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(
    tmp_path: Path, bert: tuple[Path, Path], spoil: Any, sentence: str
) -> None:
    folder = tmp_path / "spoiled"
    shutil.copytree(bert[1], folder)
    spoil(folder)
    with pytest.raises(EncoderError, match=sentence):
        describe_folder(folder)


# Real files


def test_a_quantized_file_gives_one_text_one_vector(test_data: Path) -> None:
    folder = test_data / "models" / "all-minilm-l6-v2-onnx-int8"
    record = describe_folder(folder)
    assert record.dimension == 384
    assert any("computed alone" in warning for warning in record.warnings)
    encoder = pool.load(record)
    texts = ["A cat sleeps.", "Stock markets fell sharply on Monday after the announcement.", ""]
    together = encoder.encode(texts, role=Role.DOCUMENT)
    alone = np.concatenate([encoder.encode([text], role=Role.DOCUMENT) for text in texts])
    np.testing.assert_array_equal(together, alone)
    # The reference: the runtime itself on the library's own tokens.
    import onnxruntime
    from transformers import AutoTokenizer

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for text, ours in zip(texts, alone, strict=True):
        read = dict(tokenizer([text], return_tensors="np", padding=False, truncation=False))
        feed = {name: read[name].astype(np.int64) for name in read}
        feed.setdefault("token_type_ids", np.zeros_like(feed["input_ids"]))
        (theirs,) = session.run(["sentence_embedding"], feed)
        np.testing.assert_allclose(ours, theirs[0], atol=TOLERANCE)


def test_pixels_are_those_of_the_librarys_own_processor(test_data: Path) -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    path = test_data / "models" / "mobilenet-v2-imagenet" / "preprocessor_config.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    library = CLIPImageProcessorPil(
        **{name: value for name, value in said.items() if name not in {"note", "image_layout"}}
    )
    settings = PixelSettings.from_json(said, (224, 224))
    photos = [
        Image.open(p).convert("RGB")
        for p in sorted((test_data / "data").glob("sample-photos/**/*.jpg"))[:4]
    ]
    for image in [*noise_pictures(3, 300), *photos, Image.new("RGB", (3, 900), "red")]:
        theirs = library(images=image, return_tensors="np")["pixel_values"][0]
        np.testing.assert_allclose(pixels_of(image, settings), theirs, atol=1e-5)


def test_a_picture_encoder_and_an_encoder_of_texts_make_one_space(
    workspace: Workspace, test_data: Path
) -> None:
    """Zero-shot classes of real photographs, as the folder's own README measured them (0.334)."""
    store = EncoderStore(workspace)
    store.add(test_data / "models" / "all-minilm-l6-v2-onnx-int8", "texts")
    folder = test_data / "models" / "mobilenetv2-minilm-conse"
    record = store.add(folder, "pair", text_encoder="texts")
    assert record.modalities == ("text", "image")
    assert store.get("pair") == record
    encoder = pool.load(record)
    images = test_data / "data" / "cifar10-sample" / "images"
    names = sorted(path.name for path in images.iterdir())
    classes = encoder.encode([f"a photo of a {name}" for name in names], role=Role.QUERY)
    n_right = n = 0
    for number, name in enumerate(names):
        pictures = [
            Picture(Image.open(path).convert("RGB"))
            for path in sorted((images / name).iterdir())[:20]
        ]
        vectors = encoder.encode_pictures(pictures, role=Role.DOCUMENT)
        n_right += int(((vectors @ classes.T).argmax(axis=1) == number).sum())
        n += len(pictures)
    assert n_right / n > 0.25


def test_a_pair_needs_vectors_of_one_length(workspace: Workspace, test_data: Path) -> None:
    store = EncoderStore(workspace)
    with pytest.raises(EncoderError, match="share no space"):
        store.add(test_data / "models" / "mobilenet-v2-imagenet", "x", text_encoder="starter")
    with pytest.raises(UsageError, match="no encoder named"):
        store.add(test_data / "models" / "mobilenet-v2-imagenet", "x", text_encoder="nothing")


def test_a_picture_encoder_alone_says_that_it_reads_no_texts(test_data: Path) -> None:
    encoder = pool.load(describe_folder(test_data / "models" / "mobilenet-v1-embedding"))
    assert encoder.dimension == 1024
    with pytest.raises(EncoderError, match="takes pictures only"):
        encoder.encode(["a cat"], role=Role.QUERY)
    vectors = encoder.encode_pictures(
        [Picture(picture) for picture in noise_pictures(3)], role=Role.DOCUMENT
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_picture_batches_that_grow_do_not_change_vectors(tmp_path: Path) -> None:
    folder = write_onnx_pictures(tmp_path / "seeing")
    encoder = pool.load(describe_folder(folder))
    inputs = [Picture(picture) for picture in noise_pictures(40)]
    alone = np.concatenate([encoder.encode_pictures([item], role=Role.DOCUMENT) for item in inputs])
    options = EncodeOptions(modality=Modality.IMAGE)
    sizes = set()
    for batch in encode_rows(encoder, enumerate(inputs), options):
        sizes.add(len(batch.rows))
        np.testing.assert_allclose(batch.vectors, alone[batch.rows], atol=TOLERANCE)
    assert {8, 16} <= sizes


def test_a_quantized_file_of_pictures_gives_one_picture_one_vector(
    tmp_path: Path,
) -> None:
    folder = write_onnx_pictures(tmp_path / "seeing", is_quantized=True)
    encoder = pool.load(describe_folder(folder))
    bright = Image.new("RGB", (64, 64), "white")
    inputs = [Picture(picture) for picture in [*noise_pictures(3), bright]]
    alone = np.concatenate([encoder.encode_pictures([item], role=Role.DOCUMENT) for item in inputs])
    together = encoder.encode_pictures(inputs, role=Role.DOCUMENT)
    np.testing.assert_array_equal(together, alone)


def test_what_is_no_encoder_is_refused(test_data: Path) -> None:
    folder = test_data / "models" / "sequence-encoder-amazon-beauty"
    with pytest.raises(EncoderError, match="it takes item_seq, item_seq_len"):
        describe_folder(folder)
