"""Program code that an encoder's folder names: which files, whether needed, whether there."""

from __future__ import annotations

import importlib.util
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Collection

    from embedding_lab.encoders.folder import EncoderFolder

# The settings in which classes of the folder's own can be named.
SETTINGS = (
    "config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
)
LIBRARY = "sentence_transformers."


def needs_code(folder: EncoderFolder) -> bool:
    """Whether an encoder cannot be opened without program code of its own."""
    if foreign_types(folder):
        return True
    architecture = str(folder.config.get("model_type", ""))
    return bool(_mapped_classes(folder)) and not is_known_architecture(architecture)


def foreign_types(folder: EncoderFolder) -> list[str]:
    """Return the classes of modules that are not of the library."""
    types = {module.type for module in folder.every_module}
    return sorted(name for name in types if not name.startswith(LIBRARY))


def own_code_files(folder: EncoderFolder) -> list[str]:
    """Return the program files that the folder's settings name, needed or not."""
    named = {*foreign_types(folder), *_mapped_classes(folder)}
    return sorted({_program_file(target) for target in named})


def program_files(folder: EncoderFolder) -> list[str]:
    """Return every program file that could run when the encoder is opened; none if none need."""
    if not needs_code(folder):
        return []
    return sorted(name for name in folder.names if name.endswith(".py"))


def require_code_here(folder: EncoderFolder, offered: Collection[str] = ()) -> None:
    """Raise an :class:`EncoderError` if any of the code that would run lies elsewhere.

    Parameters
    ----------
    folder : EncoderFolder
        An encoder that needs code.
    offered : collection of str
        Files that will be in the folder before it is opened.
    """
    here = {*folder.names, *offered}
    for target in (*foreign_types(folder), *_mapped_classes(folder), *_activations(folder)):
        _require_file_here(folder.path, target, here)
    other = _other_encoder(folder)
    if other:
        raise EncoderError(
            f"The encoder in {folder.path} is put together with another one ({other}), whose "
            "program code would run too and is not in its folder.",
            hint="Choose an encoder whose files are all in one folder.",
        )


def is_known_architecture(name: str) -> bool:
    """Whether the installed library implements an architecture; looks, but does not import."""
    library = importlib.util.find_spec("transformers")
    if library is None or not library.submodule_search_locations:
        return True
    models = Path(library.submodule_search_locations[0], "models")
    return bool(name) and (models / name.replace("-", "_")).is_dir()


def _mapped_classes(folder: EncoderFolder) -> list[str]:
    """Return the classes that settings put in place of the library's."""
    paths = ["", *(module.path for module in folder.every_module)]
    found = {
        target
        for path in paths
        for name in SETTINGS
        for target in _targets(folder.json_in(path, name).get("auto_map"))
    }
    return sorted(found)


def _targets(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [target for item in value for target in _targets(item)]
    return [str(value)] if value else []


def _activations(folder: EncoderFolder) -> list[str]:
    """Return functions of modules that the library takes from anywhere once it may run code."""
    named = (str(module.config.get("activation_function") or "") for module in folder.every_module)
    return [name for name in named if name and not name.startswith("torch.")]


def _other_encoder(folder: EncoderFolder) -> str:
    """Return where another part of the encoder would be loaded from; empty if from nowhere."""
    named = [
        folder.json_in(module.path, "adapter_config.json").get("base_model_name_or_path")
        for module in folder.every_module
    ]
    settings = (name for name in sorted(folder.names) if Path(name).match("sentence_*_config.json"))
    named += [folder.json(name).get("tokenizer_name_or_path") for name in settings]
    return str(next(filter(None, named), ""))


def _program_file(target: str) -> str:
    return f"{target.rpartition('.')[0].replace('.', '/')}.py"


def _require_file_here(path: Path, target: str, here: Collection[str]) -> None:
    repository, _, local = target.rpartition("--")
    module = local.rpartition(".")[0]
    if repository:
        raise EncoderError(
            f"The encoder in {path} needs program code of another repository ({repository}: "
            f"{module}.py). It is not in the folder, so it cannot be looked at and agreed to.",
            hint=f"Download the .py files of {repository} into the folder, and in its settings "
            f"write {local} for {target}.",
        )
    if "\\" in target or ":" in target or ".." in target or PurePosixPath(target).is_absolute():
        raise EncoderError(
            f"The encoder in {path} points outside its folder: {target}.",
            hint="Do not use it: no proper encoder does that.",
        )
    if not module or "." in module:
        raise EncoderError(
            f"The encoder in {path} needs program code that is in no file of its folder: {target}.",
            hint="Choose an encoder that brings the code it needs.",
        )
    if f"{module}.py" not in here:
        raise EncoderError(
            f"The encoder in {path} needs program code of its own, and its file {module}.py is "
            "missing.",
            hint="Download the encoder again, together with its .py files.",
        )
