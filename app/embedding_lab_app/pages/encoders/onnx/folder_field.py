"""The folder a job will make: typed or chosen, with what is wrong about it below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from embedding_lab.errors import InputError
from embedding_lab.workflows.export_onnx import new_folder
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from embedding_lab_app.pages.encoders.onnx.controller import OnnxController


class FolderField(QWidget):
    """Suggests a new folder until somebody decides otherwise. ``changed`` tells of any change."""

    changed = Signal()

    def __init__(self, controller: OnnxController) -> None:
        super().__init__()
        self._controller = controller
        self._name = ""
        self.path = QLineEdit()
        self.path.setAccessibleName("Folder to make")
        self.button = Button("Choose…", self._choose)
        self.button.setAccessibleName("Choose where the folder goes")
        line = row(self.path, self.button)
        line.setStretch(0, 1)
        box = boxed(line)
        box.setFocusProxy(self.path)
        self.field = Field("Folder to make", box, "It appears when everything is done")
        self.setLayout(column(self.field))
        self.path.textChanged.connect(self._on_path_changed)

    @property
    def text(self) -> str:
        """The folder as it is written now."""
        return self.path.text().strip()

    @property
    def is_valid(self) -> bool:
        """Whether a folder can be made there."""
        return bool(self.text) and not self.field.error

    def suggest(self, name: str) -> None:
        """Suggest a folder of this name, beside the workspace."""
        self._name = name
        self.path.setText(str(self._controller.suggested_folder(name)))

    def suggest_again(self) -> None:
        """Suggest another one after the last was made."""
        self.suggest(self._name)

    def _choose(self) -> None:
        path = self._controller.choose_folder(self._name)
        if path is not None:
            self.path.setText(str(path))

    def _on_path_changed(self, _text: str) -> None:
        problem = _problem(self.text)
        self.field.set_error(problem)
        # The field's input is the line with its button; the frame belongs to the line edit.
        self.path.setProperty("invalid", bool(problem))
        self.path.style().unpolish(self.path)
        self.path.style().polish(self.path)
        self.changed.emit()


def _problem(text: str) -> str:
    if not text:
        return "The folder needs a name."
    try:
        new_folder(text)
    except InputError as error:
        return error.message
    return ""
