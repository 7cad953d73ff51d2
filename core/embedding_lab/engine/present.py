"""Which torch this program has, told from its files: importing it would take seconds."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.engine.folders import platform_tag, python_tag

if TYPE_CHECKING:
    from embedding_lab.engine.folders import InstalledEngine

# The version that the program is made and tested with; an engine for cards must be of the same.
TORCH_VERSION = "2.13.0"
CPU = "cpu"


@dataclass(frozen=True)
class PresentTorch:
    """The torch that an import would load.

    Attributes
    ----------
    version : str
        With its build, where that is told: ``2.13.0+cpu``.
    build : str
        ``cpu``, ``cu130``…; what the Mac's is called is ``cpu`` too, though it can use Metal.
    folder : str
        Where it lies.
    """

    version: str
    build: str
    folder: str

    @property
    def has_cuda(self) -> bool:
        """Whether it was made for NVIDIA cards."""
        return self.build.startswith("cu")


def present_torch() -> PresentTorch | None:
    """Return what an import of torch would load now; ``None`` without the full engine."""
    try:
        spec = importlib.util.find_spec("torch")
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin:
        return None
    folder = Path(spec.origin).parent
    version, cuda = _told_by(folder / "version.py")
    version = version or _installed_version(sys.path) or TORCH_VERSION
    build = version.partition("+")[2] or (f"cu{cuda.replace('.', '')}" if cuda else CPU)
    return PresentTorch(version, build, str(folder))


def own_version() -> str:
    """Return the version of the program's own torch, without its build."""
    engines = str(paths.engines_folder())
    others = [entry for entry in sys.path if not entry.startswith(engines)]
    return (_installed_version(others) or TORCH_VERSION).partition("+")[0]


def why_unfit(engine: InstalledEngine) -> str:
    """Return why an installed engine cannot be used by this program; empty if it can."""
    own = own_version()
    if engine.version != own:
        return f"it holds torch {engine.version}, but this version of the program needs {own}."
    if (engine.python, engine.platform) != (python_tag(), platform_tag()):
        return f"it was made for {engine.python} on {engine.platform}."
    files = ("torch/__init__.py", "torch/version.py")
    if not all((engine.folder / name).is_file() for name in files):
        return "files of it are missing."
    return ""


def _told_by(file: Path) -> tuple[str, str]:
    """Return version and CUDA version as a file of torch tells them; empty where it does not."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return "", ""
    version = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
    cuda = re.search(r"^cuda(?:: [^=]+)? = '([^']+)'", text, re.MULTILINE)
    return version[1] if version else "", cuda[1] if cuda else ""


def _installed_version(entries: list[str]) -> str:
    """Return the version that an installed torch's folder of facts is named after.

    The standard library's own look-up takes longer than the rest of the program's start.
    """
    for entry in entries:
        for folder in Path(entry).glob("torch-*.dist-info"):
            return folder.name.removeprefix("torch-").removesuffix(".dist-info")
    return ""
