"""Embedding prompts by name: those of the paper's comparison, and that of E5-V."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from embedding_lab.embedding_prompts.hierarchical_prompt import (
    IMAGE_SUFFIX,
    TEXT_SUFFIX,
    HierarchicalPrompt,
)
from embedding_lab.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_PROMPT = HierarchicalPrompt(query_system="", document_system="", query_text="", query_image="")
# The line of E5-V (arXiv 2407.12580); the space at its end belongs to it.
TEXT_SUMMARY = "\nSummary above sentence in one word: "
IMAGE_SUMMARY = "\nSummary above image in one word: "

# The name of a prompt that somebody wrote and did not save.
OWN = "own"

PRESETS: Mapping[str, HierarchicalPrompt] = {
    "none": NO_PROMPT,
    "user-only": replace(
        NO_PROMPT,
        query_text=TEXT_SUFFIX,
        query_image=IMAGE_SUFFIX,
        document_text=TEXT_SUFFIX,
        document_image=IMAGE_SUFFIX,
    ),
    "hierarchical": HierarchicalPrompt(),
    "one-word-summary": replace(
        NO_PROMPT,
        query_text=TEXT_SUMMARY,
        query_image=IMAGE_SUMMARY,
        document_text=TEXT_SUMMARY,
        document_image=IMAGE_SUMMARY,
    ),
}


def embedding_prompt(
    preset: str = "hierarchical", changes: Mapping[str, str] | None = None
) -> HierarchicalPrompt:
    """Return a preset, with some of its texts changed.

    Parameters
    ----------
    preset : str
        A name of :data:`PRESETS`.
    changes : mapping, optional
        Texts by the names of the method's parameters.

    Raises
    ------
    UsageError
        If there is no such preset or parameter.
    """
    if preset not in PRESETS:
        raise UsageError(
            f"There is no embedding prompt named {preset}.",
            hint=did_you_mean(preset, PRESETS, "Presets"),
        )
    return changed(PRESETS[preset], changes or {})


def changed(prompt: HierarchicalPrompt, changes: Mapping[str, str]) -> HierarchicalPrompt:
    """Return a prompt with some of its texts changed.

    Raises
    ------
    UsageError
        If there is no such text.
    """
    known = [item.name for item in fields(HierarchicalPrompt)]
    for name in changes:
        if name not in known:
            raise UsageError(
                f"Embedding prompts have no text named {name}.",
                hint=did_you_mean(name, known, "Their texts"),
            )
    return replace(prompt, **changes)
