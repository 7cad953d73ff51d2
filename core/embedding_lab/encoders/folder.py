"""An encoder's folder: its files, its JSON, its modules, and whether it may be opened at all."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from embedding_lab.encoders.record import SENTENCE_TRANSFORMERS, TRANSFORMERS
from embedding_lab.errors import EncoderError, LabError
from embedding_lab.storage import read_json

OPENS = (
    "Encoders of texts or pictures are opened as sentence-transformers or Hugging Face folders "
    "with safetensors weights, or as ONNX files with their tokenizer."
)
DOWNLOAD_AGAIN = "Download the encoder again."
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__"}
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
PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}
# Two towers: a text or a picture at a time.
TWO_TOWERS = ("clip", "siglip", "siglip2")
# Language models that see: texts, pictures, and both together.
VISION_LANGUAGE = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
IMAGE_TEXT_KINDS = TWO_TOWERS + VISION_LANGUAGE
OTHER_KINDS = {
    "CrossEncoder": "a reranker",
    "SparseEncoder": "a sparse encoder",
    "MultiVectorEncoder": "a multi-vector encoder",
}


@dataclass(frozen=True)
class Module:
    """One module of an encoder: its class name, its folder, its settings."""

    type: str
    path: str
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """The class without its package."""
        return self.type.rpartition(".")[2]


def looks_like_encoder(path: Path) -> bool:
    """Whether a file or folder is meant as an encoder, going by its names alone."""
    if path.is_file():
        return path.suffix == ".onnx"
    if any((path / name).exists() for name in ("modules.json", "config.json")):
        return True
    return path.is_dir() and next(path.glob("*.onnx"), None) is not None


class EncoderFolder:
    """Reads an encoder's folder without loading it.

    Raises
    ------
    EncoderError
        On construction, if there is no such folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            kind = "is a file" if path.exists() else "does not exist"
            raise EncoderError(
                f"The folder {path} {kind}.", hint="Choose the folder that holds the encoder."
            )

    @cached_property
    def files(self) -> tuple[tuple[str, int], ...]:
        """``(name, bytes)`` of every file, sorted by name."""
        found = []
        for parent, folders, names in os.walk(self.path):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                file = Path(parent, name)
                if file.is_file():
                    found.append((file.relative_to(self.path).as_posix(), file.stat().st_size))
        return tuple(sorted(found))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of every file."""
        return frozenset(name for name, _ in self.files)

    def json(self, name: str) -> dict[str, Any]:
        """Return a JSON object of the folder; empty if there is no such file."""
        if name not in self.names:
            return {}
        value = self._read(name)
        if not isinstance(value, dict):
            raise EncoderError(
                f"The file {self.path / name} is damaged: it holds no JSON object.",
                hint=DOWNLOAD_AGAIN,
            )
        return value

    def _read(self, name: str) -> Any:
        try:
            return read_json(self.path / name)
        except LabError as error:
            raise EncoderError(error.message, hint=DOWNLOAD_AGAIN) from error

    @property
    def kind(self) -> str:
        """Whether the folder is of sentence-transformers or plain transformers."""
        return SENTENCE_TRANSFORMERS if "modules.json" in self.names else TRANSFORMERS

    @cached_property
    def config(self) -> dict[str, Any]:
        """The architecture's own settings."""
        return self.json(join_path(self.modules[0].path, "config.json"))

    @cached_property
    def library_config(self) -> dict[str, Any]:
        """The settings sentence-transformers keeps for the whole encoder."""
        return self.json("config_sentence_transformers.json")

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules in order; a router stands for the modules of its default route."""
        if self.kind == TRANSFORMERS:
            return (Module("sentence_transformers.base.modules.Transformer", ""),)
        listed = self._read("modules.json")
        try:
            modules = [self._module(entry["type"], entry["path"]) for entry in listed]
            found = [inner for module in modules for inner in self._unrouted(module)]
        except (TypeError, KeyError, IndexError, StopIteration, AttributeError) as error:
            raise EncoderError(
                f"The file {self.path / 'modules.json'} is damaged: it lists no modules.",
                hint=DOWNLOAD_AGAIN,
            ) from error
        if not found:
            raise EncoderError(
                f"The file {self.path / 'modules.json'} lists no modules.", hint=DOWNLOAD_AGAIN
            )
        return tuple(found)

    def _module(self, kind: str, path: str) -> Module:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise EncoderError(
                f"The encoder in {self.path} points outside its folder: {path}.",
                hint="Do not use it: no proper encoder does that.",
            )
        return Module(kind, path, self.json(join_path(path, "config.json")))

    def _unrouted(self, module: Module) -> list[Module]:
        if module.class_name not in {"Router", "Asym"}:
            return [module]
        config = self.json(join_path(module.path, "router_config.json")) or module.config
        routes = config["structure"]
        default = config.get("parameters", {}).get("default_route")
        route = routes[default] if default in routes else next(iter(routes.values()))
        return [self._module(config["types"][name], join_path(module.path, name)) for name in route]

    def decisive_files(self) -> list[str]:
        """Return the files that decide the vectors: settings, tokenizers and weights."""
        suffixes = {".json", ".safetensors", ".txt", ".model"}
        aside = ("onnx/", "openvino/", "data_config.json", "train_script", "eval/", "requirements")
        return [
            name
            for name in sorted(self.names)
            if Path(name).suffix in suffixes and not name.startswith((*aside, "."))
        ]

    def weights(self) -> list[Path]:
        """Return the safetensors files of all modules."""
        parents = {module.path.strip("/") for module in self.modules}
        return [
            self.path / name
            for name in sorted(self.names)
            if name.endswith(".safetensors") and name.rpartition("/")[0] in parents
        ]


def require_encoder(folder: EncoderFolder) -> None:
    """Raise an :class:`EncoderError` unless the folder is an encoder this version opens safely."""
    require_kind(folder)
    _require_safe_weights(folder)
    _require_tokenizer(folder)


def require_kind(folder: EncoderFolder) -> None:
    """Raise an :class:`EncoderError` if the settings files alone tell that it is not opened.

    This is known before the weights are there.
    """
    _require_known_kind(folder)
    _require_no_own_code(folder)


def own_code_files(folder: EncoderFolder) -> list[str]:
    """Return the program files that the folder's settings name."""
    found = {_program_file(module.type) for module in _foreign_modules(folder)}
    for name in ("config.json", "tokenizer_config.json"):
        settings = folder.json(join_path(folder.modules[0].path, name))
        for value in dict(settings.get("auto_map") or {}).values():
            targets = value if isinstance(value, list) else [value]
            found |= {_program_file(str(target)) for target in targets if target}
    return sorted(found)


