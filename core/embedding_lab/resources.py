"""The one place that knows where bundled files (samples, icons, manual) lie."""

from __future__ import annotations

import sys
from pathlib import Path

from embedding_lab.errors import LabError


def path(name: str) -> Path:
    """Return the path of a bundled file or folder, for example ``samples/methods``.

    Looks in a frozen bundle first, then in a source checkout, then in the installed package.

    Raises
    ------
    LabError
        If this installation does not hold it.
    """
    package = Path(__file__).parent
    candidates = [package.parent.parent / "resources", package / "_resources"]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        candidates.insert(0, Path(bundle) / "resources")
    for candidate in candidates:
        if (candidate / name).exists():
            return candidate / name
    raise LabError(
        f"The bundled file {name} is missing from this installation.",
        hint="Install Embedding Lab again.",
    )
