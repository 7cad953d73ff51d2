"""Commands as data: one list feeds the menus, the shortcuts and the command palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def always() -> bool:
    """Return ``True``: the command is never disabled."""
    return True


@dataclass(frozen=True)
class Action:
    """One command of the window.

    Attributes
    ----------
    id : str
        Stable name, ``workspace.new``.
    title : str
        What menu and palette show; ``&`` marks the mnemonic.
    run : callable
        What it does.
    menu : str
        The menu it stands in; empty for the palette alone.
    shortcut : str
        As Qt writes it, ``Ctrl+N``.
    keywords : str
        Further words under which the palette finds it.
    is_enabled : callable
        Asked whenever a menu or the palette opens.
    is_separated : bool
        Whether a line stands above it in the menu.
    """

    id: str
    title: str
    run: Callable[[], None]
    menu: str = ""
    shortcut: str = ""
    keywords: str = ""
    is_enabled: Callable[[], bool] = always
    is_separated: bool = False

    @property
    def plain_title(self) -> str:
        """The title without its mnemonic mark."""
        return self.title.replace("&", "")

    @property
    def plain_menu(self) -> str:
        """The name of its menu without the mnemonic mark."""
        return self.menu.replace("&", "")


class ActionList:
    """All commands, in the order in which they were added."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def add(self, action: Action) -> None:
        """Add a command; its id must be new."""
        if action.id in self._actions:
            raise ValueError(f"the action {action.id} exists already")
        self._actions[action.id] = action

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]

    def of_menu(self, menu: str) -> list[Action]:
        """Return the commands of one menu."""
        return [action for action in self if action.menu == menu]
