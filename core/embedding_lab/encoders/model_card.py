"""Licence and languages from the front matter of an encoder's README."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ModelCard:
    """What the card says; empty where it says nothing."""

    licence: str = ""
    languages: tuple[str, ...] = ()


def read_model_card(folder: Path) -> ModelCard:
    """Return what ``README.md`` says between its first two ``---`` lines.

    Only plain values and plain lists are understood, which is all these two fields ever are.
    """
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ModelCard()
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return ModelCard()
    values: dict[str, list[str]] = {}
    key = ""
    for line in lines[1:]:
        if line.strip() == "---":
            break
        if line.lstrip().startswith("- "):
            values.setdefault(key, []).append(_plain(line.lstrip()[2:]))
        elif line[:1].strip():
            key, _, value = line.partition(":")
            values[key] = [_plain(item) for item in value.strip(" []").split(",") if item.strip()]
    licence = (values.get("license") or [""])[0]
    if licence == "other":
        licence = (values.get("license_name") or ["other"])[0]
    return ModelCard(licence=licence, languages=tuple(values.get("language", ())))


def _plain(value: str) -> str:
    return value.strip().strip("'\"")
