"""A form for the parameters of any method, made from its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from embedding_lab_app.forms.parameter_field import ParameterField
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Collapsible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedding_lab.registry.parameter import Parameter, Value

COLUMNS = 3


class ParameterForm(QWidget):
    """A field for each parameter, the advanced ones folded away.

    Signals
    -------
    changed()
        Something else is chosen now, or something invalid was typed.
    """

    changed = Signal()

    def __init__(self, parameters: Sequence[Parameter], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {item.name: ParameterField(item) for item in parameters}
        usual = [field for field in self.fields.values() if not field.parameter.is_advanced]
        advanced = [field for field in self.fields.values() if field.parameter.is_advanced]
        self.defaults_button = Button("Restore the defaults", self.restore_defaults, "link")
        self.advanced = Collapsible(f"Advanced ({len(advanced)})", _gridded(advanced))
        self.setLayout(
            column(_gridded(usual), self.advanced, boxed(row(self.defaults_button, None)))
        )
        self.advanced.setVisible(bool(advanced))
        for field in self.fields.values():
            field.changed.connect(self._on_field_changed)
        self._show_state()

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the parameters' names; empty if nothing is."""
        return {name: field.error for name, field in self.fields.items() if field.error}

    @property
    def is_valid(self) -> bool:
        """Whether every field holds a value that its parameter takes."""
        return not self.errors

    def values(self) -> dict[str, Value]:
        """Return the value of every parameter.

        Raises
        ------
        UsageError
            If a field holds something invalid, as :attr:`errors` tells.
        """
        return {name: field.value for name, field in self.fields.items()}

    def chosen(self) -> dict[str, Value]:
        """Return the values that differ from the defaults, as :meth:`values` does."""
        return {
            name: value
            for name, value in self.values().items()
            if value != self.fields[name].parameter.default
        }

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Put values into their fields; names that the method does not know are left out."""
        for name, value in values.items():
            if name in self.fields:
                self.fields[name].show_value(value)

    def restore_defaults(self) -> None:
        """Put every default back."""
        self.show_values({name: item.parameter.default for name, item in self.fields.items()})

    def _on_field_changed(self) -> None:
        self._show_state()
        self.changed.emit()

    def _show_state(self) -> None:
        is_default = self.is_valid and not self.chosen()
        self.defaults_button.setEnabled(not is_default)


def _gridded(fields: Sequence[ParameterField]) -> QWidget:
    """Return the fields in columns of the same width, aligned at their labels."""
    content = QWidget()
    grid = QGridLayout(content)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(12)
    for number, field in enumerate(fields):
        grid.addWidget(field, number // COLUMNS, number % COLUMNS, Qt.AlignmentFlag.AlignTop)
    for place in range(COLUMNS):
        grid.setColumnStretch(place, 1)
    return content
