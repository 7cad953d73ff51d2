"""Tiny random encoders of many architectures, made with the libraries themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from encoder_making import write_json, write_tokenizer
from PIL import Image
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.store import EncoderStore

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.workspace import Workspace

WIDTH = 32
TEXT_LENGTH = 48
SMALL = {
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
SEEING_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in c %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}"
)


def byte_tokenizer(specials: tuple[str, ...], **settings: Any) -> Any:
    """Return a tokenizer of bytes, lossless on any text, beginning and ending texts as asked."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*specials, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in specials])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    if "bos_token" in settings:
        start, end = settings["bos_token"], settings["eos_token"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{start} $A {end}",
            special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
        )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **settings)


def text_tokenizer(length: int = TEXT_LENGTH) -> Any:
    return byte_tokenizer(
        ("<pad>", "<s>", "</s>"),
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=length,
    )


def write_text_model(folder: Path, kind: str) -> Path:
    """Write a random text model of one architecture as a plain Hugging Face folder."""
    tokenizer = text_tokenizer()
    size = SMALL | {"vocab_size": len(tokenizer), "pad_token_id": 0}
    config, model = {
        "mpnet": (transformers.MPNetConfig, transformers.MPNetModel),
        "roberta": (transformers.RobertaConfig, transformers.RobertaModel),
        "distilbert": (transformers.DistilBertConfig, transformers.DistilBertModel),
        "t5": (transformers.T5Config, transformers.T5EncoderModel),
        "xlm-roberta": (transformers.XLMRobertaConfig, transformers.XLMRobertaModel),
        "modernbert": (transformers.ModernBertConfig, transformers.ModernBertModel),
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
    }[kind]
    extra: dict[str, Any] = {"bos_token_id": 1, "eos_token_id": 2}
    if kind == "distilbert":
        extra |= {
            "dim": WIDTH,
            "hidden_dim": 64,
            "n_layers": SMALL["num_hidden_layers"],
            "n_heads": 4,
        }
    if kind == "t5":
        extra |= {"d_model": WIDTH, "d_kv": 8, "d_ff": 64, "num_heads": 4}
        extra["num_layers"] = SMALL["num_hidden_layers"]
    if kind in {"llama", "qwen3"}:
        extra |= {"num_key_value_heads": 2, "head_dim": 8}
    if kind == "modernbert":
        extra |= {"cls_token_id": 1, "sep_token_id": 2}
    return _save(folder, model, config(**size, **extra), tokenizer)


def write_chat_model(folder: Path, template: str = TEMPLATE, length: int = 512) -> Path:
    """Write a random Llama with a chat template, whose tokenizer begins and ends every text."""
    tokenizer = byte_tokenizer(
        ("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"),
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=length,
    )
    tokenizer.chat_template = template
    size = SMALL | {"vocab_size": len(tokenizer), "max_position_embeddings": length}
    size |= {"num_key_value_heads": 2, "head_dim": 8, "bos_token_id": 1, "eos_token_id": 2}
    config = transformers.LlamaConfig(**size, pad_token_id=0)
    return _save(folder, transformers.LlamaForCausalLM, config, tokenizer)


def add_chat_encoder(workspace: Workspace, folder: Path) -> EncoderRecord:
    """Add such a Llama, which is written to the folder, as ``chat``."""
    return EncoderStore(workspace).add(write_chat_model(folder / "chat"), "chat")


def _save(folder: Path, model: Any, config: Any, *parts: Any) -> Path:
    torch.manual_seed(0)
    made = model(config).eval()
    # Random weights of the usual size give nearly equal vectors for all texts.
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() > 1:
                weight.mul_(4.0)
    made.save_pretrained(folder)
    for part in parts:
        part.save_pretrained(folder)
    return folder


def write_two_towers(folder: Path, kind: str) -> Path:
    """Write a random CLIP or SigLIP."""
    tokenizer = text_tokenizer(32)
    text = SMALL | {"vocab_size": len(tokenizer), "max_position_embeddings": 32}
    text |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    vision = _small_vision()
    if kind == "clip":
        from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

        images = CLIPImageProcessorPil(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        )
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        processor = transformers.CLIPProcessor(image_processor=images, tokenizer=tokenizer)
        return _save(folder, transformers.CLIPModel, config, processor)
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    images = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    config = transformers.SiglipConfig(
        text_config=text | {"projection_size": WIDTH}, vision_config=vision
    )
    processor = transformers.SiglipProcessor(image_processor=images, tokenizer=tokenizer)
    return _save(folder, transformers.SiglipModel, config, processor)


def write_vit(folder: Path) -> Path:
    """Write a random ViT."""
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    config = transformers.ViTConfig(**_small_vision())
    images = ViTImageProcessorPil(size={"height": 32, "width": 32})
    return _save(folder, transformers.ViTModel, config, images)


