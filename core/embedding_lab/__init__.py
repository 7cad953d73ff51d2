"""Embedding Lab's headless core: corpora, encoders, embeddings and search, with no window."""

import os
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from embedding_lab.registry.registry import method, methods
    from embedding_lab.study import Study, create_workspace, open_workspace, upgrade_workspace

__all__ = [
    "LabError",
    "Study",
    "__version__",
    "create_workspace",
    "method",
    "methods",
    "open_workspace",
    "upgrade_workspace",
]


# Since version 1.32, onnxruntime gives the machine an identifier and reports every session to its
# makers unless it is told not to before it is loaded, by whichever library that may be.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def __getattr__(name: str) -> Any:
    """Load the Python door when it is first asked for: `--help` needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "registry.registry" if name in {"method", "methods"} else "study"
    return getattr(import_module(f"{__name__}.{home}"), name)
