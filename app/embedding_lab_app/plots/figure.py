"""What all figures share: a heading, a table of what is drawn, and the way into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from embedding_lab.errors import LabError
from embedding_lab_app.plots.export import FILES, figure_image, write_figure
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.labels import ElidedLabel
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.records_model import RecordsModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QShowEvent

    from embedding_lab_app.asker import Asker
    from embedding_lab_app.notices import Notices
    from embedding_lab_app.plots.canvas import Canvas
    from embedding_lab_app.theme import Theme

LEAST_HEIGHT = 220
# Members of the tables beside figures that are numbers written out already.
FIGURES = ("x", "y", "low", "high", "value", "share")


class Surroundings(Protocol):
    """What a figure needs of the window."""

    theme: Theme
    asker: Asker
    notices: Notices


class Figure(QWidget):
    """A figure with its table. Subclasses say how it is drawn.

    Parameters
    ----------
    around : Surroundings
        The window's services.
    title : str
        What is seen; also the name for a screen reader and of an exported file.
    columns : sequence of (str, str)
        Member and title of each column of the table.
    """

    x_label = ""
    y_label = ""
    is_movable = False
    has_caption = False

    def __init__(
        self,
        around: Surroundings,
        title: str,
        columns: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._around = around
        self._canvas: Canvas | None = None
        self._is_stale = False
        self._make_records: Callable[[], Sequence[dict[str, Any]]] | None = None
        self.title = title
        self.table = DataTable(f"{title}, as a table")
        self.model = RecordsModel(columns, self.table, FIGURES)
        self.table.setModel(self.model)
        self.caption = ElidedLabel("", "small")
        self.table_button = Button("As a table", self._toggle_table, kind="link")
        self.copy_button = Button("Copy", self._copy, kind="link")
        self.export_button = Button("Export…", self._export, kind="link")
        for button in (self.table_button, self.copy_button, self.export_button):
            button.setAccessibleName(f"{title}: {button.text().rstrip('…').lower()}")
        self.heading = ElidedLabel(title, "field")
        head = row(self.heading, self.table_button, self.copy_button, self.export_button)
        head.setStretch(0, 1)
        self.stack = QStackedWidget()
        self.stack.setMinimumHeight(LEAST_HEIGHT)
        self.stack.addWidget(self.table)
        layout = column(boxed(head), self.stack, self.caption, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.caption.setVisible(self.has_caption)
        around.theme.changed.connect(self._on_theme_changed)
        self._describe()

    @property
    def canvas(self) -> Canvas:
        """Where it is drawn, made when first wanted."""
        if self._canvas is None:
            from embedding_lab_app.plots.canvas import Canvas

            self._canvas = Canvas(
                self._around.theme, self.x_label, self.y_label, is_movable=self.is_movable
            )
            self.stack.insertWidget(0, self._canvas.widget)
            self.stack.setCurrentIndex(0)
            self.prepare(self._canvas)
            self._describe()
        return self._canvas

    def rename(self, title: str, x: str, y: str) -> None:
        """Say that another figure is drawn here, on other axes."""
        self.title, self.x_label, self.y_label = title, x, y
        self.heading.setText(title)
        self._describe()
        if self._canvas is not None:
            self._canvas.name_axes(x, y)

    def _describe(self) -> None:
        """Tell screen readers what is drawn, and that the table has it in numbers."""
        axes = " over ".join(label for label in (self.y_label, self.x_label) if label)
        n_rows = self.model.rowCount()
        size = f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}" if n_rows else "the numbers"
        described = f"Figure{f' of {axes}' if axes else ''}. As a table shows {size}."
        for widget in (self, self._canvas.widget) if self._canvas is not None else (self,):
            widget.setAccessibleName(self.title)
            widget.setAccessibleDescription(described)

    @property
    def theme(self) -> Theme:
        """Where colours come from."""
        return self._around.theme

    def prepare(self, canvas: Canvas) -> None:
        """Make a new canvas ready; the base leaves it as it is."""

    def draw(self, canvas: Canvas) -> None:
        """Draw everything on a cleared canvas."""
        raise NotImplementedError

    def show_records(self, records: Sequence[dict[str, Any]]) -> None:
        """Draw anew, and put into the table what is drawn."""
        self._make_records = None
        self.model.show_records(records)
        self._describe()
        self.redraw()

    def show_growing(self, make_records: Callable[[], Sequence[dict[str, Any]]]) -> None:
        """Draw anew; the table is made when somebody looks at it, not several times a second."""
        self._make_records = make_records
        self._fill_table()
        self.redraw()

    def _fill_table(self) -> None:
        if self._make_records is not None and self.stack.currentWidget() is self.table:
            self.model.show_records(self._make_records())
            self._describe()

    def redraw(self) -> None:
        """Draw anew, as after a change of theme; what nobody sees is drawn when it is seen."""
        self._is_stale = not self.isVisible()
        if not self._is_stale:
            self._draw_now()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what changed while nobody saw it."""
        super().showEvent(event)
        if self._is_stale:
            self._draw_now()

    def _draw_now(self) -> None:
        self._is_stale = False
        canvas = self.canvas
        canvas.clear()
        self.draw(canvas)

    def export(self, path: Any) -> None:
        """Write the figure; the name's ending (.png, .svg, .pdf) decides how."""
        if self._is_stale:
            self._draw_now()
        write_figure(self.canvas.widget, path)

    def _copy(self) -> None:
        """Put what is shown onto the clipboard: the figure as a picture, or its table as text."""
        if self.stack.currentWidget() is self.table:
            self.table.copy_tsv()
            return
        if self._is_stale:
            self._draw_now()
        QGuiApplication.clipboard().setImage(figure_image(self.canvas.widget))

    def _toggle_table(self) -> None:
        shows_table = self.stack.currentWidget() is self.table
        if self._canvas is not None:
            self.stack.setCurrentWidget(self._canvas.widget if shows_table else self.table)
            self.table_button.setText("As a table" if shows_table else "As a figure")
            self._fill_table()

    def _export(self) -> None:
        name = f"{self.title.lower().replace(' ', '-')}.png"
        path = self._around.asker.save_file("Export the figure", name, FILES)
        if path is None:
            return
        try:
            self.export(path)
        except LabError as error:
            self._around.notices.error(error)

    def _on_theme_changed(self) -> None:
        if self._canvas is not None:
            self._canvas.recolour()
            self.redraw()
