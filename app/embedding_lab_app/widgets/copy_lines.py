"""Python lines and shell commands that do what was done in the window."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def python_lines(
    workspace: Path, method: str, positional: Iterable[Any], choices: Mapping[str, Any]
) -> str:
    """Return lines that open the workspace and call one method of it."""
    arguments = [repr(value) for value in positional]
    arguments += [f"{name}={value!r}" for name, value in choices.items()]
    opened = f"with lab.open_workspace({str(workspace)!r}) as ws:"
    call = f"result = ws.{method}({', '.join(arguments)})"
    return f"import embedding_lab as lab\n\n{opened}\n    {call}\n"


def changed_fields(record: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a dataclass among ``names`` that differ from their defaults."""
    defaults = {item.name: item.default for item in fields(record)}
    found = {name: getattr(record, name) for name in names}
    return {name: value for name, value in found.items() if value != defaults[name]}


def command_line(workspace: Path, words: Iterable[str]) -> str:
    """Return the command for a shell, every word quoted where it must be."""
    return shlex.join(["embedding-lab", "--workspace", str(workspace), *words])
