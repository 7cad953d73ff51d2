"""Tiny encoders with program code of their own, which leaves a mark whenever it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from encoder_making import WIDTH, write_bert, write_json, write_sentence_bert, write_tokenizer
from safetensors.numpy import save_file

from embedding_lab.encoders import pool
from embedding_lab.encoders.consent import CodeConsentError
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.errors import EncoderError
from embedding_lab.types import Role

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord

CODE = ("configuration_own.py", "helper_own.py", "modeling_own.py")
TEXTS = ["two plain words", "", "a longer text about whales and sharks", "🙂"]
MARK = """
from pathlib import Path

with Path({mark!r}).open("a") as file:
    file.write(__name__ + "\\n")
"""
CONFIGURATION = """
from transformers import PretrainedConfig


class OwnConfig(PretrainedConfig):
    model_type = "own_kind"

    def __init__(self, hidden_size=32, vocab_size=1, **others):
        self.hidden_size = hidden_size
        self.vocab_size = vocab_size
        super().__init__(**others)
"""
MODEL = """
import torch
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from .configuration_own import OwnConfig
from .helper_own import FACTOR


class OwnModel(PreTrainedModel):
    config_class = OwnConfig

    def __init__(self, config):
        super().__init__(config)
        self.table = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **others):
        hidden = torch.tanh(self.table(input_ids).cumsum(dim=1) * FACTOR)
        return BaseModelOutput(last_hidden_state=hidden)
"""
REGISTERS = """
AutoConfig.register("own_kind", OwnConfig)
AutoModel.register(OwnConfig, OwnModel)
"""
SCALING = """
import torch
from sentence_transformers.base.modules import Module


class Scaling(Module):
    config_keys = ["powers"]

    def __init__(self, powers):
        super().__init__()
        self.powers = powers

    def forward(self, features, **others):
        vectors = features["sentence_embedding"]
        features["sentence_embedding"] = vectors.sign() * vectors.abs() ** self.powers
        return features

    def save(self, output_path, *args, **others):
        self.save_config(output_path)
"""


def write_own_architecture(
    folder: Path, mark: Path, factor: float = 0.5, *, registers: bool = False
) -> Path:
    """Write an encoder whose architecture is in its folder only; its code writes to ``mark``."""
    folder.mkdir(parents=True, exist_ok=True)
    n_tokens = write_tokenizer(folder)
    classes = {"AutoConfig": "configuration_own.OwnConfig", "AutoModel": "modeling_own.OwnModel"}
    settings = {"model_type": "own_kind", "hidden_size": WIDTH, "vocab_size": n_tokens}
    write_json(folder / "config.json", settings | {"auto_map": classes})
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    write_json(
        folder / "tokenizer_config.json",
        special | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64},
    )
    weights = np.random.default_rng(3).normal(size=(n_tokens, WIDTH)).astype(np.float32)
    save_file({"table.weight": weights}, folder / "model.safetensors", {"format": "pt"})
    begin = MARK.format(mark=str(mark))
    (folder / "configuration_own.py").write_text(begin + CONFIGURATION, encoding="utf-8")
    model = begin + MODEL + (REGISTERS if registers else "")
    (folder / "modeling_own.py").write_text(model, encoding="utf-8")
    (folder / "helper_own.py").write_text(f"{begin}\nFACTOR = {factor}\n", encoding="utf-8")
    return folder


def write_own_module(folder: Path, mark: Path) -> Path:
    """Write a sentence-transformers folder with a module of its own behind the pooling."""
    write_sentence_bert(folder)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    own = {"idx": 2, "name": "own", "path": "2_Scaling", "type": "scaling_own.Scaling"}
    write_json(folder / "modules.json", [*modules[:2], own])
    write_json(folder / "2_Scaling" / "config.json", {"powers": 0.5})
    code = MARK.format(mark=str(mark)) + SCALING
    (folder / "scaling_own.py").write_text(code, encoding="utf-8")
    return folder


def write_offered_code(folder: Path, mark: Path) -> Path:
    """Write an encoder of a known architecture whose folder offers code for it."""
    write_bert(folder)
    change_settings(folder, auto_map={"AutoModel": "modeling_own.OwnModel"})
    (folder / "modeling_own.py").write_text(MARK.format(mark=str(mark)), encoding="utf-8")
    return folder


def change_settings(folder: Path, **values: Any) -> None:
    """Change some entries of a folder's ``config.json``."""
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_json(folder / "config.json", settings | values)


def vectors_of(record: EncoderRecord) -> np.ndarray:
    """Return what an encoder makes of some texts."""
    return pool.load(record).encode(TEXTS, role=Role.DOCUMENT)


def library_vectors(folder: Path) -> np.ndarray:
    """Return what the library itself makes of them, running the folder's code."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, trust_remote_code=True
    )
    return model.encode(TEXTS, normalize_embeddings=True, convert_to_numpy=True)


def refusal(folder: Path) -> EncoderError:
    """Return why a folder is refused, whatever the user agrees to."""
    with pytest.raises(EncoderError) as caught:
        describe_folder(folder)
    assert caught.value.hint
    assert not isinstance(caught.value, CodeConsentError)
    return caught.value
