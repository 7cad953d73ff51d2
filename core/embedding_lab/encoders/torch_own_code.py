"""Loading an encoder's own program code into the full engine. Heavy: imports transformers."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import dynamic_module_utils
from transformers.models.auto import (
    configuration_auto,
    feature_extraction_auto,
    image_processing_auto,
    modeling_auto,
    processing_auto,
    tokenization_auto,
)

from embedding_lab.encoders.engine_start import MODULES_VARIABLE
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.own_code import foreign_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.encoders.record import EncoderRecord

AUTO_MODULES = (
    configuration_auto,
    feature_extraction_auto,
    image_processing_auto,
    modeling_auto,
    processing_auto,
    tokenization_auto,
)


@contextmanager
def own_code_loading(record: EncoderRecord) -> Iterator[None]:
    """Let an encoder's own code be loaded, for this encoder only.

    The library copies program files to a folder that is named after the encoder's folder and the
    files' contents, so that equally named files of two encoders never meet. But it also notes
    which model belongs to which configuration, for the whole process, and goes by its notes when
    another encoder has the same configuration and another model. They are taken back.
    """
    _use_modules_folder()
    registries = [registry for module in AUTO_MODULES for registry in _registries(module)]
    before = [dict(registry) for registry in registries]
    try:
        _import_modules(record)
        yield
    finally:
        for registry, entries in zip(registries, before, strict=True):
            registry.clear()
            registry.update(entries)


def _use_modules_folder() -> None:
    """Name the folder of copies to a library that was imported before the engine started."""
    if dynamic_module_utils.HF_MODULES_CACHE not in sys.path:
        dynamic_module_utils.HF_MODULES_CACHE = os.environ[MODULES_VARIABLE]


def _registries(module: Any) -> list[dict[Any, Any]]:
    mappings = (getattr(value, "_extra_content", None) for value in vars(module).values())
    return [mapping for mapping in mappings if isinstance(mapping, dict)]


def _import_modules(record: EncoderRecord) -> None:
    """Import the classes of the encoder's modules from its folder.

    Where that fails, the library would look for an installed package of the same name instead.
    """
    for name in foreign_types(EncoderFolder(Path(record.folder))):
        dynamic_module_utils.get_class_from_dynamic_module(
            name, record.folder, local_files_only=True
        )
