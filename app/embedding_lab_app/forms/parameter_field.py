"""One parameter of a method as a form field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from embedding_lab.errors import UsageError
from embedding_lab.registry.parameter import ParameterType
from embedding_lab_app.widgets.field import Field, UnitField

if TYPE_CHECKING:
    from embedding_lab.registry.parameter import Parameter, Value


class ParameterField(Field):
    """Label, input with its unit, help on hover, and what is wrong as it is typed.

    Signals
    -------
    changed()
        Something else stands in the field now, right or wrong.
    """

    changed = Signal()

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        self.parameter = parameter
        help_text = f"{parameter.help}.\nTakes {parameter.rule}."
        super().__init__(parameter.title, _input_for(parameter), help_text, parent)
        self.setObjectName(parameter.name)
        self.show_value(parameter.default)
        self._connect()

    @property
    def text(self) -> str:
        """What stands in the field."""
        widget = self.input
        if isinstance(widget, QCheckBox):
            return "yes" if widget.isChecked() else "no"
        if isinstance(widget, QComboBox):
            return widget.currentText()
        return widget.text() if isinstance(widget, QLineEdit) else ""

    @property
    def value(self) -> Value:
        """The value that stands in the field.

        Raises
        ------
        UsageError
            If the parameter does not take it; :attr:`error` says why then.
        """
        return self.parameter.parsed(self.text)

    def show_value(self, value: Value) -> None:
        """Put a value into the field."""
        widget = self.input
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        elif isinstance(widget, QComboBox):
            widget.setCurrentText(str(value))
        elif isinstance(widget, QLineEdit):
            widget.setText(f"{value:.12g}" if isinstance(value, float) else str(value))

    def _connect(self) -> None:
        widget = self.input
        if isinstance(widget, QCheckBox):
            widget.toggled.connect(self._on_input_changed)
        elif isinstance(widget, QComboBox):
            widget.currentTextChanged.connect(self._on_input_changed)
        elif isinstance(widget, QLineEdit):
            widget.textChanged.connect(self._on_input_changed)

    def _on_input_changed(self, _now: object) -> None:
        try:
            self.parameter.parsed(self.text)
        except UsageError as error:
            self.set_error(error.message)
        else:
            self.set_error("")
        self.changed.emit()


def _input_for(parameter: Parameter) -> QWidget:
    if parameter.type is ParameterType.BOOL:
        return QCheckBox("Yes")
    if parameter.type is ParameterType.CHOICE:
        box = QComboBox()
        box.addItems(list(parameter.choices))
        return box
    return UnitField(parameter.unit)
