"""Settings: a form made from the core's declarations, with a search box."""

from __future__ import annotations

from dataclasses import Field as DataclassField
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QLineEdit, QWidget

from embedding_lab.settings import Settings, change_setting
from embedding_lab_app.shell.engine_control import EngineControl
from embedding_lab_app.shell.engine_section import WORDS, EngineSection
from embedding_lab_app.widgets.field import Field, NumberField, SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column
from embedding_lab_app.widgets.surfaces import rule, scrolled

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab_app.context import AppContext


class SettingsDialog(QDialog):
    """Every change takes effect at once and is saved."""

    def __init__(
        self,
        context: AppContext,
        parent: QWidget,
        look: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._context = context
        self.engine = EngineControl(context, look, self)
        self._rows: list[tuple[str, QWidget]] = []
        self.search = SearchField(context.theme.icon("magnifying-glass"), "Search the settings")
        self.search.textChanged.connect(self._on_search_changed)
        self.nothing = Label("No setting fits these words.", "muted")
        self.nothing.hide()
        form = column(self.nothing, spacing=16, margins=(0, 0, 12, 0))
        for item in fields(Settings):
            if not item.metadata.get("hidden"):
                row = self._make_row(item)
                words = f"{item.metadata['title']} {item.metadata['help']} {item.name}"
                self._rows.append((words.casefold(), row))
                form.addWidget(row)
        self.engine_section = EngineSection(context, self.engine)
        card = boxed(column(rule(), self.engine_section, spacing=16))
        self._rows.append((WORDS, card))
        form.addWidget(card)
        form.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        self.setLayout(column(self.search, scrolled(boxed(form)), close, spacing=12, margins=16))
        self.resize(520, 520)
        self.finished.connect(self.engine.close)

    def _make_row(self, item: DataclassField[Any]) -> QWidget:
        value = getattr(self._context.settings, item.name)
        meta = item.metadata
        if isinstance(value, bool):
            box = QCheckBox(meta["title"])
            box.setChecked(value)
            box.toggled.connect(lambda now: self._change(item.name, now))
            return boxed(column(box, Label(meta["help"], "small", wraps=True), spacing=4))
        if "choices" in meta:
            combo = QComboBox()
            combo.addItems([choice.capitalize() for choice in meta["choices"]])
            combo.setCurrentIndex(meta["choices"].index(value))
            combo.currentIndexChanged.connect(
                lambda now: self._change(item.name, meta["choices"][now])
            )
            return self._labelled(meta, combo)
        if isinstance(value, str):
            line = QLineEdit(value)
            line.editingFinished.connect(lambda: self._change(item.name, line.text().strip()))
            return self._labelled(meta, line)
        number = NumberField(meta["minimum"], meta["maximum"])
        number.setValue(value)
        number.valueChanged.connect(lambda now: self._change(item.name, now))
        return self._labelled(meta, number)

    def _labelled(self, meta: Any, widget: QWidget) -> QWidget:
        field = Field(meta["title"], widget, meta["help"])
        return boxed(column(field, Label(meta["help"], "small", wraps=True), spacing=4))

    def _change(self, name: str, value: Any) -> None:
        change_setting(self._context.settings, name, value)
        self._context.save_settings()
        if name == "theme":
            self._context.theme.choose(value)

    def _on_search_changed(self, typed: str) -> None:
        wanted = typed.casefold().strip()
        fitting = [row for words, row in self._rows if wanted in words]
        for _, row in self._rows:
            row.setVisible(row in fitting)
        self.nothing.setHidden(bool(fitting))
