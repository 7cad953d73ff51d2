"""Prompt sets that were kept: classes and templates to be tested again with one click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from embedding_lab.errors import LabError
from embedding_lab.prompts.own_prompts import PromptSetStore
from embedding_lab_app.widgets.buttons import MenuButton

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController


class PromptSetsButton(MenuButton):
    """A menu of the prompt sets of the workspace, read when it opens.

    Signals
    -------
    prompts_wanted(prompt_set)
        Its classes and templates are to stand in the editors.
    """

    prompts_wanted = Signal(object)

    def __init__(self, context: AppContext, controller: ZeroShotController) -> None:
        super().__init__("Prompt sets", "Prompt sets that were saved")
        self.setToolTip("Classes and templates kept under one name")
        self._context = context
        self._controller = controller
        self.menu().aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        menu, names = self.menu(), PromptSetStore(self._context.workspace).names()
        menu.clear()
        why_not = self._context.workspace.why_read_only
        keep = self.add("Save these prompts…", self._keep, why_not)
        keep.setEnabled(self._controller.text.is_right and not why_not)
        menu.addSeparator()
        for name in names:
            self.add(name, partial(self._take, name))
        if not names:
            menu.addAction("Nothing is saved yet").setEnabled(False)
            return
        delete = menu.addMenu("Delete")
        delete.setEnabled(not why_not)
        for name in names:
            delete.addAction(f"{name}…", partial(self._delete, name))

    def _keep(self) -> None:
        text = self._controller.text
        prompt_set = {"classes": text.records(), "templates": text.templates}
        keep_prompt_set(self._context, prompt_set)

    def _take(self, name: str) -> None:
        try:
            self.prompts_wanted.emit(PromptSetStore(self._context.workspace).get(name))
        except LabError as error:
            self._context.notices.error(error)

    def _delete(self, name: str) -> None:
        sentence = f"Move the prompt set {name} to the trash?"
        if not self._context.asker.confirm("Delete a prompt set", sentence, "Delete"):
            return
        try:
            PromptSetStore(self._context.workspace).delete(name)
        except LabError as error:
            self._context.notices.error(error)
        else:
            self._context.announce("trash", initiator=self)


def keep_prompt_set(context: AppContext, prompt_set: Mapping[str, Any]) -> None:
    """Ask for a name and keep classes and templates under it."""
    name = context.asker.text("Save the prompts", "Name of the prompt set")
    if not name:
        return
    try:
        kept = PromptSetStore(context.workspace).save(name, prompt_set)
    except LabError as error:
        context.notices.error(error)
    else:
        context.notices.info(f"Saved as {kept}. It is listed under Prompt sets, in the editors.")