def _foreign_modules(folder: EncoderFolder) -> list[Module]:
    return [m for m in folder.modules if not m.type.startswith("sentence_transformers.")]


def _program_file(target: str) -> str:
    return f"{target.rpartition('.')[0].replace('.', '/')}.py"


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
    if is_visual and architecture not in IMAGE_TEXT_KINDS:
        raise EncoderError(
            f"The folder {path} holds an encoder of pictures of a kind that is not known here "
            f"({architecture}).",
            hint=f"Known kinds are {', '.join(IMAGE_TEXT_KINDS)}.",
        )


def _require_no_own_code(folder: EncoderFolder) -> None:
    architecture = str(folder.config.get("model_type", ""))
    is_known = _is_known_architecture(architecture)
    files = own_code_files(folder)
    if _foreign_modules(folder) or (files and not is_known):
        raise EncoderError(
            f"The encoder in {folder.path} works only with program code of its own, which would "
            f"run on your machine: {', '.join(files)}.",
            hint="Embedding Lab runs no code from encoder folders. Choose an encoder without it.",
        )
    if architecture and not is_known:
        raise EncoderError(
            f"The encoder in {folder.path} has the architecture {architecture}, which this version "
            "does not know.",
            hint=OPENS,
        )


def _is_known_architecture(name: str) -> bool:
    """Whether the installed library implements an architecture; looks, but does not import."""
    library = importlib.util.find_spec("transformers")
    if library is None or not library.submodule_search_locations:
        return True
    models = Path(library.submodule_search_locations[0], "models")
    return bool(name) and (models / name.replace("-", "_")).is_dir()


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
                hint="Convert the weights to safetensors, or download a version that has them.",
            )
        if module is folder.modules[0]:
            raise EncoderError(
                f"The folder {folder.path} holds no weights: there is no .safetensors file.",
                hint="Download the encoder again, or convert its weights to safetensors.",
            )
    _require_all_shards(folder)


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
    if not any(join_path(root, name) in folder.names for name in TOKENIZER_FILES):
        raise EncoderError(
            f"The encoder in {folder.path} has no tokenizer: there is no tokenizer.json and no "
            "vocabulary file.",
            hint="Download the encoder again with its tokenizer files.",
        )


def join_path(folder: str, name: str) -> str:
    """Return the name of a file in a folder, which may be the empty string."""
    return f"{folder.strip('/')}/{name}" if folder.strip("/") else name
