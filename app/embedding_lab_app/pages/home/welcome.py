"""What a new person sees: three ways to begin, and one sentence on where everything stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import DropArea

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

WIDTH, BUTTON_WIDTH = 640, 160
PRIVACY = "Everything happens on this machine: nothing you open, write or search leaves it."


class Welcome(QWidget):
    """A large area to drop files on, the sample, and the tour."""

    def __init__(
        self,
        *,
        on_dropped: Callable[[list[Path]], object],
        on_open_files: Callable[[], object],
        on_sample: Callable[[], object],
        on_tour: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.open_button = Button("Choose a file…", on_open_files, kind="primary")
        self.sample_button = Button("Open the sample", on_sample)
        self.tour_button = Button("Take the tour", on_tour)
        self.drop_area = self._make_drop_area(on_dropped)
        middle = boxed(
            column(
                Label("Search your own texts by meaning", "title"),
                self.drop_area,
                _line("Some 5,000 functions of Python's library.", self.sample_button),
                _line("The program shows itself, in a window of its own.", self.tour_button),
                Label(PRIVACY, "muted", wraps=True),
                spacing=16,
            )
        )
        middle.setMaximumWidth(WIDTH)
        across = row(None, middle, None, spacing=0)
        across.setStretch(1, 1000)
        self.setLayout(column(None, across, None, margins=24))

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keyboard begin at what most people want."""
        super().showEvent(event)
        self.open_button.setFocus()

    def _make_drop_area(self, on_dropped: Callable[[list[Path]], object]) -> DropArea:
        heading = _centred(Label("Drop a file of texts here", "heading"))
        kinds = _centred(
            Label(
                "A table (CSV, TSV, JSON, Parquet), plain text, or a folder; pictures too.",
                "muted",
                wraps=True,
            )
        )
        button = row(None, self.open_button, None)
        area = DropArea(column(None, heading, kinds, 4, button, None, spacing=12, margins=24))
        area.setMinimumHeight(220)
        area.setAccessibleName("Drop files or folders here")
        area.dropped.connect(on_dropped)
        return area


def _centred(label: Label) -> Label:
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label


def _line(words: str, button: Button) -> QWidget:
    button.setFixedWidth(BUTTON_WIDTH)
    return boxed(row(button, Label(words, "muted"), None, spacing=12))
