"""The window's own commands: workspace, edit, view, help."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

import embedding_lab
from embedding_lab import paths, resources
from embedding_lab.cli.window_commands import window_program
from embedding_lab.diagnostics import diagnostics
from embedding_lab.errors import LabError
from embedding_lab_app.actions import Action
from embedding_lab_app.pages.registry import PAGES
from embedding_lab_app.widgets.folders import free_path

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.shell.commanded_window import CommandedWindow

MENUS = ("&Workspace", "&Edit", "&View", "&Help")


def add_window_actions(window: CommandedWindow) -> None:
    """Add the commands every window has."""
    _add_workspace_actions(window)
    _add_edit_actions(window)
    _add_view_actions(window)
    _add_help_actions(window)


def _add_workspace_actions(window: CommandedWindow) -> None:
    context, add = window.context, window.context.actions.add
    menu = MENUS[0]
    add(Action("workspace.new", "&New…", lambda: new_workspace(window), menu, "Ctrl+N"))
    add(Action("workspace.open", "&Open…", lambda: open_workspace(window), menu, "Ctrl+O"))
    add(
        Action(
            "corpus.import",
            "&Import files…",
            lambda: context.drop(context.asker.files("Import files of texts")),
            menu,
            "Ctrl+I",
            keywords="corpus csv json parquet drop",
            is_separated=True,
        )
    )
    add(
        Action(
            "corpus.import-folder",
            "Import a &folder…",
            lambda: context.drop(_some(context.asker.folder("Import a folder"))),
            menu,
            keywords="corpus beir",
        )
    )
    add(
        Action(
            "encoder.add",
            "Add an &encoder…",
            lambda: add_encoder(context),
            menu,
            keywords="model folder sentence-transformers hugging face",
        )
    )
    add(
        Action(
            "encoder.add-hub",
            "Add an encoder from the &hub…",
            lambda: context.navigate("encoders", hub=True),
            menu,
            keywords="model download hugging face huggingface",
        )
    )
    add(
        Action(
            "encoder.add-file",
            "Add an encoder from an ONN&X file…",
            lambda: add_encoder_file(context),
            menu,
            keywords="model onnx onnxruntime",
        )
    )
    add(Action("workspace.trash", "&Trash…", window.show_trash, menu, is_separated=True))
    add(
        Action(
            "workspace.backups",
            "&Backups…",
            window.show_backups,
            menu,
            keywords="upgrade format disk space delete",
        )
    )
    add(Action("workspace.quit", "&Quit", window.close_window, menu, "Ctrl+Q", is_separated=True))


def _add_edit_actions(window: CommandedWindow) -> None:
    context, add = window.context, window.context.actions.add
    stack, menu = context.selection.undo_stack, MENUS[1]
    add(Action("edit.undo", "&Undo", stack.undo, menu, "Ctrl+Z", is_enabled=stack.canUndo))
    add(Action("edit.redo", "&Redo", stack.redo, menu, "Ctrl+Shift+Z", is_enabled=stack.canRedo))
    add(
        Action(
            "edit.settings",
            "&Settings…",
            window.show_settings,
            menu,
            "Ctrl+,",
            keywords="threads theme offline preferences",
            is_separated=True,
        )
    )


def _add_view_actions(window: CommandedWindow) -> None:
    context, add = window.context, window.context.actions.add
    menu = MENUS[2]
    for number, page in enumerate(PAGES, start=1):
        add(
            Action(
                f"view.{page.page_id}",
                page.title,
                partial(context.navigate, page.page_id),
                menu,
                f"Ctrl+{number}",
                keywords="page",
            )
        )
    add(
        Action(
            "view.palette",
            "&Commands…",
            window.show_palette,
            menu,
            "Ctrl+K",
            is_separated=True,
        )
    )
    add(Action("view.jobs", "&Jobs panel", window.toggle_jobs, menu, "Ctrl+J"))
    add(Action("view.inspector", "&Inspector", window.toggle_inspector, menu, "Ctrl+B"))


def _add_help_actions(window: CommandedWindow) -> None:
    add, menu = window.context.actions.add, MENUS[3]
    add(Action("help.manual", "&Manual", window.show_manual, menu, "F1", keywords="help"))
    add(Action("help.tour", "&Tour", lambda: take_tour(window), menu))
    add(
        Action(
            "help.shortcuts",
            "&Keyboard shortcuts",
            lambda: window.context.manual_requested.emit("keyboard"),
            menu,
        )
    )
    add(Action("help.changes", "What is &new", lambda: show_changes(window), menu))
    add(Action("help.log", "Show the &log…", window.show_log, menu, is_separated=True))
    add(
        Action(
            "help.diagnostics",
            "Copy &diagnostics",
            lambda: copy_diagnostics(window.context),
            menu,
            keywords="report bug version log system",
        )
    )
    add(Action("help.update", "Look for a newer &version", window.look_for_update, menu))
    add(Action("help.about", "&About", lambda: show_about(window), menu, is_separated=True))


def new_workspace(window: CommandedWindow) -> None:
    """Ask for a place and a name, and make a workspace there."""
    suggestion = str(paths.default_workspace_folder().parent / "Study.embedlab")
    path = window.context.asker.save_file("New workspace", suggestion, "Workspace (*.embedlab)")
    if path is not None:
        folder = path if path.suffix == ".embedlab" else path.with_name(f"{path.name}.embedlab")
        window.change_workspace(lambda: window.context.create_workspace(folder))


def open_workspace(window: CommandedWindow) -> None:
    """Ask for a workspace folder and open it."""
    folder = window.context.asker.folder("Open a workspace")
    if folder is not None:
        window.change_workspace(lambda: window.context.open_workspace(folder))


def add_encoder(context: AppContext) -> None:
    """Ask for an encoder's folder and show what is in it."""
    folder = context.asker.folder("Choose the folder of an encoder")
    if folder is not None:
        context.navigate("encoders", folder=folder)


