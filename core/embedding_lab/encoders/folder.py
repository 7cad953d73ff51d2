"""An encoder's folder: its files, its JSON and its modules."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.onnx_settings import SETTINGS_NAME
from embedding_lab.encoders.record import SENTENCE_TRANSFORMERS, TRANSFORMERS
from embedding_lab.errors import EncoderError, LabError
from embedding_lab.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

DOWNLOAD_AGAIN = "Download the encoder again."
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__"}


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

    @property
    def is_router(self) -> bool:
        """Whether it leads to other modules."""
        return self.class_name in {"Router", "Asym"}


def looks_like_encoder(path: Path) -> bool:
    """Whether a file or folder is meant as an encoder, going by its names alone."""
    if path.is_file():
        return path.suffix == ".onnx"
    if any((path / name).exists() for name in ("modules.json", "config.json", SETTINGS_NAME)):
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

    def json_in(self, folder: str, name: str) -> dict[str, Any]:
        """Return a JSON object of a module's folder; empty if there is no such file."""
        return self.json(join_path(folder, name))

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
        with self._modules_listed():
            found = [inner for module in self._listed for inner in self._unrouted(module)]
        if not found:
            raise EncoderError(
                f"The file {self.path / 'modules.json'} lists no modules.", hint=DOWNLOAD_AGAIN
            )
        return tuple(found)

    @cached_property
    def every_module(self) -> tuple[Module, ...]:
        """All modules with the routers themselves and what is on their other routes."""
        if self.kind == TRANSFORMERS:
            return self.modules
        with self._modules_listed():
            return tuple(inner for module in self._listed for inner in self._with_routes(module))

    @cached_property
    def _listed(self) -> list[Module]:
        listed = self._read("modules.json")
        return [self._module(str(entry["type"]), entry["path"]) for entry in listed]

    @contextmanager
    def _modules_listed(self) -> Iterator[None]:
        try:
            yield
        except (TypeError, KeyError, IndexError, StopIteration, AttributeError) as error:
            raise EncoderError(
                f"The file {self.path / 'modules.json'} is damaged: it lists no modules.",
                hint=DOWNLOAD_AGAIN,
            ) from error

    def _with_routes(self, module: Module) -> list[Module]:
        found = [module]
        if module.is_router:
            for name, kind in self._routes(module)["types"].items():
                inner = self._module(str(kind), join_path(module.path, name))
                found += self._with_routes(inner)
        return found

    def _module(self, kind: str, path: str) -> Module:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise EncoderError(
                f"The encoder in {self.path} points outside its folder: {path}.",
                hint="Do not use it: no proper encoder does that.",
            )
        return Module(kind, path, self.json(join_path(path, "config.json")))

    def _unrouted(self, module: Module) -> list[Module]:
        if not module.is_router:
            return [module]
        config = self._routes(module)
        routes = config["structure"]
        default = config.get("parameters", {}).get("default_route")
        route = routes[default] if default in routes else next(iter(routes.values()))
        return [self._module(config["types"][name], join_path(module.path, name)) for name in route]

    def _routes(self, module: Module) -> dict[str, Any]:
        return self.json(join_path(module.path, "router_config.json")) or module.config

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


def join_path(folder: str, name: str) -> str:
    """Return the name of a file in a folder, which may be the empty string."""
    return f"{folder.strip('/')}/{name}" if folder.strip("/") else name
