"""Tiny encoder folders for tests, written without loading an engine, and an encoder in NumPy."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file

from embedding_lab.embedding_prompts.chat_format import NO_CHAT
from embedding_lab.encoders.contract import DEFAULT_OPTIONS, TokenizedText
from embedding_lab.encoders.plain_rendering import prepare_plain
from embedding_lab.encoders.prompts import resolve_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.contract import EncodeOptions, Input, Prepared
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.types import Role

WIDTH = 32
MAX_LENGTH = 64
LAYERS = 2
SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_tokenizer(folder: Path, *, has_specials: bool = True) -> int:
    """Write a byte-level tokenizer, lossless on any text, and return its vocabulary's size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    if has_specials:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    return len(vocabulary)


def write_bert(folder: Path, seed: int = 0) -> Path:
    """Write a random two-layer BERT as a plain Hugging Face folder."""
    folder.mkdir(parents=True, exist_ok=True)
    n_tokens = write_tokenizer(folder)
    write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": 2,
            "intermediate_size": 2 * WIDTH,
            "max_position_embeddings": MAX_LENGTH,
            "vocab_size": n_tokens,
            "pad_token_id": 0,
        },
    )
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_LENGTH,
            "pad_token": "[PAD]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "unk_token": "[UNK]",
            "mask_token": "[MASK]",
        },
    )
    save_file(_bert_weights(n_tokens, seed), folder / "model.safetensors", {"format": "pt"})
    return folder


def write_sentence_bert(
    folder: Path,
    *,
    pooling: str = "mean",
    includes_prompt: bool = True,
    prompts: dict[str, str] | None = None,
    max_length: int | None = None,
    truncate_dim: int | None = None,
) -> Path:
    """Write the same BERT as a sentence-transformers folder."""
    write_bert(folder)
    base = "sentence_transformers.models"
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write_json(
        folder / "modules.json",
        [
            {"idx": number, "name": str(number), "path": path, "type": f"{base}.{kind}"}
            for number, (path, kind) in enumerate(modules)
        ],
    )
    write_json(
        folder / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": WIDTH,
            "pooling_mode": pooling,
            "include_prompt": includes_prompt,
        },
    )
    (folder / "2_Normalize").mkdir(exist_ok=True)
    settings: dict[str, Any] = {"prompts": prompts or {}, "similarity_fn_name": "cosine"}
    if truncate_dim:
        settings["truncate_dim"] = truncate_dim
    write_json(folder / "config_sentence_transformers.json", settings)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_length})
    return folder


def write_static(folder: Path, width: int = WIDTH) -> Path:
    """Write a static embedding: one vector per token, averaged."""
    folder.mkdir(parents=True, exist_ok=True)
    n_tokens = write_tokenizer(folder, has_specials=False)
    kind = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    write_json(folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": kind}])
    numbers = np.random.default_rng(1)
    weights = numbers.normal(size=(n_tokens, width)).astype(np.float32)
    save_file({"embedding.weight": weights}, folder / "model.safetensors")
    return folder


def _bert_weights(n_tokens: int, seed: int) -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (n_tokens, WIDTH),
        "embeddings.position_embeddings.weight": (MAX_LENGTH, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
        "pooler.dense.weight": (WIDTH, WIDTH),
        "pooler.dense.bias": (WIDTH,),
    }
    linears = {
        "attention.self.query": (WIDTH, WIDTH),
        "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH),
        "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (2 * WIDTH, WIDTH),
        "output.dense": (WIDTH, 2 * WIDTH),
    }
    for layer in range(LAYERS):
        start = f"encoder.layer.{layer}."
        for name, shape in linears.items():
            shapes[f"{start}{name}.weight"] = shape
            shapes[f"{start}{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{start}{name}.weight"] = (WIDTH,)
            shapes[f"{start}{name}.bias"] = (WIDTH,)
    return {
        name: np.ones(shape, np.float32)
        if name.endswith("LayerNorm.weight")
        else numbers.normal(0.0, 0.2, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


class HashEncoder:
    """An encoder in NumPy whose vectors depend on nothing but the text: tests need no engine."""

    def __init__(self, record: EncoderRecord) -> None:
        self.record = record
        self.dimension = record.dimension
        self.max_length = record.max_length
        self.batches: list[int] = []
        self.device = "cpu"

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        found = []
        for text in texts:
            words = (options.prompt + text).split()
            count = min(len(words), self.max_length) + 2
            found.append(TokenizedText(count, len(words) > self.max_length, text=text))
        return found

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        return prepare_plain(self, inputs, options)

    def rendering_note(self) -> str:
        return NO_CHAT

    def forward(
        self,
        batch: Sequence[TokenizedText],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> np.ndarray:
        self.batches.append(len(batch))
        vectors = np.stack([self._vector(options.prompt + item.text) for item in batch])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Role,
        prompt: str | None = None,
        prompt_name: str | None = None,
    ) -> np.ndarray:
        literal = resolve_prompt(self.record, prompt=prompt, prompt_name=prompt_name, role=role)
        return self.forward([TokenizedText(1, False, text=literal + text) for text in texts])

    def _vector(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
        return np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
