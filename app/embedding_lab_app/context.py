"""What every part of the window shares, passed in and never global."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from embedding_lab.encoders.folder import looks_like_encoder
from embedding_lab.errors import LabError
from embedding_lab.settings import load_settings, remember_workspace, save_settings
from embedding_lab.workspace.backups import Watch, list_backups
from embedding_lab.workspace.pointer import pointed_folder
from embedding_lab.workspace.record import UpgradeNeededError
from embedding_lab.workspace.upgrade import upgrade_workspace
from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace
from embedding_lab_app.actions import ActionList
from embedding_lab_app.jobs.runner import JobRunner
from embedding_lab_app.notices import Notice, Notices
from embedding_lab_app.selection import Selection
from embedding_lab_app.widgets.waiting_dialog import StoppedError, WaitingDialog
from embedding_lab_app.widgets.wording import size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab_app.asker import Asker
    from embedding_lab_app.theme import Theme


# What a workspace holds, as its changes are announced.
KINDS = (
    "corpora", "embeddings", "encoders", "runs", "experiments", "negatives", "embedding_prompts",
    "trash",
)  # fmt: skip
UPGRADE, READ = "Upgrade the workspace", "Open read-only"


class AppContext(QObject):
    """The open workspace and the services of the window.

    Attributes
    ----------
    runs_on : dict of str
        For each family of methods, the page that runs them.

    Signals
    -------
    workspace_requested(folder)
        Somebody wants another workspace; the window opens it when live jobs have been dealt with.
    workspace_opened(workspace)
        Another workspace is open; everything shown must be read anew.
    workspace_changed(kinds, initiator)
        Something in it changed: a frozenset of some of :data:`KINDS`; and who changed it, so that
        it may skip its own echo.
    settings_saved()
        The user changed a setting.
    navigation_requested(page_id, arguments)
        A page asks for another page: a dictionary that the other page's ``open_with`` understands.
    manual_requested(place)
        Somebody wants to read the manual at a place, ``method/saha``.
    """

    workspace_requested = Signal(object)
    workspace_opened = Signal(object)
    workspace_changed = Signal(object, object)
    settings_saved = Signal()
    navigation_requested = Signal(str, object)
    manual_requested = Signal(str)

    def __init__(self, theme: Theme, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.asker = asker
        self.settings = load_settings()
        self.actions = ActionList()
        self.runner = JobRunner(self)
        self.notices = Notices(self)
        self.selection = Selection(self)
        self.runs_on: dict[str, str] = {}
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The open workspace; the window is never shown without one."""
        if self._workspace is None:
            raise LabError("No workspace is open.")
        return self._workspace

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""
        return self._workspace is not None

    def open_workspace(self, folder: str | Path) -> None:
        """Open a workspace in place of the present one.

        Raises
        ------
        LabError
            If it cannot be opened; the present one stays open then.
        """
        if self._workspace is not None and Path(folder) == self._workspace.folder:
            return
        self._take(self._open(folder))

    def upgrade_workspace(self) -> None:
        """Offer once more to upgrade the open workspace, and open it anew."""
        folder = self.workspace.folder
        self._take(self._open(folder))

    def _open(self, folder: str | Path) -> Workspace:
        """Open a workspace, after an upgrade if it needs one and the user agrees."""
        try:
            return open_workspace(folder)
        except UpgradeNeededError as error:
            needed = error
        if self._is_upgraded(needed):
            return open_workspace(folder)
        return open_workspace(folder, wants_writing=False)

    def _is_upgraded(self, needed: UpgradeNeededError) -> bool:
        if not self.asker.confirm(UPGRADE, _question(needed), "Upgrade", otherwise=READ):
            return False
        sentence = f"Upgrading {needed.folder.name}. The backup comes first."
        try:
            WaitingDialog.wait_for(
                sentence,
                lambda told: upgrade_workspace(needed.folder, Watch(told.check, told.tell)),
                self.asker.parent,
            )
        except StoppedError:
            return False
        except (LabError, OSError) as error:
            self.notices.error(error)
            return False
        self._tell_of_backup(needed)
        return True

    def _tell_of_backup(self, upgraded: UpgradeNeededError) -> None:
        n_bytes = sum(backup.n_bytes for backup in list_backups(upgraded.folder))
        self.notices.add(
            Notice(
                f"{upgraded.folder.stem} is upgraded. A backup of what changed "
                f"({size(n_bytes)}) stays until you delete it.",
                level="success",
                action_title="Backups…",
                action=self.actions["workspace.backups"].run,
            )
        )

    def create_workspace(self, folder: str | Path, name: str = "") -> None:
        """Make a workspace and open it in place of the present one."""
        self._take(create_workspace(folder, name))

    def _take(self, workspace: Workspace) -> None:
        self.close_workspace()
        self._workspace = workspace
        self.runner.set_workspace(workspace)
        remember_workspace(str(workspace.folder))
        self.settings = load_settings()
        self.selection.clear_history()
        self.workspace_opened.emit(workspace)

    def close_workspace(self) -> None:
        """Let go of the workspace; live jobs must have ended."""
        if self._workspace is not None:
            self.runner.set_workspace(None)
            self._workspace.close()
            self._workspace = None

    def announce(self, *kinds: str, initiator: object = None) -> None:
        """Tell everybody that something in the workspace changed."""
        self.workspace_changed.emit(frozenset(kinds), initiator)

    def navigate(self, page_id: str, **arguments: object) -> None:
        """Show another page, handing it what it should work on."""
        self.navigation_requested.emit(page_id, arguments)

    def drop(self, paths: Iterable[Path]) -> None:
        """Lead dropped files and folders to the page they belong to."""
        dropped = list(paths)
        if not dropped:
            return
        first = dropped[0]
        try:
            workspace = pointed_folder(first)
        except LabError as error:
            self.notices.error(error)
            return
        if workspace is not None:
            self.workspace_requested.emit(workspace)
        elif looks_like_encoder(first):
            self.navigate("encoders", folder=first)
        else:
            self.navigate("corpora", paths=dropped)

    def recent_workspaces(self) -> list[Path]:
        """Return the workspaces opened before, newest first, without the open one."""
        recent = [Path(name) for name in load_settings().recent_workspaces]
        here = self._workspace.folder if self._workspace is not None else None
        return [folder for folder in recent if folder != here]

    def save_settings(self) -> None:
        """Write the settings as they are now; other windows may have opened workspaces since."""
        self.settings.recent_workspaces = load_settings().recent_workspaces
        save_settings(self.settings)
        self.settings_saved.emit()


def _question(needed: UpgradeNeededError) -> str:
    begun = " An upgrade was begun and cut short; it goes on now." if needed.is_unfinished else ""
    return (
        f"{needed.folder.name} is from an earlier version of Embedding Lab (format "
        f"{needed.version}).{begun}\n\nIt is upgraded before anything can be added to it. A "
        f"backup of what changes is kept in {needed.folder / 'backups'}. Earlier versions can "
        "only read it afterwards, or not open it at all."
    )
