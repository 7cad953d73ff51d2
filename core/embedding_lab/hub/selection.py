"""Which files of a repository an encoder needs; never a pickle, never a second copy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError, HubError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.hub.client import HubClient
    from embedding_lab.hub.repository import HubFile, HubRepository

MODULES_FILE = "modules.json"
MOST_MODULES_BYTES = 1_000_000
SETTINGS_SUFFIXES = {".json", ".txt", ".model", ".jinja", ".tiktoken", ".spm"}
PAPERS = ("readme.md", "license", "licence", "notice")
PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack", ".ot"}
WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
ONNX_NAMES = ("model.onnx", "onnx/model.onnx")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model")


class Weights(StrEnum):
    """In what form the weights come."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"


@dataclass(frozen=True)
class Selection:
    """The files to fetch, the small ones first.

    Attributes
    ----------
    files : tuple of HubFile
        What to fetch, in this order.
    weights : Weights
        The form of the weights among them.
    """

    files: tuple[HubFile, ...]
    weights: Weights

    @property
    def n_bytes(self) -> int:
        """Size of them all."""
        return sum(file.n_bytes for file in self.files)

    @property
    def small_files(self) -> tuple[HubFile, ...]:
        """Everything but the weights."""
        return tuple(file for file in self.files if not _is_weights(file.name))

    @property
    def code_files(self) -> tuple[HubFile, ...]:
        """The program files."""
        return tuple(file for file in self.files if file.name.endswith(".py"))

    def without_code(self) -> Selection:
        """Return the same selection without the program files."""
        return replace(self, files=tuple(f for f in self.files if not f.name.endswith(".py")))


def select_files(
    client: HubClient, repository: HubRepository, *, takes_code: bool = False
) -> Selection:
    """Return the files to fetch, after asking the hub which folders the encoder's modules are in.

    With ``takes_code``, program files are among them.

    Raises
    ------
    EncoderError
        If there is no encoder in the repository that could be opened safely.
    HubError
        If the hub cannot be reached.
    """
    return choose_files(repository, module_folders(client, repository), takes_code=takes_code)


def module_folders(client: HubClient, repository: HubRepository) -> tuple[str, ...]:
    """Return the folders an encoder's modules lie in; the empty string is the repository itself."""
    sizes = {file.name: file.n_bytes for file in repository.files}
    if not 0 < sizes.get(MODULES_FILE, 0) < MOST_MODULES_BYTES:
        return ("",)
    listed = client.json(repository.file_path(MODULES_FILE), repository.refused_file)
    try:
        folders = [_folder(item) for item in listed]
    except (KeyError, TypeError, AttributeError) as error:
        raise HubError(
            f"The file {MODULES_FILE} of {repository.id} is damaged: it lists no modules.",
            hint="Choose another revision.",
        ) from error
    return tuple(dict.fromkeys(folders)) or ("",)


def choose_files(
    repository: HubRepository, folders: Iterable[str] = ("",), *, takes_code: bool = False
) -> Selection:
    """Return the files to fetch.

    Parameters
    ----------
    repository : HubRepository
        What there is.
    folders : iterable of str
        The folders of its modules; the empty string is the repository itself.
    takes_code : bool, default False
        Take program files too; an ONNX file needs none.

    Raises
    ------
    EncoderError
        If there is no encoder in the repository that could be opened safely.
    """
    modules = [folder.strip("/") for folder in folders]
    inside = [file for file in repository.files if _is_inside(file.name, modules)]
    small = [file for file in inside if _is_small(file.name, takes_code=takes_code)]
    weights = [file for folder in modules for file in _weights_of(inside, folder)]
    if weights:
        for folder in modules:
            _require_no_pickle_alone(repository, inside, folder)
        return Selection((*_in_order(small), *_in_order(weights)), Weights.SAFETENSORS)
    network = _onnx_files(repository)
    if network:
        tokenizer = [] if _has_tokenizer(small) else _beside(repository, network[0])
        chosen = Selection((*_in_order([*small, *tokenizer]), *network), Weights.ONNX)
        return chosen.without_code()
    for folder in modules:
        _require_no_pickle_alone(repository, inside, folder)
    raise EncoderError(
        f"{repository.id} holds no weights: there is no .safetensors file.",
        hint="Choose another repository, or another revision of this one.",
    )


def _folder(item: Any) -> str:
    return str(item["path"]).strip("/")


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _is_inside(name: str, modules: list[str]) -> bool:
    """Whether a file lies beside the settings of the encoder or in a module's folder."""
    if any(part.startswith(".") for part in name.split("/")):
        return False
    return "/" not in name or any(m and name.startswith(f"{m}/") for m in modules)


def _is_small(name: str, *, takes_code: bool) -> bool:
    path = PurePosixPath(name)
    if path.name.lower().startswith(PAPERS):
        return path.suffix.lower() in {"", ".md", ".txt"}
    return path.suffix in SETTINGS_SUFFIXES or (takes_code and path.suffix == ".py")


def _is_weights(name: str) -> bool:
    return PurePosixPath(name).suffix in {".safetensors", ".onnx", ".onnx_data", ".data"}


def _weights_of(files: list[HubFile], folder: str) -> list[HubFile]:
    """Return the weights of one module, one copy of them.

    A module's folder may hold further folders, as a router's does; each is looked at by itself.
    """
    found: list[HubFile] = []
    inner = {_parent(f.name) for f in files if folder and f.name.startswith(f"{folder}/")}
    for parent in sorted({folder, *inner}):
        here = {
            file.name[len(parent) :].lstrip("/"): file
            for file in files
            if _parent(file.name) == parent
        }
        tensors = {name: file for name, file in here.items() if name.endswith(".safetensors")}
        if WHOLE in tensors:
            found.append(tensors[WHOLE])
        elif INDEX in here:
            found += [file for name, file in tensors.items() if name.startswith("model-")]
        else:
            found += tensors.values()
    return found


def _require_no_pickle_alone(repository: HubRepository, files: list[HubFile], folder: str) -> None:
    here = [file.name for file in files if _parent(file.name) == folder]
    pickled = sorted(name for name in here if PurePosixPath(name).suffix in PICKLE_SUFFIXES)
    if pickled and not any(name.endswith(".safetensors") for name in here):
        raise EncoderError(
            f"{repository.id} has its weights only as a pickle file ({pickled[0]}), which can run "
            "any program when it is opened, so it is not fetched.",
            hint="Choose a revision with safetensors weights (many have one under refs/pr/), or "
            "convert them.",
        )


def _onnx_files(repository: HubRepository) -> list[HubFile]:
    """Return the network in full precision, and the file its numbers are in if that is apart."""
    by_name = {file.name: file for file in repository.files}
    name = next((name for name in ONNX_NAMES if name in by_name), "")
    beside = (f"{name}_data", f"{name}.data")
    return [by_name[item] for item in (name, *beside) if item in by_name]


def _has_tokenizer(files: list[HubFile]) -> bool:
    return any(file.name in TOKENIZERS for file in files)


def _beside(repository: HubRepository, network: HubFile) -> list[HubFile]:
    folder = _parent(network.name)
    return [
        file
        for file in repository.files
        if folder and _parent(file.name) == folder and _is_small(file.name, takes_code=False)
    ]


def _in_order(files: list[HubFile]) -> list[HubFile]:
    return sorted({file.name: file for file in files}.values(), key=lambda file: file.name)
