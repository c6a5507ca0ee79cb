"""Items of a list that say whether they are done: their boxes stand where the bullet would."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QTextCharFormat, QTextCursor, QTextDocument

from personadesk.ui.chat.markdown_ink import Ink

_GAP_PX = 7.0
_NUMBERED_PX = 21.0
"""Room between the number and the words of an item that has both a number and a box."""


@dataclass(frozen=True, slots=True)
class TaskMark:
    """An item's box; `first` is where its line begins in the document. `numbered` items have it behind the number."""

    first: int
    done: bool
    numbered: bool


@dataclass(frozen=True, slots=True)
class TaskBox:
    """A box on screen, in document coordinates."""

    area: QRectF
    done: bool


def write_sign(cursor: QTextCursor, *, done: bool, numbered: bool) -> TaskMark:
    """Write the sign so small that only the box is seen, but who copies the words has it."""
    mark = TaskMark(cursor.position(), done, numbered)
    sign = "[x] " if done else "[ ] "
    style = QTextCharFormat()
    style.setProperty(QTextCharFormat.Property.FontPixelSize, 1)
    style.setForeground(QColor(0, 0, 0, 0))
    if numbered:
        style.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        style.setFontLetterSpacing(_NUMBERED_PX / len(sign))
    cursor.insertText(sign, style)
    return mark


def task_box(document: QTextDocument, mark: TaskMark) -> TaskBox | None:
    """Where a box is; None while its line is not laid out."""
    block = document.findBlock(mark.first)
    layout = block.layout()
    line = layout.lineAt(0) if layout.lineCount() else None
    if line is None or not line.isValid():
        return None
    origin = document.documentLayout().blockBoundingRect(block).topLeft()
    natural = line.naturalTextRect()
    size = round(line.ascent() * 0.95)
    top = round(origin.y() + line.y() + line.ascent() - size + 1)
    backwards = block.textDirection() == Qt.LayoutDirection.RightToLeft
    if mark.numbered:
        left = natural.right() - size if backwards else natural.left()
    else:
        left = natural.right() + _GAP_PX if backwards else natural.left() - _GAP_PX - size
    return TaskBox(QRectF(round(origin.x() + left), top, size, size), mark.done)


def paint_tasks(painter: QPainter, boxes: Iterable[TaskBox], ink: Ink) -> None:
    """Paint boxes; the painter's origin is the document's."""
    for box in boxes:
        area = box.area.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(ink.link if box.done else ink.muted, 1.2))
        painter.setBrush(QBrush(ink.link) if box.done else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, 3.5, 3.5)
        if box.done:
            _paint_tick(painter, area, ink)


def _paint_tick(painter: QPainter, area: QRectF, ink: Ink) -> None:
    bright = ink.link.lightnessF() > 0.6
    painter.setPen(
        QPen(
            QColor(20, 21, 28) if bright else QColor(255, 255, 255),
            max(area.width() / 8, 1.4),
            Qt.PenStyle.SolidLine,
            Qt.PenCapStyle.RoundCap,
            Qt.PenJoinStyle.RoundJoin,
        )
    )

    def at(x: float, y: float) -> QPointF:
        return QPointF(area.left() + area.width() * x, area.top() + area.height() * y)

    painter.drawPolyline([at(0.24, 0.53), at(0.43, 0.71), at(0.77, 0.31)])
