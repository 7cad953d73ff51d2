"""How a manual page is set: room around headings and tables, grounds behind code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFragment,
    QTextFrameFormat,
    QTextTable,
)

from embedding_lab_app.theme import BODY, HEADING, TITLE

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock, QTextDocument

    from embedding_lab_app.theme import Theme

SIZES = {1: TITLE, 2: HEADING + 2, 3: HEADING}
LINE_HEIGHT = 120
MARGIN, CELL = 20, 6
SPECIFIED = QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly
# Room above a heading, and below a paragraph, an item of a list, and a piece of code.
ABOVE, BELOW_TEXT, BELOW_ITEM, BELOW_CODE = 18, 8, 2, 10


def dress(document: QTextDocument, theme: Theme) -> None:
    """Give a document that was made of Markdown the looks of the window."""
    document.setDocumentMargin(MARGIN)
    document.setUndoRedoEnabled(False)
    # One change of the whole document: each alone would set all of it anew.
    whole = QTextCursor(document)
    whole.beginEditBlock()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame, theme)
    block = document.begin()
    while block.isValid():
        _dress_block(block, theme)
        block = block.next()
    whole.endEditBlock()


def _dress_block(block: QTextBlock, theme: Theme) -> None:
    level = block.blockFormat().headingLevel()
    if level:
        _dress_heading(block, level)
    elif _is_code(block):
        _dress_code(block, theme)
    elif QTextCursor(block).currentTable() is None:
        made = QTextBlockFormat()
        made.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        is_followed = block.textList() is not None and block.next().textList() is not None
        made.setBottomMargin(BELOW_ITEM if is_followed else BELOW_TEXT)
        QTextCursor(block).mergeBlockFormat(made)
    _dress_pieces(block, theme)


def _dress_heading(block: QTextBlock, level: int) -> None:
    font, made = QFont(), QTextBlockFormat()
    font.setPixelSize(SIZES.get(level, BODY))
    font.setWeight(QFont.Weight.DemiBold)
    for piece in _pieces(block):
        looks = piece.charFormat()
        # The size that Markdown gives is relative to the text's, and wins over one in pixels.
        looks.clearProperty(QTextFormat.Property.FontSizeAdjustment)
        looks.setFont(font, SPECIFIED)
        _over(block, piece).setCharFormat(looks)
    made.setTopMargin(0 if block.blockNumber() == 0 else ABOVE)
    made.setBottomMargin(BELOW_TEXT)
    QTextCursor(block).mergeBlockFormat(made)


def _dress_code(block: QTextBlock, theme: Theme) -> None:
    made = QTextBlockFormat()
    made.setBackground(theme.colour("raised"))
    made.setLeftMargin(0)
    made.setTextIndent(BELOW_TEXT)
    made.setBottomMargin(0 if _is_code(block.next()) else BELOW_CODE)
    cursor = _all_of(block)
    cursor.mergeCharFormat(_code())
    cursor.mergeBlockFormat(made)


def _all_of(block: QTextBlock) -> QTextCursor:
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and (
        block.blockFormat().nonBreakableLines()
        or block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
    )


def _code() -> QTextCharFormat:
    looks = QTextCharFormat()
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(BODY - 1)
    looks.setFont(font, SPECIFIED)
    return looks


def _dress_pieces(block: QTextBlock, theme: Theme) -> None:
    """Give links and code within a line their colours."""
    for piece in _pieces(block):
        looks = piece.charFormat()
        more = QTextCharFormat()
        if looks.isAnchor():
            more.setForeground(theme.colour("accent"))
        elif looks.fontFixedPitch() and not _is_code(block):
            more = _code()
            more.setBackground(theme.colour("raised"))
        else:
            continue
        _over(block, piece).mergeCharFormat(more)


def _pieces(block: QTextBlock) -> list[QTextFragment]:
    found, at = [], block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def _over(block: QTextBlock, piece: QTextFragment) -> QTextCursor:
    cursor = QTextCursor(block)
    cursor.setPosition(piece.position())
    cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _dress_table(table: QTextTable, theme: Theme) -> None:
    looks = table.format()
    looks.setBorder(1)
    looks.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    looks.setBorderBrush(QColor(theme.colour("border")))
    looks.setBorderCollapse(True)
    looks.setCellPadding(CELL)
    looks.setCellSpacing(0)
    looks.setTopMargin(8)
    looks.setBottomMargin(12)
    table.setFormat(looks)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        head = cell.format()
        head.setBackground(theme.colour("raised"))
        cell.setFormat(head)
