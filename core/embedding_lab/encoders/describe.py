"""Describing an encoder's folder without loading it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.checkpoint import TensorInfo, count_parameters, read_header
from embedding_lab.encoders.fingerprint import digest_files
from embedding_lab.encoders.folder import (
    EncoderFolder,
    join_path,
    own_code_files,
    require_encoder,
)
from embedding_lab.encoders.model_card import read_model_card
from embedding_lab.encoders.record import TRANSFORMERS, EncoderRecord
from embedding_lab.errors import EncoderError
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from pathlib import Path

WIDTH_NAMES = ("hidden_size", "d_model", "n_embd", "dim", "word_embed_proj_dim")
LENGTH_NAMES = ("max_position_embeddings", "n_positions", "max_sequence_length")
# These count their positions from behind the padding token.
OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer"}
NO_LIMIT = 1_000_000
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


def describe_folder(folder: Path, name: str = "") -> EncoderRecord:
    """Return what a folder says of the encoder in it, after checking that it can be opened.

    Parameters
    ----------
    folder : Path
        A sentence-transformers or Hugging Face folder.
    name : str, optional
        What to call it; the folder's own name without one.

    Raises
    ------
    EncoderError
        If it is no encoder, is damaged or incomplete, or needs something this version refuses.
    """
    path = folder.expanduser().absolute()
    source = EncoderFolder(path)
    require_encoder(source)
    tensors = [tensor for file in source.weights() for tensor in read_header(file)]
    card = read_model_card(path)
    prompts = {str(k): str(v) for k, v in (source.library_config.get("prompts") or {}).items()}
    return EncoderRecord(
        id=slug(name or path.name),
        name=name or path.name,
        folder=str(path),
        kind=source.kind,
        dimension=_dimension(source, tensors),
        max_length=_max_length(source),
        pooling=_pooling(source),
        is_normalized=any(module.class_name == "Normalize" for module in source.modules),
        fingerprint=digest_files(path, source.decisive_files()),
        similarity=source.library_config.get("similarity_fn_name") or "cosine",
        prompts=prompts,
        default_prompt_name=source.library_config.get("default_prompt_name") or "",
        licence=card.licence,
        n_bytes=sum(size for _, size in source.files),
        files=source.files,
        n_parameters=count_parameters(tensors),
        languages=card.languages,
        origin="folder",
        added=time.time(),
        warnings=tuple(_warnings(source)),
    )


def _dimension(source: EncoderFolder, tensors: list[TensorInfo]) -> int:
    found = _first_number(source.config, WIDTH_NAMES)
    for module in source.modules:
        if module.class_name == "StaticEmbedding":
            found = max((t.shape[1] for t in tensors if len(t.shape) == 2), default=found)
        elif module.class_name == "Pooling":
            width = _first_number(
                module.config, ("embedding_dimension", "word_embedding_dimension")
            )
            found = (width or found) * len(_pooling_modes(module.config))
        elif module.class_name == "Dense":
            found = _first_number(module.config, ("out_features",)) or found
    truncated = source.library_config.get("truncate_dim") or found
    if not found:
        raise EncoderError(
            f"The encoder in {source.path} does not say how long its vectors are.",
            hint="Its config.json must name a hidden size.",
        )
    return min(found, int(truncated))


def _pooling(source: EncoderFolder) -> str:
    if source.kind == TRANSFORMERS:
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


def _max_length(source: EncoderFolder) -> int:
    first = source.modules[0]
    if first.class_name != "Transformer":
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
    positions = _first_number(source.config, LENGTH_NAMES)
    if positions > 0 and source.config.get("model_type") in OFFSET_POSITIONS:
        positions -= int(source.config.get("pad_token_id") or 0) + 1
    if positions > 0:
        limit = min(limit, positions)
    return int(limit) if limit < NO_LIMIT else 0


def _first_number(config: dict[str, Any], names: tuple[str, ...]) -> int:
    for settings in (config, config.get("text_config") or {}):
        for name in names:
            if isinstance(settings.get(name), int):
                return int(settings[name])
    return 0


def _warnings(source: EncoderFolder) -> list[str]:
    found = []
    unused = own_code_files(source)
    if unused:
        found.append(
            f"The folder names program code of its own ({', '.join(unused)}); it is not used."
        )
    if source.kind == TRANSFORMERS:
        found.append(
            f"The folder does not say how tokens are pooled; {_pooling(source)} is assumed."
        )
        heads = [str(name) for name in source.config.get("architectures") or []]
        if any("Classification" in name for name in heads):
            found.append("It was made for classification; as an encoder it may be poor.")
    return found