def write_old_clip(folder: Path) -> Path:
    """Write a random CLIP as sentence-transformers did at first: whole in ``0_CLIPModel``."""
    inner = folder / "0_CLIPModel"
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e</w>")]
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(m) for m in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    inner.mkdir(parents=True)
    write_json(inner / "vocab.json", {word: number for number, word in enumerate(words)})
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (inner / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    start, end = "<|startoftext|>", "<|endoftext|>"
    special = {"bos_token": start, "eos_token": end, "pad_token": end, "unk_token": end}
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 32, "do_lower_case": True}
    write_json(inner / "tokenizer_config.json", special | settings)
    write_json(inner / "special_tokens_map.json", special)
    pixels = {"do_resize": True, "size": 32, "do_center_crop": True, "crop_size": 32}
    pixels |= {
        "do_normalize": True,
        "resample": 3,
        "feature_extractor_type": "CLIPFeatureExtractor",
    }
    pixels |= {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]}
    write_json(inner / "preprocessor_config.json", pixels)
    text = SMALL | {"vocab_size": len(words), "max_position_embeddings": 32}
    # Files of that time name these numbers, which mean nothing: the highest token ends a text.
    text |= {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    config = transformers.CLIPConfig(
        text_config=text, vision_config=_small_vision(), projection_dim=24
    )
    _save(inner, transformers.CLIPModel, config)
    kind = "sentence_transformers.models.CLIPModel"
    module = {"idx": 0, "name": "0", "path": "0_CLIPModel", "type": kind}
    write_json(folder / "modules.json", [module])
    write_json(folder / "config_sentence_transformers.json", {"__version__": {"pytorch": "1.9.0"}})
    return folder


def _small_vision() -> dict[str, Any]:
    vision = {name: value for name, value in SMALL.items() if name != "max_position_embeddings"}
    return vision | {"image_size": 32, "patch_size": 8}


def write_seeing_model(folder: Path, kind: str) -> Path:
    """Write a random Qwen2-VL, Qwen2.5-VL or Qwen3-VL."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    tokenizer = byte_tokenizer(
        SEEING_TOKENS,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        model_max_length=512,
        padding_side="left",
    )
    tokenizer.chat_template = TEMPLATE
    images = Qwen2VLImageProcessorPil(
        patch_size=4, merge_size=2, temporal_patch_size=2, min_pixels=256, max_pixels=4096
    )
    return _save(folder, *_seeing_config(kind, len(tokenizer)), tokenizer, images)


def _seeing_config(kind: str, n_tokens: int) -> tuple[Any, Any]:
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]}
    text = SMALL | {"vocab_size": n_tokens, "num_key_value_heads": 2, "rope_parameters": rope}
    text |= {"max_position_embeddings": 512, "bos_token_id": 0, "eos_token_id": 2}
    vision: dict[str, Any] = {"depth": 2, "hidden_size": WIDTH, "num_heads": 2, "patch_size": 4}
    vision |= {"spatial_merge_size": 2, "temporal_patch_size": 2}
    tokens = {"image_token_id": 5, "video_token_id": 6}
    tokens |= {"vision_start_token_id": 3, "vision_end_token_id": 4}
    if kind == "qwen2_vl":
        vision |= {"embed_dim": WIDTH, "mlp_ratio": 2}
        model, config = transformers.Qwen2VLForConditionalGeneration, transformers.Qwen2VLConfig
        return model, config(text_config=text, vision_config=vision, **tokens)
    vision |= {"out_hidden_size": WIDTH, "intermediate_size": 64}
    if kind == "qwen2_5_vl":
        vision |= {"window_size": 16, "fullatt_block_indexes": [1]}
        return (
            transformers.Qwen2_5_VLForConditionalGeneration,
            transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **tokens),
        )
    rope |= {"mrope_section": [2, 1, 1], "mrope_interleaved": True}
    vision |= {"num_position_embeddings": 64, "deepstack_visual_indexes": [0, 1]}
    text["head_dim"] = 8
    return (
        transformers.Qwen3VLForConditionalGeneration,
        transformers.Qwen3VLConfig(text_config=text, vision_config=vision, **tokens),
    )


def add_dense(folder: Path, width: int) -> Path:
    """Put a dense layer behind the modules of a sentence-transformers folder."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    kind = "sentence_transformers.models.Dense"
    modules.append({"idx": len(modules), "name": "dense", "path": "3_Dense", "type": kind})
    write_json(folder / "modules.json", modules)
    settings = {"in_features": WIDTH, "out_features": width, "bias": True}
    activation = "torch.nn.modules.activation.Tanh"
    write_json(folder / "3_Dense" / "config.json", settings | {"activation_function": activation})
    torch.manual_seed(1)
    weights = {"linear.weight": torch.randn(width, WIDTH), "linear.bias": torch.randn(width)}
    save_file(weights, folder / "3_Dense" / "model.safetensors")
    return folder


def write_router(folder: Path) -> Path:
    """Write an encoder with one static embedding for queries and another for documents."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    folder.mkdir(parents=True)
    write_tokenizer(folder, has_specials=False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    (folder / "tokenizer.json").unlink()
    routes = []
    for seed in (0, 1):
        weights = np.random.default_rng(seed).normal(size=(tokenizer.get_vocab_size(), WIDTH))
        routes.append([StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float32))])
    router = Router.for_query_document(query_modules=routes[0], document_modules=routes[1])
    SentenceTransformer(modules=[router], device="cpu").save_pretrained(str(folder))
    return folder


def noise_pictures(n: int, width: int = 70) -> list[Image.Image]:
    """Return pictures of noise, each of another height."""
    return [
        Image.fromarray(
            np.random.default_rng(seed).integers(0, 255, (48 + 9 * seed, width, 3), dtype=np.uint8)
        )
        for seed in range(n)
    ]


def encoder_at(folder: Path) -> Any:
    """Return the encoder in a folder, loaded."""
    return pool.load(describe_folder(folder))


def unit(vectors: torch.Tensor) -> np.ndarray:
    """Return vectors at length 1, in NumPy."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1).detach().numpy()
