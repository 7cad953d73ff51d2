"""Trying an engine in a process of its own: whether it loads, and whether it finds a card."""

from __future__ import annotations

import sys
from typing import Any


def try_engine(inputs: dict[str, Any], say: Any) -> dict[str, Any]:
    """Import torch from a folder and compute something on the card; run in a child process.

    Parameters
    ----------
    inputs : dict
        ``folder``: where it lies.
    say : callable
        Not used.
    """
    sys.path.insert(0, inputs["folder"])
    import importlib

    torch = importlib.import_module("torch")
    if torch.version.cuda and not torch.backends.cuda.is_built():
        # Its modules came from the folder, but its libraries from another torch on this machine.
        raise RuntimeError("its own libraries were not found")
    told = {"torch": str(torch.__version__), "file": str(torch.__file__), "works": False}
    if not torch.cuda.is_available():
        return told | {"said": "it found no card that it can use."}
    try:
        # Finding a card says nothing about whether the build has code for it.
        total = float(torch.ones(8, device="cuda").sum())
        name = str(torch.cuda.get_device_name(0))
    except RuntimeError as error:
        return told | {"said": f"it failed: {str(error).splitlines()[0].rstrip('.')}."}
    return told | {"works": total == 8.0, "said": name}
