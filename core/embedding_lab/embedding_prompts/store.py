"""Embedding prompts of one's own: named texts in the workspace, beside the presets."""

from __future__ import annotations

import secrets
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
from embedding_lab.embedding_prompts.presets import OWN, PRESETS, changed
from embedding_lab.errors import LabError, UsageError, did_you_mean
from embedding_lab.storage import read_json, write_json
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace

FILE = "prompt.json"
TEXTS = tuple(item.name for item in fields(HierarchicalPrompt))


class EmbeddingPromptStore:
    """Finds embedding prompts by name, and keeps those of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.folder / "embedding-prompts"

    def own(self) -> dict[str, HierarchicalPrompt]:
        """Return the workspace's own by name, in alphabetical order; damaged ones are left out."""
        return dict(sorted((name, prompt) for name, prompt, _ in self._files()))

    def all(self) -> dict[str, HierarchicalPrompt]:
        """Return the presets and then the workspace's own, by name."""
        return dict(PRESETS) | self.own()

    def get(self, name: str, changes: Mapping[str, str] | None = None) -> HierarchicalPrompt:
        """Return a prompt, with some of its texts changed.

        Parameters
        ----------
        name : str
            A preset, or one that was saved in the workspace.
        changes : mapping, optional
            Texts by the names of the method's parameters.

        Raises
        ------
        UsageError
            If there is no such prompt or text.
        """
        found = PRESETS.get(name) or self.own().get(name)
        if found is None:
            raise UsageError(
                f"There is no embedding prompt named {name}.",
                hint=did_you_mean(name, self.all(), "Embedding prompts"),
            )
        return changed(found, changes or {})

    def save(self, name: str, prompt: HierarchicalPrompt) -> None:
        """Keep a prompt under a name, in the place of an own one of that name.

        Raises
        ------
        UsageError
            If the name is empty or that of a preset.
        """
        self._workspace.require_writable()
        if not name.strip():
            raise UsageError("An embedding prompt needs a name.")
        if name in PRESETS or name == OWN:
            raise UsageError(
                f"The name {name} has a meaning already.",
                hint="Presets are never changed; choose another name.",
            )
        record = {"name": name, "texts": asdict(prompt)}
        for known, _, folder in self._files():
            if known == name:
                write_json(folder / FILE, record)
                return
        folder = self._folder / f"{slug(name)}-{secrets.token_hex(3)}"
        folder.mkdir(parents=True)
        write_json(folder / FILE, record)

    def delete(self, name: str) -> str:
        """Move an own prompt to the trash and return the item's id.

        Raises
        ------
        UsageError
            If the workspace has none of that name.
        """
        self._workspace.require_writable()
        for known, _, folder in self._files():
            if known == name:
                return self._workspace.trash.put(folder, "embedding prompt", name)
        raise UsageError(
            f"The workspace has no embedding prompt of its own named {name}.",
            hint=did_you_mean(name, self.own(), "Its own"),
        )

    def _files(self) -> Iterator[tuple[str, HierarchicalPrompt, Path]]:
        for file in sorted(self._folder.glob(f"*/{FILE}")):
            try:
                record = read_json(file)
                texts = {key: str(record["texts"][key]) for key in TEXTS}
                yield str(record["name"]), HierarchicalPrompt(**texts), file.parent
            except (LabError, TypeError, KeyError):
                continue
