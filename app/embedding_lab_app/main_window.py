"""The window: navigation, pages, inspector, jobs. It shows and forwards; it decides nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.jobs.jobs_panel import JobsPanel
from embedding_lab_app.jobs.jobs_strip import JobsStrip
from embedding_lab_app.pages.registry import PAGES, make_page
from embedding_lab_app.qsettings import window_state
from embedding_lab_app.shell.backups_dialog import BackupsDialog
from embedding_lab_app.shell.closing import ClosingDialog
from embedding_lab_app.shell.commanded_window import CommandedWindow
from embedding_lab_app.shell.header import Header
from embedding_lab_app.shell.inspector import InspectorDock
from embedding_lab_app.shell.job_ends import JobEnds
from embedding_lab_app.shell.job_progress import JobProgress
from embedding_lab_app.shell.log_dialog import LogDialog
from embedding_lab_app.shell.manual_opener import ManualOpener
from embedding_lab_app.shell.menus import fill_menu_bar
from embedding_lab_app.shell.navigation import Navigation
from embedding_lab_app.shell.palette import PaletteDialog
from embedding_lab_app.shell.session import Session, bring_onto_screen
from embedding_lab_app.shell.settings_dialog import SettingsDialog
from embedding_lab_app.shell.status_line import StatusLine
from embedding_lab_app.shell.trash_dialog import TrashDialog
from embedding_lab_app.shell.update_notice import UpdateNotice
from embedding_lab_app.shell.window_actions import add_window_actions
from embedding_lab_app.shell.workspace_events import WorkspaceEvents
from embedding_lab_app.single_instance import hand_over
from embedding_lab_app.widgets.dropped_paths import comes_from_outside, dropped_paths
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.manual_place import explain, explained
from embedding_lab_app.widgets.surfaces import Banner
from embedding_lab_app.widgets.toasts import ToastStack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.base import Page

FIRST_SIZE = (1280, 800)
# A screen of 1280 by 800 at one and a half times the size has no more room.
SMALLEST_SIZE = (848, 528)
# Below these widths the inspector is away until it is called, and the pages are icons.
ROOMY_WIDTH, ICONS_BELOW = 1100, 1000
WORK_BELOW = 72


class MainWindow(CommandedWindow):
    """The one window of the program, over one :class:`AppContext`."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self._pages: dict[str, Page] = {}
        self._is_narrow = self._is_called = False
        context.runs_on |= {family: entry.page_id for entry in PAGES for family in entry.runs}
        self._manual = ManualOpener(context, self)
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(*FIRST_SIZE)
        self.updates = UpdateNotice(context, self)
        add_window_actions(self)
        self._build()
        fill_menu_bar(self)
        self._on_theme_changed()
        context.theme.changed.connect(self._on_theme_changed)
        context.workspace_opened.connect(self._on_workspace_opened)
        context.navigation_requested.connect(self._on_navigation_requested)
        context.manual_requested.connect(self._manual.show_place)
        context.workspace_requested.connect(self._on_workspace_requested)
        context.notices.added.connect(self.toasts.show)
        self._events = WorkspaceEvents(context, self)
        self._progress = JobProgress(context.runner, self)
        self.job_ends = JobEnds(context, self)
        if context.has_workspace:
            self._on_workspace_opened(context.workspace)

    def _on_theme_changed(self) -> None:
        self.setStyleSheet(self.context.theme.style_sheet)

    # Building

    def _build(self) -> None:
        context = self.context
        self.header = Header(context)
        self.banner = Banner()
        self.navigation = Navigation(PAGES, context.theme)
        self.stack = QStackedWidget()
        self.strip = JobsStrip(context.runner, context.theme)
        self.strip.panel_requested.connect(self.toggle_jobs)
        self.status = StatusLine(context)
        self.toasts = ToastStack(self, WORK_BELOW)
        middle = boxed(row(self.navigation, self.stack, spacing=0))
        inner = QMainWindow()
        inner.setWindowFlags(Qt.WindowType.Widget)
        inner.setAnimated(False)
        inner.setCentralWidget(middle)
        self.inspector_dock = InspectorDock(inner)
        explain("window#the-inspector", self.inspector_dock)
        inner.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.inspector_dock)
        self.jobs_panel = JobsPanel(context.runner, context.notices)
        explain("jobs", self.strip, self.jobs_panel)
        self.jobs_dock = self._make_jobs_dock(inner)
        self._inner = inner
        layout = column(self.header, self.banner, inner, self.strip, self.status, spacing=0)
        layout.setStretch(2, 1)
        self.setCentralWidget(boxed(layout))
        self.navigation.page_chosen.connect(self.show_page)
        # Where keys begin: the arrow keys go through the pages.
        self.navigation.setFocus()

    def _make_jobs_dock(self, inner: QMainWindow) -> QDockWidget:
        dock = QDockWidget("Jobs", inner)
        dock.setObjectName("jobs")
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(self.jobs_panel)
        inner.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        inner.resizeDocks([dock], [220], Qt.Orientation.Vertical)
        dock.hide()
        return dock

    # Pages

    def page(self, page_id: str) -> Page:
        """Return a page, making it when it is first wanted."""
        if page_id not in self._pages:
            entry = next(entry for entry in PAGES if entry.page_id == page_id)
            page = make_page(entry, self.context)
            self._pages[page_id] = page
            self.stack.addWidget(page)
            self.inspector_dock.keep(page.inspector())
            page.restore_state(self._session().page_state(page_id))
        return self._pages[page_id]

    def current_page(self) -> Page:
        """Return the page that is shown."""
        shown = self.stack.currentWidget()
        return next(page for page in self._pages.values() if page is shown)

    def show_page(self, page_id: str) -> None:
        """Show a page and its inspector."""
        page = self.page(page_id)
        self._leave_page_for(page)
        self.stack.setCurrentWidget(page)
        inspector = page.inspector()
        self.inspector_dock.show_for(inspector)
        self._show_inspector()
        self.navigation.choose(page_id)

    def _leave_page_for(self, page: Page) -> None:
        """Keep the keys from falling on whatever control of the next page comes first."""
        left, focused = self.stack.currentWidget(), self.focusWidget()
        if left is not None and left is not page and left.isAncestorOf(focused or self):
            self.navigation.setFocus()

    def _on_navigation_requested(self, page_id: str, arguments: dict[str, Any]) -> None:
        self.show_page(page_id)
        if arguments:
            self.page(page_id).open_with(arguments)

    # Workspaces

    def change_workspace(self, change: Callable[[], None]) -> bool:
        """Open another workspace after live jobs have been dealt with; say so if it fails."""
        if not ClosingDialog.settle(self.context, self):
            return False
        self._save_session()
        try:
            change()
        except LabError as error:
            self.context.notices.error(error)
            return False
        return True

    def _on_workspace_requested(self, folder: Path) -> None:
        is_here = folder.resolve() == self.context.workspace.folder.resolve()
        if not is_here and hand_over(folder):
            self.context.notices.info(f"{folder.stem} is open in a window of its own.")
            return
        self.change_workspace(partial(self.context.open_workspace, folder))

    def _on_workspace_opened(self, workspace: Any) -> None:
        self._progress.show_name(workspace.name)
        self.header.show_workspace(workspace.name)
        reason = workspace.why_read_only
        upgrade = partial(self.change_workspace, self.context.upgrade_workspace)
        acts = (("Upgrade…", upgrade),) if workspace.is_earlier else ()
        self.banner.say(f"Read-only. {reason}" if reason else "", *acts, level="warning")
        self.jobs_panel.show_workspace(workspace)
        session = self._session()
        if session.geometry is not None:
            self.restoreGeometry(session.geometry)
        bring_onto_screen(self)
        if session.docks is not None:
            self._inner.restoreState(session.docks)
        for name, page in self._pages.items():
            page.restore_state(session.page_state(name))
        known = {entry.page_id for entry in PAGES}
        self.show_page(session.page if session.page in known else "home")

    # Session

    def _session(self) -> Session:
        return Session(self.context.workspace.id)

    def _save_session(self) -> None:
        if self.context.has_workspace:
            self._session().save(
                self.current_page().page_id,
                self.saveGeometry(),
                self._inner.saveState(),
                {page_id: page.save_state() for page_id, page in self._pages.items()},
            )

    # What the actions call

    def toggle_jobs(self) -> None:
        """Show or hide the Jobs panel."""
        self.jobs_dock.setVisible(self.jobs_dock.isHidden())
        if not self.jobs_dock.isHidden():
            self.jobs_panel.model.reload()
            self.jobs_panel.table.setFocus()

    def _wants_inspector(self) -> bool:
        if self._is_narrow:
            return self._is_called
        return bool(window_state().value("inspector", defaultValue=True, type=bool))

    def _show_inspector(self) -> None:
        has_one = self.current_page().inspector() is not None
        self.inspector_dock.setVisible(has_one and self._wants_inspector())

    def toggle_inspector(self) -> None:
        """Show or hide the inspector, on every page."""
        wanted = not self._wants_inspector()
        if self._is_narrow:
            self._is_called = wanted
        else:
            window_state().setValue("inspector", wanted)
        self._show_inspector()

    def show_palette(self) -> None:
        """Open the command palette."""
        self._open(PaletteDialog(self.context, self), "window#commands")

    def show_settings(self) -> None:
        """Open the settings."""
        self._open(SettingsDialog(self.context, self), "settings")

    def show_trash(self) -> None:
        """Open the trash."""
        self._open(TrashDialog(self.context, self), "window#the-trash")

    def show_backups(self) -> None:
        """List the backups of upgrades."""
        self._open(BackupsDialog(self.context, self), "workspace#backups-of-upgrades")

    def show_log(self) -> None:
        """Show the end of the program's log."""
        self._open(LogDialog(self), "troubleshooting")

    def look_for_update(self) -> None:
        """Ask whether there is a newer version, and tell what comes of it."""
        self.updates.ask_now()

    def show_manual(self) -> None:
        """Open the manual at the place that explains what has the keys, or the page."""
        self._manual.show_place(
            explained(QApplication.focusWidget()) or self.current_page().manual_place
        )

    def show_manual_text(self, path: Path) -> None:
        """Show another document of the program in the manual's window."""
        self._manual.show_file(path)

    def _open(self, dialog: QWidget, place: str) -> None:
        explain(place, dialog)
        # A dialog that waits for an answer keeps the window's own shortcuts from being heard.
        QShortcut(QKeySequence("F1"), dialog).activated.connect(self.show_manual)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.show()

    def close_window(self) -> None:
        """Close the window, as the Quit command does."""
        self.close()

    def come_forward(self) -> None:
        """Show the window before all others, or ask for attention where that is not allowed."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the page what room there is."""
        super().resizeEvent(event)
        self.navigation.set_narrow(is_narrow=event.size().width() < ICONS_BELOW)
        is_narrow = event.size().width() < ROOMY_WIDTH
        if is_narrow != self._is_narrow:
            self._is_narrow, self._is_called = is_narrow, False
            if self._pages:
                self._show_inspector()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files anywhere in the window."""
        if comes_from_outside(event) and dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Lead what was dropped to the right page."""
        event.acceptProposedAction()
        paths = dropped_paths(event.mimeData())
        if not self.current_page().take_drop(paths):
            self.context.drop(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about live jobs, remember the session, and let go of the workspace."""
        if not ClosingDialog.settle(self.context, self):
            event.ignore()
            return
        self._save_session()
        self._manual.close()
        self.context.close_workspace()
        event.accept()
