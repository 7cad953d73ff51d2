"""What somebody keeps for other tests: patterns and prompt sets, in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, UsageError, did_you_mean
from embedding_lab.prompts.bundled import patterns
from embedding_lab.prompts.pattern_file import read_patterns, write_patterns
from embedding_lab.prompts.prompt_set import read_prompt_set, write_prompt_set
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from embedding_lab.prompts.patterns import Pattern
    from embedding_lab.workspace.workspace import Workspace

PATTERN_FILE = "pattern.json"


class PatternStore:
    """The bundled patterns, and those of a workspace, one folder each."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.folder / "patterns"

    def own(self) -> tuple[Pattern, ...]:
        """Return the workspace's own patterns by title, except those that are damaged."""
        found: list[Pattern] = []
        for file in self._folder.glob(f"*/{PATTERN_FILE}"):
            try:
                found += read_patterns(file)
            except LabError:
                continue
        return tuple(sorted(found, key=lambda item: item.title.casefold()))

    def list(self) -> tuple[Pattern, ...]:
        """Return the own patterns, then the bundled ones."""
        return (*self.own(), *patterns())

    def get(self, name: str) -> Pattern:
        """Return the pattern with this id.

        Raises
        ------
        UsageError
            If there is none; the hint proposes the nearest.
        """
        known = {item.id: item for item in self.list()}
        if name not in known:
            hint = did_you_mean(name, known, "Patterns")
            raise UsageError(f"There is no pattern named {name}.", hint=hint)
        return known[name]

    def add(self, new: Iterable[Pattern]) -> None:
        """Keep patterns, all of them or none.

        Raises
        ------
        UsageError
            If an id is taken.
        WorkspaceError
            If the workspace is open for reading only.
        """
        self._workspace.require_writable()
        new, taken = tuple(new), {item.id for item in self.list()}
        for item in new:
            if item.id in taken or item.id != slug(item.id):
                raise UsageError(
                    f"A pattern cannot be named {item.id}: it is taken, or no plain name.",
                    hint="Choose another title, or delete the other one.",
                )
        for item in new:
            folder = self._folder / item.id
            folder.mkdir(parents=True, exist_ok=True)
            write_patterns(folder / PATTERN_FILE, [item])

    def delete(self, name: str) -> str:
        """Move an own pattern to the trash and return the item's id.

        Raises
        ------
        UsageError
            If it is none of your own.
        """
        self._workspace.require_writable()
        found = self.get(name)
        if found not in self.own():
            raise UsageError(f"{found.title} comes with the program and cannot be deleted.")
        return self._workspace.trash.put(self._folder / found.id, "pattern", found.title)


class PromptSetStore:
    """The prompt sets of a workspace: classes and templates under one name, a folder each."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.folder / "prompts"

    def names(self) -> list[str]:
        """Return the names, in alphabetical order."""
        return sorted(item.name for item in self._folder.glob("*") if item.is_dir())

    def get(self, name: str) -> dict[str, Any]:
        """Return the ``classes`` and ``templates`` of a prompt set, as a test takes them.

        Raises
        ------
        UsageError
            If there is none of that name.
        InputError
            If it is damaged.
        """
        return read_prompt_set(self._folder_of(name))

    def require_unused(self, name: str) -> str:
        """Return a name as prompt sets have it: letters, digits and hyphens.

        Raises
        ------
        UsageError
            If there is no name, or it is taken.
        WorkspaceError
            If the workspace is open for reading only.
        """
        self._workspace.require_writable()
        if not name.strip():
            raise UsageError("A prompt set needs a name.")
        plain = slug(name)
        if plain in self.names():
            raise UsageError(
                f"There is a prompt set named {plain} already.",
                hint="Choose another name, or delete that one.",
            )
        return plain

    def save(self, name: str, prompt_set: Mapping[str, Any]) -> str:
        """Keep a prompt set, and return the name it has; see :meth:`require_unused`."""
        plain = self.require_unused(name)
        self._folder.mkdir(exist_ok=True)
        write_prompt_set(prompt_set, self._folder / plain)
        return plain

    def delete(self, name: str) -> str:
        """Move a prompt set to the trash and return the item's id."""
        self._workspace.require_writable()
        return self._workspace.trash.put(self._folder_of(name), "prompt set", name)

    def _folder_of(self, name: str) -> Path:
        if name not in self.names():
            hint = did_you_mean(name, self.names(), "Prompt sets")
            raise UsageError(f"There is no prompt set named {name}.", hint=hint)
        return self._folder / name