def add_encoder_file(context: AppContext) -> None:
    """Ask for an ONNX file and show what is in it."""
    paths = context.asker.files("Choose an encoder's ONNX file", "ONNX files (*.onnx)")
    if paths:
        context.navigate("encoders", folder=paths[0])


def take_tour(window: CommandedWindow) -> None:
    """Run the tour in a program of its own, so that this workspace stays as it is."""
    folder = free_path(window.context.workspace.folder.parent / "Tour")
    program, *words = window_program()
    if QProcess.startDetached(program, [*words, "--tour", str(folder)])[0]:
        window.context.notices.info(
            f"The tour runs in a window of its own. It leaves its pictures in {folder}."
        )
    else:
        window.context.notices.error(LabError("The tour could not be started."))


def copy_diagnostics(context: AppContext) -> None:
    """Put what a helper needs to know onto the clipboard."""
    QGuiApplication.clipboard().setText(diagnostics())
    context.notices.info("Copied: versions, system and the end of the log, without texts of yours.")


def show_changes(window: CommandedWindow) -> None:
    """Show the change log in the manual's window."""
    window.show_manual_text(resources.path("CHANGELOG.md"))


def show_about(window: CommandedWindow) -> None:
    """Say what this is and which version."""
    _message(
        window,
        "About Embedding Lab",
        f"Embedding Lab {embedding_lab.__version__}\n\n"
        "A workbench for people who work with embedding models. Everything stays on this machine.\n"
        "Apache License 2.0. Icons: Phosphor (MIT), shown through QtAwesome. Window: Qt (LGPL).",
    )


def _message(window: CommandedWindow, title: str, text: str) -> None:
    box = QMessageBox(window)
    box.setWindowTitle(title)
    box.setText(text)
    box.setModal(False)
    box.show()


def _some(folder: Path | None) -> list[Path]:
    return [folder] if folder is not None else []
