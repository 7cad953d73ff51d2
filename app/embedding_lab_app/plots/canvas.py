"""The drawing surface of a figure, in the colours of the theme.

The only module of the window that imports pyqtgraph at its top; figures import it when they first
have something to draw, so that opening the window does not wait for it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QSizePolicy

from embedding_lab_app.theme import CATEGORIES, SMALL, body_font

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab_app.theme import Theme

GRID = 40
LINE_WIDTH = 2
LONGEST_NAME = 26
# A legend has no two series of the same colour.
MOST_NAMED = len(CATEGORIES["light"])


class Canvas:
    """Axes with a thin grid, and what is drawn on them.

    Parameters
    ----------
    theme : Theme
        Where every colour comes from.
    x, y : str
        What the axes show, with their unit.
    is_movable : bool
        Whether dragging moves and the wheel enlarges; figures in a scrolled page leave it off.
    """

    def __init__(self, theme: Theme, x: str, y: str, *, is_movable: bool = False) -> None:
        self.theme = theme
        self._labels = {"bottom": x, "left": y}
        self.widget: Any = pg.PlotWidget(enableMenu=False)
        self.widget.setFrameShape(self.widget.Shape.NoFrame)
        # Keys belong to the table beside the figure, which has all that is drawn.
        self.widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot: Any = self.widget.getPlotItem()
        # Without a parent this menu, which is never shown, would outlive the figure.
        menu = self.plot.ctrlMenu
        menu.setParent(self.widget, menu.windowFlags())
        self.plot.hideButtons()
        self.widget.setAntialiasing(True)
        for side in self._labels:
            # Once, and before there is a label: a second call would scale the ticks.
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.setMouseEnabled(is_movable, is_movable)
        self.is_movable = is_movable
        if not is_movable:
            self.widget.wheelEvent = self._leave_to_the_page
        self._on_click: Callable[[float, float], None] | None = None
        self._on_hover: Callable[[float, float], None] | None = None
        self._on_resize: Callable[[], None] | None = None
        self.plot.getViewBox().sigResized.connect(self._resized)
        scene = self.widget.scene()
        scene.sigMouseClicked.connect(self._clicked)
        scene.sigMouseMoved.connect(self._moved)
        self.recolour()

    # Looks

    def recolour(self) -> None:
        """Take the colours of the theme as it is now; what is drawn is drawn anew by others."""
        self.widget.setBackground(self.theme.colour("surface"))
        font = body_font()
        font.setPixelSize(SMALL)
        for side, label in self._labels.items():
            axis = self.plot.getAxis(side)
            axis.setPen(QPen(self.theme.colour("control_border"), 1))
            axis.setTextPen(self.theme.colour("muted"))
            axis.setStyle(tickFont=font, tickLength=0)
            axis.setGrid(GRID)
            style = {"color": self.theme.tokens.muted, "font-size": f"{SMALL}px"}
            axis.setLabel(escape(label) if label else None, **style)

    def name_axes(self, x: str, y: str) -> None:
        """Say something else about the axes, as when another figure is drawn on them."""
        self._labels = {"bottom": x, "left": y}
        self.recolour()

    def pen(self, colour: QColor, width: float = LINE_WIDTH) -> QPen:
        """Return a pen that stays as wide however far the view is."""
        made = QPen(colour, width)
        made.setCosmetic(True)
        return made

    def show_legend(self, entries: Sequence[tuple[str, QColor]]) -> None:
        """Name the series above the axes, where they hide nothing; none for a single one.

        Of more than there are colours, the others are counted.
        """
        text = self.theme.tokens.text
        words = [
            f'<span style="color:{colour.name()}">■</span> '
            f'<span style="color:{text}">{escape(name)}</span>'
            for name, colour in entries[:MOST_NAMED]
        ]
        if len(entries) > MOST_NAMED:
            words.append(f'<span style="color:{text}">and {len(entries) - MOST_NAMED} more</span>')
        self.plot.setTitle(" &nbsp; ".join(words) if len(words) > 1 else None, size=f"{SMALL}px")
        # A long legend must not widen the axes beyond the view.
        self.plot.titleLabel.setMinimumWidth(0)

    def name_ticks(self, side: str, names: Sequence[str]) -> None:
        """Put names at 0, 1, 2… of an axis; long ones are cut."""
        axis = self.plot.getAxis(side)
        axis.setGrid(False)
        axis.setTicks([[(number, short(name)) for number, name in enumerate(names)]])

    # Drawing

    def clear(self) -> None:
        """Take everything away but the axes."""
        self.plot.clear()

    def add(self, item: Any, *, is_ignored: bool = False) -> Any:
        """Put an item on the axes and return it; an ignored one does not move their ends."""
        self.plot.addItem(item, ignoreBounds=is_ignored)
        return item

    def line(self, at: float, *, is_vertical: bool, colour: QColor, name: str = "") -> None:
        """Draw a dashed line across the axes, with its name at the upper end if it has one."""
        pen = self.pen(colour, 1)
        pen.setStyle(Qt.PenStyle.DashLine)
        words = {"position": 0.95, "color": colour, "movable": False}
        made = pg.InfiniteLine(
            at, 90 if is_vertical else 0, pen, label=name or None, labelOpts=words if name else None
        )
        self.add(made, is_ignored=True)

    def show_powers(self, side: str, *, is_log: bool) -> None:
        """Say whether an axis is given logarithms to base 10, whose ticks are then powers."""
        self.plot.getAxis(side).setLogMode(is_log, is_log)

    # The mouse

    def watch(
        self,
        on_click: Callable[[float, float], None] | None,
        on_hover: Callable[[float, float], None] | None,
    ) -> None:
        """Tell where on the axes the mouse was clicked, and where it is."""
        self._on_click, self._on_hover = on_click, on_hover

    def watch_size(self, on_resize: Callable[[], None]) -> None:
        """Tell when there is more or less room."""
        self._on_resize = on_resize

    @property
    def room(self) -> tuple[float, float]:
        """Width and height between the axes, in pixels."""
        view = self.plot.getViewBox()
        return view.width(), view.height()

    def _clicked(self, event: Any) -> None:
        if self._on_click is not None and event.button() == Qt.MouseButton.LeftButton:
            self._on_click(*self._place(event.scenePos()))

    def _moved(self, position: QPointF) -> None:
        if self._on_hover is not None:
            self._on_hover(*self._place(position))

    def _place(self, position: QPointF) -> tuple[float, float]:
        place = self.plot.getViewBox().mapSceneToView(position)
        return place.x(), place.y()

    def _resized(self, _view: Any) -> None:
        if self._on_resize is not None:
            self._on_resize()

    def _leave_to_the_page(self, event: Any) -> None:
        event.ignore()


def short(name: str) -> str:
    """Return a name that an axis has room for."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
