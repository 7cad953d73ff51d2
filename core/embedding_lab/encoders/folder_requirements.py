"""Whether an encoder's folder may be opened at all: a known kind, safe and whole weights."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from embedding_lab.encoders.folder import DOWNLOAD_AGAIN, join_path
from embedding_lab.encoders.folder_facts import PICTURE_ONLY, TWO_TOWERS, VISION_LANGUAGE
from embedding_lab.encoders.own_code import (
    is_known_architecture,
    needs_code,
    require_code_here,
)
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Collection

    from embedding_lab.encoders.folder import EncoderFolder

OPENS = (
    "Encoders of texts or pictures are opened as sentence-transformers or Hugging Face folders "
    "with safetensors weights, or as ONNX files with their tokenizer."
)
TOKENIZER_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
    "whitespacetokenizer_config.json",
    "phrasetokenizer_config.json",
)
PICTURE_SETTINGS = "preprocessor_config.json"
PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}
PICTURE_KINDS = TWO_TOWERS + VISION_LANGUAGE + PICTURE_ONLY
OTHER_KINDS = {
    "CrossEncoder": "a reranker",
    "SparseEncoder": "a sparse encoder",
    "MultiVectorEncoder": "a multi-vector encoder",
}


def require_encoder(folder: EncoderFolder) -> None:
    """Raise an :class:`EncoderError` unless the folder is an encoder this version opens safely."""
    require_kind(folder)
    _require_safe_weights(folder)
    _require_tokenizer(folder)


def require_kind(folder: EncoderFolder, offered: Collection[str] = ()) -> None:
    """Raise an :class:`EncoderError` if the settings files alone tell that it is not opened.

    This is known before the weights are there.

    Parameters
    ----------
    folder : EncoderFolder
        The folder, with its settings files at least.
    offered : collection of str
        Program files that will be there before it is opened.
    """
    _require_known_kind(folder)
    _require_known_code(folder, offered)


def _require_known_kind(folder: EncoderFolder) -> None:
    path, names = folder.path, folder.names
    if not {"modules.json", "config.json"} & names:
        raise EncoderError(
            f"The folder {path} holds no encoder: it has neither modules.json nor config.json.",
            hint=OPENS,
        )
    kind = OTHER_KINDS.get(folder.library_config.get("model_type", ""))
    if kind:
        raise EncoderError(f"The folder {path} holds {kind}, not an encoder of texts.", hint=OPENS)
    architecture = folder.config.get("model_type")
    is_visual = "vision_config" in folder.config or "image_size" in folder.config
    if is_visual and architecture not in PICTURE_KINDS:
        raise EncoderError(
            f"The folder {path} holds an encoder of pictures of a kind that is not known here "
            f"({architecture}).",
            hint=f"Known kinds are {', '.join(PICTURE_KINDS)}.",
        )


def _require_known_code(folder: EncoderFolder, offered: Collection[str]) -> None:
    architecture = str(folder.config.get("model_type", ""))
    if needs_code(folder):
        require_code_here(folder, offered)
    elif architecture and not is_known_architecture(architecture):
        raise EncoderError(
            f"The encoder in {folder.path} has the architecture {architecture}, which this version "
            "does not know.",
            hint=OPENS,
        )


def _require_safe_weights(folder: EncoderFolder) -> None:
    for module in folder.modules:
        inside = {name for name in folder.names if name.rpartition("/")[0] == module.path}
        if any(name.endswith(".safetensors") for name in inside):
            continue
        pickled = sorted(name for name in inside if Path(name).suffix in PICKLE_SUFFIXES)
        if pickled:
            raise EncoderError(
                f"The weights of {folder.path} are a pickle file ({pickled[0]}), which can run any "
                "program when it is opened, so it is refused.",
                hint="Download a version with safetensors weights, or convert these: run in "
                f"{(folder.path / pickled[0]).parent} the command {conversion_command(pickled)}",
            )
        if module is folder.modules[0]:
            raise EncoderError(
                f"The folder {folder.path} holds no weights: there is no .safetensors file.",
                hint="Download the encoder again, or convert its weights to safetensors.",
            )
    _require_all_shards(folder)


def conversion_command(pickled: list[str]) -> str:
    """Return the line that turns pickled weights into safetensors without running them."""
    names = [PurePosixPath(name).name for name in pickled]
    usual = [name for name in names if name.startswith("pytorch_model")]
    files = "pytorch_model*.bin" if usual else names[0]
    return (
        'python -c "import glob, torch; from safetensors.torch import save_file; '
        "save_file({name: weights.contiguous().clone() "
        f"for file in glob.glob('{files}') for name, weights in "
        "torch.load(file, map_location='cpu', weights_only=True).items()}, "
        "'model.safetensors', {'format': 'pt'})\""
    )


def _require_all_shards(folder: EncoderFolder) -> None:
    root = folder.modules[0].path
    index = folder.json(join_path(root, "model.safetensors.index.json"))
    shards = {str(name) for name in dict(index.get("weight_map", {})).values()}
    missing = sorted(name for name in shards if join_path(root, name) not in folder.names)
    if missing:
        raise EncoderError(
            f"The encoder in {folder.path} is incomplete: {missing[0]} is missing"
            + (f" (and {len(missing) - 1} more)." if len(missing) > 1 else "."),
            hint=DOWNLOAD_AGAIN,
        )


def _require_tokenizer(folder: EncoderFolder) -> None:
    root = folder.modules[0].path
    if folder.config.get("model_type") in PICTURE_ONLY:
        if join_path(root, PICTURE_SETTINGS) not in folder.names:
            raise EncoderError(
                f"The encoder in {folder.path} does not say how pictures are made ready: there is "
                f"no {PICTURE_SETTINGS}.",
                hint=DOWNLOAD_AGAIN,
            )
        return
    if not any(join_path(root, name) in folder.names for name in TOKENIZER_FILES):
        raise EncoderError(
            f"The encoder in {folder.path} has no tokenizer: there is no tokenizer.json and no "
            "vocabulary file.",
            hint="Download the encoder again with its tokenizer files.",
        )
