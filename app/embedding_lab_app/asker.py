"""Questions that stop the user: behind one class, so that tests can answer them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget


class Asker:
    """Asks with the system's dialogs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.parent = parent

    def files(self, title: str, name_filter: str = "") -> list[Path]:
        """Ask for existing files; empty when the user thought better of it."""
        names, _ = QFileDialog.getOpenFileNames(self.parent, title, "", name_filter)
        return [Path(name) for name in names]

    def folder(self, title: str) -> Path | None:
        """Ask for an existing folder."""
        name = QFileDialog.getExistingDirectory(self.parent, title)
        return Path(name) if name else None

    def save_file(self, title: str, suggestion: str, name_filter: str = "") -> Path | None:
        """Ask where to write a file."""
        name, _ = QFileDialog.getSaveFileName(self.parent, title, suggestion, name_filter)
        return Path(name) if name else None

    def text(self, title: str, label: str, value: str = "") -> str | None:
        """Ask for one line of text."""
        answer, is_given = QInputDialog.getText(
            self.parent, title, label, QLineEdit.EchoMode.Normal, value
        )
        return answer.strip() if is_given and answer.strip() else None

    def confirm(
        self,
        title: str,
        sentence: str,
        act: str,
        *,
        is_dangerous: bool = False,
        otherwise: str = "Cancel",
    ) -> bool:
        """Ask whether to go on; ``act`` names what the button does, ``otherwise`` the other."""
        box = QMessageBox(self.parent)
        box.setWindowTitle(title)
        box.setText(sentence)
        icon = QMessageBox.Icon.Warning if is_dangerous else QMessageBox.Icon.Question
        box.setIcon(icon)
        yes = box.addButton(act, QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(otherwise, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no if is_dangerous else yes)
        box.exec()
        return box.clickedButton() is yes
