"""What somebody who helps needs to know of this installation, without anything of the user's data.

Reports are texts that the user may copy. Nothing here sends anything.
"""

from __future__ import annotations

import platform
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.log import Problem

LIBRARIES = (
    "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "pyarrow", "pillow", "tokenizers",
    "safetensors", "onnxruntime", "onnx", "torch", "transformers", "sentence-transformers",
    "faiss-cpu",
)  # fmt: skip
LOG_LINES = 40
MOST_LETTERS = 300
# Whatever stands between quotes may be a text, a name or a cell of the user's.
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”|`[^`\n]*`")
LOG_HEAD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ [\w.]+: ")
FRAME = re.compile(r'\s+File ".*", line \d+')
RAISED = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Timeout))\b")


def diagnostics(n_log_lines: int = LOG_LINES) -> str:
    """Return version, system, libraries and the last lines of the log as text to be copied."""
    return without_home("\n".join([*_installation(), "", *_log(n_log_lines)]))


def error_report(problem: Problem, *, with_message: bool = False) -> str:
    """Return a report of an error that nobody expected.

    Parameters
    ----------
    problem : Problem
        What was raised.
    with_message : bool, default False
        Include the error's own words, which may quote the user's data.
    """
    trace = ["".join(traceback.format_list(problem.frames)).rstrip(), problem.kind]
    if with_message:
        trace[-1] = f"{problem.kind}: {problem.message}"
    parts = [*_installation(), "", "Trace", *trace, "", *_log(LOG_LINES)]
    return without_home("\n".join(parts))


def ending_report(text: str) -> str:
    """Return a report of a run that ended badly, from what it left behind."""
    parts = [*_installation(), "", "What the last run left behind", text.strip() or "Nothing"]
    return without_home("\n".join([*parts, "", *_log(LOG_LINES)]))


def without_home(text: str) -> str:
    """Return a text with the user's own folder, and so the user's name, shortened to ``~``."""
    home = str(Path.home())
    if len(home) < 2:
        return text
    for form in (home, home.replace("\\", "\\\\"), home.replace("\\", "/")):
        text = re.sub(rf"{re.escape(form)}(?=[\\/\s\"':,;)]|$)", "~", text)
    return text


def without_quotes(text: str) -> str:
    """Return one line of a message with everything between quotes left out."""
    return QUOTED.sub("…", text)[:MOST_LETTERS]


def _installation() -> list[str]:
    frozen = ", from an installer" if getattr(sys, "frozen", False) else ""
    lines = [
        f"Embedding Lab {__version__}{frozen}",
        f"Python {platform.python_version()} · {platform.platform()} · {platform.machine()}",
    ]
    found = ((name, _version(name)) for name in LIBRARIES)
    return [*lines, ", ".join(f"{name} {number}" for name, number in found if number)]


def _version(name: str) -> str:
    # The window knows this module from its start, and asks for versions hardly ever.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _log(n_lines: int) -> list[str]:
    lines = list(_careful(tail(paths.log_file(), 5 * n_lines)))[-n_lines:]
    return ["Last lines of the log", *(lines or ["Nothing was noted."])]


def _careful(lines: Iterable[str]) -> Iterable[str]:
    """Yield what of a log tells where things went wrong, and nothing that may quote a text."""
    for line in lines:
        if head := LOG_HEAD.match(line):
            yield head[0] + without_quotes(line[head.end() :])
        elif FRAME.match(line):
            yield line
        elif raised := RAISED.match(line):
            yield raised[1]


def tail(path: Path, n_lines: int, most_bytes: int = 400_000) -> list[str]:
    """Return the last lines of a text file; none if there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - most_bytes))
            content = file.read()
    except OSError:
        return []
    return content.decode("utf-8", "replace").splitlines()[-n_lines:]
