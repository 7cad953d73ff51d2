"""A prompt token by token, the pooled one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from embedding_lab.embedding_prompts.chat_format import FORM

if TYPE_CHECKING:
    from embedding_lab_app.theme import Theme

# Of a long prompt so many tokens are shown at its beginning, and as many at its end.
MOST_AT_AN_END = 200
HEIGHT = 176


class TokenView(QTextEdit):
    """Shows the tokens of a prompt; line breaks among them are drawn as ↵ and break the line.

    Parameters
    ----------
    theme : Theme
        Where colours come from.
    name : str
        Whose prompt, for a screen reader.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._result: dict[str, Any] = {}
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setFixedHeight(HEIGHT)
        theme.changed.connect(self._draw)

    def show_result(self, result: dict[str, Any]) -> None:
        """Show what :class:`~embedding_lab.workflows.render_prompt.RenderPrompt` returned."""
        self._result = result
        self._draw()

    def show_sentence(self, sentence: str) -> None:
        """Show a sentence instead of a prompt."""
        self._result = {}
        self.setPlainText(sentence)

    def _draw(self) -> None:
        if not self._result:
            return
        self.clear()
        cursor = self.textCursor()
        result = self._result
        n = len(result["tokens"])
        for number, token in enumerate(result["tokens"]):
            if result["cut"] and number == result["tail"]:
                self._put(cursor, f" … {len(result['cut']):,} characters cut … ", "warning")
            if MOST_AT_AN_END <= number < n - MOST_AT_AN_END:
                if number == MOST_AT_AN_END:
                    self._put(cursor, f" … {n - 2 * MOST_AT_AN_END:,} more tokens … ", "muted")
                continue
            self._put_token(cursor, token, number)
        # The end is where the pooled token stands.
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.ensureCursorVisible()

    def _put_token(self, cursor: QTextCursor, token: str, number: int) -> None:
        """Put a token; neighbours have other grounds, so that their edges are seen."""
        result = self._result
        colour = "muted" if result["parts"][number] == FORM else "text"
        grounds = ("surface", "raised")
        if result["pools_all"]:
            grounds = ("selection", "raised")
        elif number == result["pooled_index"]:
            colour, grounds = "on_accent", ("accent", "accent")
        self._put(cursor, token.replace("\n", "↵") or "␀", colour, grounds[number % 2])
        if token.endswith("\n"):
            self._put(cursor, "\n", colour)

    def _put(self, cursor: QTextCursor, text: str, colour: str, ground: str = "") -> None:
        form = QTextCharFormat()
        form.setForeground(self._theme.colour(colour))
        form.setBackground(self._theme.colour(ground) if ground else QColor(0, 0, 0, 0))
        cursor.insertText(text, form)
