"""What the window fills into the manual: its shortcuts, as its commands declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedding_lab_app.actions import ActionList


def shortcut_table(actions: ActionList) -> str:
    """Return every command that has a shortcut as a table in Markdown."""
    rows = [
        f"| {action.shortcut} | {action.plain_title.rstrip('…')} | {action.menu.replace('&', '')} |"
        for action in actions
        if action.shortcut
    ]
    return "\n".join(["| keys | what they do | menu |", "|---|---|---|", *rows])
