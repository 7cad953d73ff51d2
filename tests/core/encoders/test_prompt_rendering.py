"""Vectors of inputs with a prompt around them: what is pooled, what is cut, what never matters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from encoder_making import write_sentence_bert
from transformer_making import (
    add_dense,
    encoder_at,
    noise_pictures,
    unit,
    write_chat_model,
    write_router,
    write_seeing_model,
    write_text_model,
)

from embedding_lab.contracts import Turn
from embedding_lab.embedding_prompts.presets import PRESETS
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Picture, Rendering
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.torch_rendering import pooled
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("unloaded")

TURN = Turn("One word.", "\nIn one word.")
TEXTS = (
    "cat",
    "",
    "a longer text about nothing",
    "👩‍👩‍👧 🙂",
    "<|im_end|></s> tricks",
    "/etc/passwd",
)
TOLERANCE = 1e-5


def encoded(encoder: Any, inputs: Sequence[Any], budget: int = 100_000, **options: Any) -> Any:
    chosen = EncodeOptions(**({"rendering": Rendering(TURN)} | options))
    out = np.full((len(inputs), encoder.dimension), np.nan, dtype=np.float32)
    for batch in encode_rows(
        encoder, enumerate(inputs), chosen, settings=LoopSettings(token_budget=budget)
    ):
        out[batch.rows] = batch.vectors
    return out


def chat_ml(content: str) -> str:
    return (
        f"<|im_start|>system\nOne word.<|im_end|>\n<|im_start|>user\n{content}\nIn one word."
        "<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("layer", [-1, 0, 1, -2])
def test_the_vector_is_the_state_at_the_last_token_of_the_prompt(
    tmp_path: Path, layer: int
) -> None:
    folder = write_chat_model(tmp_path / "chat")
    encoder = encoder_at(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    ids = tokenizer("<s>" + chat_ml("cat"), add_special_tokens=False, return_tensors="pt")
    with torch.no_grad():
        states = model(**ids, output_hidden_states=True).hidden_states
    for pooling, expected in (("last", states[layer][:, -1]), ("mean", states[layer].mean(dim=1))):
        ours = encoded(encoder, ["cat"], rendering=Rendering(TURN, pooling, layer))
        np.testing.assert_allclose(ours, unit(expected), atol=TOLERANCE)


def test_an_end_of_text_token_is_put_behind_the_prompt_to_be_pooled(tmp_path: Path) -> None:
    folder = write_chat_model(tmp_path / "chat")
    encoder = encoder_at(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    whole = "<s>" + chat_ml("cat") + "</s>"
    ids = tokenizer(whole, add_special_tokens=False, return_tensors="pt")
    with torch.no_grad():
        expected = model(**ids).last_hidden_state[:, -1]
    ours = encoded(encoder, ["cat"], rendering=Rendering(TURN, "eos"))
    np.testing.assert_allclose(ours, unit(expected), atol=TOLERANCE)


@pytest.mark.parametrize("kind", ["llama", "qwen2_vl"])
@pytest.mark.parametrize("pooling", ["last", "mean", "eos"])
def test_padding_on_the_left_and_on_the_right_give_the_same(
    tmp_path: Path, kind: str, pooling: str
) -> None:
    folder = tmp_path / kind
    encoder = encoder_at(
        write_chat_model(folder) if kind == "llama" else write_seeing_model(folder, kind)
    )
    rendering = Rendering(TURN, pooling)
    items = encoder.prepare_rendered(["cat"], EncodeOptions(rendering=rendering))
    bare = encoder.reader.features(items, rendering)
    zeros, ones = torch.zeros((1, 3), dtype=torch.long), torch.ones((1, 3), dtype=torch.long)
    mask = bare["attention_mask"]
    found = []
    for sides in ((), (0,), (1,)):
        features = dict(bare)
        for side in sides:
            padding = (zeros + 5, bare["input_ids"])
            features["input_ids"] = torch.cat(padding if side == 0 else padding[::-1], dim=1)
            masks = (zeros, mask)
            features["attention_mask"] = torch.cat(masks if side == 0 else masks[::-1], dim=1)
        with torch.inference_mode():
            found.append(unit(encoder.reader.vectors(features, rendering)))
    assert ones.sum() == 3
    np.testing.assert_allclose(found[1], found[0], atol=TOLERANCE)
    np.testing.assert_allclose(found[2], found[0], atol=TOLERANCE)


def test_each_row_is_pooled_at_its_own_last_token() -> None:
    hidden = torch.arange(24.0).reshape(2, 4, 3)
    right = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]])
    assert torch.equal(pooled(hidden, right, "last"), torch.stack([hidden[0, 1], hidden[1, 3]]))
    left = torch.tensor([[0, 0, 1, 1], [0, 1, 1, 1]])
    assert torch.equal(pooled(hidden, left, "last"), hidden[:, 3])
    assert torch.equal(pooled(hidden, left, "mean")[0], hidden[0, 2:].mean(dim=0))


@pytest.mark.parametrize("kind", ["llama", "qwen2_vl", "qwen2_5_vl", "qwen3_vl"])
def test_what_else_is_in_a_batch_does_not_matter(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / kind
    encoder = encoder_at(
        write_chat_model(folder) if kind == "llama" else write_seeing_model(folder, kind)
    )
    together, alone = encoded(encoder, TEXTS), encoded(encoder, TEXTS, budget=1)
    np.testing.assert_allclose(together, alone, atol=TOLERANCE)
    assert np.isfinite(together).all()
    if kind != "llama":
        pictures = [
            Picture(image, text) for image, text in zip(noise_pictures(3), TEXTS, strict=False)
        ]
        options = {"modality": Modality.IMAGE_TEXT}
        together = encoded(encoder, pictures, **options)
        alone = encoded(encoder, pictures, budget=1, **options)
        np.testing.assert_allclose(together, alone, atol=TOLERANCE)


def test_a_picture_is_read_as_the_model_reads_it(tmp_path: Path) -> None:
    folder = write_seeing_model(tmp_path / "qwen2_vl", "qwen2_vl")
    encoder = encoder_at(folder)
    picture = noise_pictures(1)[0]
    prompt = PRESETS["hierarchical"].turn(Role.QUERY, Modality.IMAGE)
    options = {"modality": Modality.IMAGE, "rendering": Rendering(prompt)}
    ours = encoded(encoder, [Picture(picture)], **options)
    model, processor = encoder.model[0].model, encoder.model[0].processor
    text = (
        f"<|im_start|>system\n{prompt.system}<|im_end|>\n<|im_start|>user\n<|image_pad|>\n"
        "Represent the given text/image in one word.<|im_end|>\n<|im_start|>assistant\n"
    )
    read = processor(text=[text], images=[[picture]], return_tensors="pt")
    with torch.no_grad():
        expected = model(**read).last_hidden_state[:, -1]
    np.testing.assert_allclose(ours, unit(expected), atol=TOLERANCE)
    words = encoded(encoder, [Picture(picture, "<|image_pad|> " * 3)], **options)
    assert np.abs(words - ours).max() > 1e-4


def test_a_text_that_is_too_long_keeps_the_end_of_its_prompt(tmp_path: Path) -> None:
    encoder = encoder_at(write_chat_model(tmp_path / "chat", length=120))
    rendering = Rendering(TURN)
    tokenizer = encoder.reader.tokenizer
    for text in ("word " * 200, "é" * 500, "🙂" * 90):
        fitted = tokenizer.fitted(text, rendering)
        assert fitted.text == chat_ml(fitted.content)
        assert text.startswith(fitted.content)
        assert fitted.n_cut == len(text) - len(fitted.content) > 0
        assert 120 - 4 < len(fitted.ids) <= 120
        assert fitted.ids[0] == 1
    item = encoder.prepare_rendered(["word " * 200], EncodeOptions(rendering=rendering))[0]
    assert item.is_truncated
    assert not encoder.prepare_rendered(["cat"], EncodeOptions(rendering=rendering))[0].is_truncated
    with pytest.raises(
        EncoderError, match=r"The prompt alone takes 1\d\d tokens, but chat takes only"
    ):
        tokenizer.fitted("cat", Rendering(Turn("One word. " * 10, "\nIn one word.")))


def test_a_text_beside_a_picture_is_cut_and_not_the_picture(tmp_path: Path) -> None:
    folder = write_seeing_model(tmp_path / "qwen2_vl", "qwen2_vl")
    encoder = pool.load(replace(describe_folder(folder), max_length=150))
    options = EncodeOptions(modality=Modality.IMAGE_TEXT, rendering=Rendering(TURN))
    item = encoder.prepare_rendered([Picture(noise_pictures(1)[0], "word " * 100)], options)[0]
    assert item.is_truncated
    read = encoder.reader.features([item], options.rendering)
    assert 146 < int(read["attention_mask"].sum()) == item.n_tokens <= 150
    assert item.picture.text.endswith("\nIn one word.<|im_end|>\n<|im_start|>assistant\n")


def test_names_of_special_tokens_in_a_text_are_only_letters(tmp_path: Path) -> None:
    encoder = encoder_at(write_chat_model(tmp_path / "chat"))
    special = {3, 4, 2, 1, 0}
    count = [
        sum(
            number in special
            for number in encoder.reader.tokenizer.fitted(text, Rendering(TURN)).ids
        )
        for text in ("cat", "<|im_end|></s><pad>")
    ]
    assert count[0] == count[1]


def test_a_system_text_of_the_tokenizers_own_is_left_out(tmp_path: Path) -> None:
    template = (
        "{% if messages[0]['role'] != 'system' %}[SYS]You are helpful.[/SYS]{% endif %}"
        "{% for m in messages %}{% if m['role'] == 'system' %}[SYS]{{ m['content'] }}[/SYS]"
        "{% else %}[U]{{ m['content'] | trim }}[/U]{% endif %}{% endfor %}[A]"
    )
    encoder = encoder_at(write_chat_model(tmp_path / "chat", template=template))
    fitted = encoder.reader.tokenizer.fitted(" cat", Rendering(Turn("S", "!")))
    assert fitted.text == "[SYS]S[/SYS][U] cat![/U][A]"
    assert (
        encoder.reader.tokenizer.fitted("cat", Rendering(Turn())).text == "[SYS][/SYS][U]cat[/U][A]"
    )


def test_an_encoder_without_a_chat_form_reads_the_texts_around_its_own(tmp_path: Path) -> None:
    encoder = encoder_at(write_sentence_bert(tmp_path / "bert"))
    ours = encoded(encoder, ["cat", "dog"])
    theirs = encoder.encode(
        ["One word.\ncat\nIn one word.", "One word.\ndog\nIn one word."], role=Role.DOCUMENT
    )
    np.testing.assert_allclose(ours, theirs, atol=TOLERANCE)
    long = encoded(encoder, ["cat " * 500, "cat " * 600])
    np.testing.assert_allclose(long[0], long[1], atol=TOLERANCE)
    without = encoded(encoder, ["cat " * 500], rendering=Rendering(Turn("One word.")))
    assert np.abs(long[0] - without[0]).max() > 1e-3
    with pytest.raises(EncoderError, match="prompt alone is longer"):
        encoded(encoder, ["cat"], rendering=Rendering(Turn("word " * 900, " end")))


def test_a_layer_of_an_encoder_without_a_chat_form_is_pooled_between_its_own_tokens(
    tmp_path: Path,
) -> None:
    folder = write_text_model(tmp_path / "roberta", "roberta")
    encoder = encoder_at(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        states = model(**tokenizer("cat", return_tensors="pt"), output_hidden_states=True)
    ours = encoded(encoder, ["cat"], rendering=Rendering(Turn(), "mean", 1))
    expected = unit(states.hidden_states[1].mean(dim=1))
    np.testing.assert_allclose(ours, expected, atol=TOLERANCE)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    encoder = encoder_at(write_chat_model(tmp_path / "chat"))
    with pytest.raises(EncoderError, match="has no layer 9"):
        encoded(encoder, ["cat"], rendering=Rendering(TURN, layer=9))
    with pytest.raises(UsageError, match="no pooling max"):
        encoded(encoder, ["cat"], rendering=Rendering(TURN, "max"))
    dense = encoder_at(add_dense(write_sentence_bert(tmp_path / "dense"), 20))
    with pytest.raises(EncoderError, match="has a layer behind its language model"):
        encoded(dense, ["cat"], rendering=Rendering(TURN, "mean"))
    router = encoder_at(write_router(tmp_path / "router"))
    with pytest.raises(EncoderError, match="takes no prompts around inputs"):
        encoded(router, ["cat"], rendering=Rendering(TURN, "mean"))
    with pytest.raises(ValueError, match="leave prompt empty"):
        EncodeOptions(prompt="query: ", rendering=Rendering(TURN))


def test_every_part_of_a_rendering_is_in_the_fingerprint(tmp_path: Path) -> None:
    record = describe_folder(write_chat_model(tmp_path / "chat"))
    base = Rendering(TURN)
    changed = [
        base,
        replace(base, turn=Turn("One word.")),
        replace(base, turn=Turn("", "\nIn one word.")),
        replace(base, pooling="mean"),
        replace(base, layer=1),
    ]
    marks = {fingerprint(record, rendering=item.to_record()) for item in changed}
    assert len(marks | {fingerprint(record)}) == 6
