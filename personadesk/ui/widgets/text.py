"""Painted text: a few wrapped lines, the last one elided, right-to-left where the words are."""

from unicodedata import bidirectional

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

LONGEST_SHOWN = 600
"""Characters that are laid out at most: two lines never show more."""


def line_height(font: QFont) -> float:
    return QFontMetricsF(font).lineSpacing() * 1.12


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs right to left (Unicode bidi rule P2)."""
    return next((kind in ("R", "AL") for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), False)


def draw_line(painter: QPainter, rect: QRectF, text: str, side: Qt.AlignmentFlag) -> None:
    """Draw one elided line at a side of `rect`, in its own direction whatever the window's is."""
    direction = painter.layoutDirection()
    painter.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if runs_right_to_left(text) else Qt.LayoutDirection.LeftToRight
    )
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, shown)
    painter.setLayoutDirection(direction)


def draw_lines(painter: QPainter, rect: QRectF, text: str, font: QFont, lines: int) -> None:
    """Draw `text` in the painter's pen, wrapped into at most `lines` lines of line_height(font)."""
    words = " ".join(text.split())[:LONGEST_SHOWN]
    height = line_height(font)
    side = Qt.AlignmentFlag.AlignRight if runs_right_to_left(words) else Qt.AlignmentFlag.AlignLeft
    painter.setFont(font)
    for number, line in enumerate(wrap_lines(words, font, rect.width(), lines)):
        draw_line(painter, QRectF(rect.left(), rect.top() + number * height, rect.width(), height), line, side)


def wrap_lines(words: str, font: QFont, width: float, lines: int) -> list[str]:
    """Cut into at most `lines` lines that fit `width` pixels; the last one holds all the rest."""
    layout = QTextLayout(words, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    starts: list[int] = []
    layout.beginLayout()
    while len(starts) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    # QTextLayout counts UTF-16 units; beyond the BMP they are two to a character.
    units = words.encode("utf-16-le", "surrogatepass")
    ends = [*starts[1:], len(units) // 2]
    return [
        units[start * 2 : end * 2].decode("utf-16-le", "replace").rstrip()
        for start, end in zip(starts, ends, strict=True)
    ]
