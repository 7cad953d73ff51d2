"""What an encoder's settings say: what it takes, dimension, maximum length, pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.folder import join_path
from embedding_lab.encoders.record import SENTENCE_TRANSFORMERS
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.checkpoint import TensorInfo
    from embedding_lab.encoders.folder import EncoderFolder

# Two towers: a text or a picture at a time.
TWO_TOWERS = ("clip", "siglip", "siglip2")
# Language models that see: texts, pictures, and both together.
VISION_LANGUAGE = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
# Pictures alone.
PICTURE_ONLY = ("vit", "dinov2")
WIDTH_NAMES = ("hidden_size", "d_model", "n_embd", "dim", "word_embed_proj_dim")
LENGTH_NAMES = ("max_position_embeddings", "n_positions", "max_sequence_length")
# These count their positions from behind the padding token.
OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer"}
NO_LIMIT = 1_000_000
# Old folders of CLIP call it by the second name.
TOKENIZING_MODULES = {"Transformer", "CLIPModel"}
LEGACY_POOLING = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
WHOLE_CONFIGS = (
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
)


def modalities_of(source: EncoderFolder) -> tuple[str, ...]:
    """Return what an encoder takes."""
    architecture = source.config.get("model_type")
    if architecture in TWO_TOWERS:
        return (Modality.TEXT.value, Modality.IMAGE.value)
    if architecture in VISION_LANGUAGE:
        return (Modality.TEXT.value, Modality.IMAGE.value, Modality.IMAGE_TEXT.value)
    if architecture in PICTURE_ONLY:
        return (Modality.IMAGE.value,)
    return (Modality.TEXT.value,)


def dimension_of(source: EncoderFolder, tensors: list[TensorInfo]) -> int:
    """Return the length of an encoder's vectors."""
    found = _shared_width(source.config) or first_number(source.config, WIDTH_NAMES)
    for module in source.modules:
        if module.class_name == "StaticEmbedding":
            found = max((t.shape[1] for t in tensors if len(t.shape) == 2), default=found)
        elif module.class_name == "Pooling":
            width = first_number(module.config, ("embedding_dimension", "word_embedding_dimension"))
            found = (width or found) * len(_pooling_modes(module.config))
        elif module.class_name == "Dense":
            found = first_number(module.config, ("out_features",)) or found
    truncated = source.library_config.get("truncate_dim") or found
    if not found:
        raise EncoderError(
            f"The encoder in {source.path} does not say how long its vectors are.",
            hint="Its config.json must name a hidden size.",
        )
    return min(found, int(truncated))


def _shared_width(config: dict[str, Any]) -> int:
    """Return the width both towers of an image-text encoder are brought to."""
    if config.get("model_type") == "clip":
        return int(config.get("projection_dim") or 512)
    if config.get("model_type") in TWO_TOWERS:
        return int((config.get("vision_config") or {}).get("hidden_size") or 768)
    return 0


def pooling_of(source: EncoderFolder) -> str:
    """Return how token vectors become one; empty where nothing is pooled."""
    if source.config.get("model_type") in TWO_TOWERS:
        return ""
    if source.kind != SENTENCE_TRANSFORMERS:
        if source.config.get("model_type") in VISION_LANGUAGE:
            return "lasttoken"
        if source.config.get("model_type") in PICTURE_ONLY:
            return "cls"
        architectures = source.config.get("architectures") or [""]
        is_causal = source.config.get("is_causal", True)
        is_language_model = str(architectures[0]).endswith("ForCausalLM")
        return "lasttoken" if is_language_model and is_causal else "mean"
    modes = [
        mode
        for module in source.modules
        if module.class_name == "Pooling"
        for mode in _pooling_modes(module.config)
    ]
    return "+".join(modes)


def _pooling_modes(config: dict[str, Any]) -> list[str]:
    mode = config.get("pooling_mode")
    if mode:
        return [mode] if isinstance(mode, str) else list(mode)
    return [name for key, name in LEGACY_POOLING.items() if config.get(key)] or ["mean"]


def max_length_of(source: EncoderFolder) -> int:
    """Return how many tokens an encoder takes of a text; 0 for no limit."""
    first = source.modules[0]
    if first.class_name not in TOKENIZING_MODULES:
        return 0
    whole_names = (join_path(first.path, name) for name in WHOLE_CONFIGS)
    whole = next((source.json(name) for name in whole_names if name in source.names), {})
    processing = whole.get("processor_kwargs") or whole.get("tokenizer_args") or {}
    said = processing.get("model_max_length") or whole.get("max_seq_length")
    if said:
        return int(said)
    limit = (
        source.json(join_path(first.path, "tokenizer_config.json")).get("model_max_length")
        or NO_LIMIT
    )
    positions = first_number(source.config, LENGTH_NAMES)
    if positions > 0 and source.config.get("model_type") in OFFSET_POSITIONS:
        positions -= int(source.config.get("pad_token_id") or 0) + 1
    if positions > 0:
        limit = min(limit, positions)
    return int(limit) if limit < NO_LIMIT else 0


def first_number(config: dict[str, Any], names: tuple[str, ...]) -> int:
    """Return the first of the named settings that is a number; 0 if none is."""
    for settings in (config, config.get("text_config") or {}):
        for name in names:
            if isinstance(settings.get(name), int):
                return int(settings[name])
    return 0
