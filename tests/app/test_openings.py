"""What the words behind the program's name mean, and where the first workspace is made."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent

from embedding_lab import paths
from embedding_lab.errors import LabError
from embedding_lab.settings import load_settings, remember_workspace
from embedding_lab.workspace.pointer import POINTER_FILE
from embedding_lab.workspace.workspace import create_workspace
from embedding_lab_app.__main__ import _parser
from embedding_lab_app.application import make_window
from embedding_lab_app.later_starts import FileOpener
from embedding_lab_app.openings import first_folder, open_first_workspace, sort_out

if TYPE_CHECKING:
    from conftest import ScriptedAsker
    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.theme import Theme


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "A study.embedlab"
    create_workspace(folder).close()
    return folder


@pytest.fixture
def bare_window(theme: Theme, asker: ScriptedAsker, qtbot: QtBot) -> MainWindow:
    """A window that has no workspace yet."""
    made = make_window(theme, asker)
    yield made
    made.close()
    made.deleteLater()


def test_workspaces_pointer_files_and_files_are_told_apart(study: Path, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text\nx\n")
    texts = tmp_path / "texts"
    texts.mkdir()
    opening = sort_out([table, study / POINTER_FILE, texts, study])
    assert (opening.workspace, opening.files) == (study, [table, texts])
    assert opening.problems == []


def test_what_cannot_be_opened_is_told_and_the_rest_opens(study: Path, tmp_path: Path) -> None:
    other = tmp_path / "Other.embedlab"
    create_workspace(other).close()
    lonely = tmp_path / "lonely.embedlab"
    shutil.copy(study / POINTER_FILE, lonely)
    opening = sort_out([tmp_path / "gone.csv", lonely, study, other])
    assert opening.workspace == study
    said = " ".join(str(problem) for problem in opening.problems)
    for words in ("gone.csv is not there", "opens the workspace it lies in", "one workspace"):
        assert words in said


def test_a_workspace_that_is_not_there_yet_is_made(tmp_path: Path, bare_window) -> None:
    new = tmp_path / "New.embedlab"
    assert sort_out([new]).workspace == new
    open_first_workspace(bare_window.context, new)
    assert bare_window.context.workspace.folder == new


def test_relative_words_and_the_home_are_understood(study: Path, monkeypatch) -> None:
    monkeypatch.chdir(study.parent)
    monkeypatch.setenv("HOME", str(study.parent))
    assert sort_out([Path(study.name)]).workspace == study
    if sys.platform != "win32":
        assert sort_out([Path("~") / study.name]).workspace == study


def test_the_command_line_takes_several_paths() -> None:
    options = _parser().parse_args(["a.csv", "b.csv", "--new-window"])
    assert options.paths == [Path("a.csv"), Path("b.csv")]
    assert options.new_window
    assert _parser().parse_args([]).paths == []


def test_the_last_workspace_that_is_still_there_opens(study: Path, tmp_path: Path) -> None:
    assert first_folder(sort_out([]), with_sample=False) == paths.default_workspace_folder()
    remember_workspace(str(study))
    remember_workspace(str(tmp_path / "gone.embedlab"))
    assert first_folder(sort_out([]), with_sample=False) == study
    assert first_folder(sort_out([]), with_sample=True) == paths.default_workspace_folder()


def test_the_first_workspace_is_made_in_the_documents_without_a_word(bare_window) -> None:
    open_first_workspace(bare_window.context, first_folder(sort_out([]), with_sample=False))
    assert bare_window.context.workspace.folder == paths.default_workspace_folder()
    assert bare_window.context.notices.history == []


def test_documents_that_cannot_be_written_are_told_and_another_place_is_taken(
    bare_window, own_home: Path
) -> None:
    # A file where the folder would be: nobody can make it, not even an administrator.
    (own_home / "Embedding Lab").write_text("in the way")
    open_first_workspace(bare_window.context, paths.default_workspace_folder())
    context = bare_window.context
    assert context.workspace.folder == paths.other_workspace_folder()
    assert context.workspace.is_writable
    error, info = context.notices.history
    assert str(paths.default_workspace_folder()) in error.text
    assert info.text == f"Your work is kept in {paths.other_workspace_folder()}."


def test_a_workspace_that_is_damaged_leaves_the_users_own(bare_window, study: Path) -> None:
    (study / "workspace.json").write_text("{")
    open_first_workspace(bare_window.context, study)
    assert bare_window.context.workspace.folder == paths.default_workspace_folder()
    assert "workspace.json" in bare_window.context.notices.history[0].text


def test_without_any_place_the_reason_is_raised(bare_window, own_home: Path) -> None:
    for name in ("Embedding Lab", "workspaces"):
        (own_home / name).write_text("in the way")
    with pytest.raises(LabError, match="cannot be made"):
        open_first_workspace(bare_window.context, paths.default_workspace_folder())


def test_a_dropped_pointer_file_opens_its_workspace(window: MainWindow, study: Path) -> None:
    window.context.drop([study / POINTER_FILE])
    assert window.context.workspace.folder == study
    assert load_settings().recent_workspaces[0] == str(study)


def test_a_lonely_pointer_file_is_a_notice(window: MainWindow, study: Path, tmp_path: Path) -> None:
    lonely = tmp_path / POINTER_FILE
    shutil.copy(study / POINTER_FILE, lonely)
    window.context.drop([lonely])
    assert window.context.workspace.name == "Study"
    assert "opens the workspace it lies in" in window.context.notices.history[-1].text


def test_files_that_macos_hands_over_are_opened(
    window: MainWindow, study: Path, tmp_path: Path, qapp
) -> None:
    opener = FileOpener(window.context, window)
    qapp.installEventFilter(opener)
    try:
        qapp.sendEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile(str(study / POINTER_FILE))))
        assert window.context.workspace.folder == study
        table = tmp_path / "a.csv"
        table.write_text("text\nx\n")
        qapp.sendEvent(qapp, QFileOpenEvent(str(table)))
        assert window.current_page().page_id == "corpora"
    finally:
        qapp.removeEventFilter(opener)
