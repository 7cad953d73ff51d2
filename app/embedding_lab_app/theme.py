"""The look: colours, type scale and spacing, each defined once, for light and dark.

Widgets and delegates take every colour from :class:`Tokens`; nothing else in the window names one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette

from embedding_lab_app.stylesheet import build_stylesheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

STYLE = "fusion"
SPACE = (4, 8, 12, 16, 24)
CORNER = 6
SMALL, BODY, HEADING, TITLE = 12, 13, 15, 20


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme as ``#rrggbb``."""

    name: str
    background: str
    surface: str
    raised: str
    border: str
    control_border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    success: str
    warning: str
    danger: str
    selection: str
    highlight: str


LIGHT = Tokens(
    name="light",
    background="#f5f6f8",
    surface="#ffffff",
    raised="#eceef2",
    border="#d9dde4",
    control_border="#7f8898",
    text="#1b2330",
    muted="#56606f",
    accent="#1f5fbf",
    accent_hover="#184f9f",
    on_accent="#ffffff",
    success="#1d6f42",
    warning="#855800",
    danger="#b3261e",
    selection="#d5e4fa",
    highlight="#fce9b0",
)
DARK = Tokens(
    name="dark",
    background="#14181f",
    surface="#1b212a",
    raised="#262e3a",
    border="#333d4b",
    control_border="#717d8e",
    text="#e6eaf0",
    muted="#a3adbb",
    accent="#7fb2ff",
    accent_hover="#a3c8ff",
    on_accent="#0d1a2d",
    success="#6fcf97",
    warning="#e9b949",
    danger="#ff8a80",
    selection="#284064",
    highlight="#5c4a12",
)


# Okabe and Ito's colours for people of every colour vision (Color Universal Design, 2008), those
# first that stand out best from the ground; on the light one the two palest are darker than theirs.
CATEGORIES = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b87d00", "#3a9bd6"),
    "dark": ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00"),
}
# What is written on a colour of a sequence.
INKS = ("#000000", "#ffffff")


class Theme(QObject):
    """The theme in use; ``changed`` tells delegates and icons to draw anew."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice = choice
        self.tokens = LIGHT
        # Once: every further time, Qt takes the style sheets of all widgets apart and puts them
        # together again. With a tested Prompts page open, a change of theme took 2.5 s, now 0.2 s.
        if app.style().name() != STYLE:
            app.setStyle(STYLE)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self.apply()

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are in use."""
        return self.tokens is DARK

    @property
    def choice(self) -> str:
        """What the user chose: ``system``, ``light`` or ``dark``."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Change to ``system``, ``light`` or ``dark``."""
        self._choice = choice
        self.apply()

    def apply(self) -> None:
        """Give palette and font to the application, and tell windows to dress again."""
        self.tokens = self._wanted()
        self._app.setPalette(palette(self.tokens))
        self._app.setFont(body_font())
        self.changed.emit()

    @property
    def style_sheet(self) -> str:
        """The style sheet that every window without a parent gives itself.

        The application has none: with one, Qt styles every widget anew each time it comes into a
        layout, which made pages four times as slow to build.
        """
        return build_stylesheet(asdict(self.tokens))

    def _wanted(self) -> Tokens:
        if self._choice != "system":
            return DARK if self._choice == "dark" else LIGHT
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme is Qt.ColorScheme.Dark else LIGHT

    def _on_scheme_changed(self) -> None:
        if self._choice == "system":
            self.apply()

    def icon(self, name: str, token: str = "muted") -> QIcon:
        """Return an icon of the one set in use (Phosphor, regular weight).

        Parameters
        ----------
        name : str
            The icon's name without its set, for example ``magnifying-glass``.
        token : str
            Which colour of :class:`Tokens` it takes.
        """
        colour = getattr(self.tokens, token)
        icon: QIcon = qtawesome.icon(
            f"ph.{name}",
            color=colour,
            color_disabled=self.tokens.control_border,
            color_active=colour,
        )
        return icon

    def colour(self, token: str) -> QColor:
        """Return one colour for painting."""
        return QColor(getattr(self.tokens, token))

    def category(self, number: int) -> QColor:
        """Return the colour of a category in plots; after the last one they begin again."""
        colours = CATEGORIES[self.tokens.name]
        return QColor(colours[number % len(colours)])


def palette(tokens: Tokens) -> QPalette:
    """Return the Qt palette of a theme, for what the style sheet does not reach."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.background,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Button: tokens.surface,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.selection,
        QPalette.ColorRole.HighlightedText: tokens.text,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.Mid: tokens.border,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return made


def body_font() -> QFont:
    """Return the system's font at body size, with figures of equal width where it has them."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(BODY)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour; one of them always reads."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def _luminance(colour: str) -> float:
    channels = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        channels.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def token_names() -> list[str]:
    """Return the names of all colours."""
    return [item.name for item in fields(Tokens) if item.name != "name"]
