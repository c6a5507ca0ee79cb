"""Painted text: a few wrapped lines, the last one elided, right-to-left where the words are."""

from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

LONGEST_SHOWN = 600
"""Characters that are laid out at most: two lines never show more."""


def line_height(font: QFont) -> float:
    return QFontMetricsF(font).lineSpacing() * 1.12


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs right to left (Unicode bidi rule P2)."""
    return next((kind in ("R", "AL") for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), False)


def draw_lines(painter: QPainter, rect: QRectF, text: str, font: QFont, lines: int) -> None:
    """Draw `text` in the painter's pen, wrapped into at most `lines` lines of line_height(font)."""
    words = " ".join(text.split())[:LONGEST_SHOWN]
    height = line_height(font)
    side = Qt.AlignmentFlag.AlignRight if runs_right_to_left(words) else Qt.AlignmentFlag.AlignLeft
    flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignAbsolute | side
    painter.setFont(font)
    for number, line in enumerate(wrap_lines(words, font, rect.width(), lines)):
        shown = QFontMetricsF(font).elidedText(line, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(QRectF(QPointF(rect.left(), rect.top() + number * height), rect.size()), flags, shown)


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
