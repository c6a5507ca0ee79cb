"""A memory as a card: its words, where they came from, and a pin."""

from datetime import datetime
from pathlib import PurePosixPath

from PySide6.QtCore import (
    QCoreApplication,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.memory import Memory, MemoryKind
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.text import LONGEST_SHOWN, draw_line, draw_lines, line_height, wrap_lines

MEMORY_ROLE = Qt.ItemDataRole.UserRole + 1
MOST_LINES = 4
UNIFORM_LINES = 2
GAP_PX = 10
INSET_PX = 13
PIN_PX = 13
AnyIndex = QModelIndex | QPersistentModelIndex


def _tr(text: str) -> str:
    return QCoreApplication.translate("Memory", text)


def day(moment: datetime) -> str:
    """A day as a meta line shows it: 14 Nov, or 14 Nov 2024 in another year."""
    local = moment.astimezone()
    form = "d MMM" if local.year == datetime.now().astimezone().year else "d MMM yyyy"
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())), form)


def origin(memory: Memory) -> str:
    """Where a memory came from, in one line."""
    when = memory.learned_at or (None if memory.imported_from else memory.created_at)
    parts = [_came_from(memory)]
    if when is not None:
        parts[0] = f"{parts[0]}, {day(when)}"
    if memory.imported_from:
        # Isolated: a path keeps its order within a sentence that runs right to left.
        parts.append(f"\u2068{_short_path(memory.imported_from)}\u2069")
    if memory.times_observed > 1:
        parts.append(f"{QLocale().toString(memory.times_observed)}\N{MULTIPLICATION SIGN}")
    if memory.edited:
        parts.append(_tr("edited"))
    return " · ".join(parts)


def _came_from(memory: Memory) -> str:
    if memory.imported_from:
        kinds = {
            MemoryKind.INTEREST: _tr("imported interest"),
            MemoryKind.TRAIT: _tr("imported trait"),
            MemoryKind.PREFERENCE: _tr("imported preference"),
            MemoryKind.QUOTE: _tr("imported quote"),
            MemoryKind.SUMMARY: _tr("imported summary"),
            MemoryKind.EVENT: _tr("imported event"),
        }
        return kinds.get(memory.kind, _tr("imported"))
    return _tr("from you") if memory.source in ("", "user") else _tr("from chat")


def _short_path(path: str) -> str:
    """The last folder and the file, without its ending."""
    whole = PurePosixPath(path.replace("\\", "/"))
    return "/".join((*whole.parent.parts[-1:], whole.stem))


class MemoryDelegate(QStyledItemDelegate):
    """Only measures and paints. `uniform` gives every card the same height, for lists too long to measure."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.uniform = False
        self.width = 240
        self._lines: dict[str, int] = {}

    def forget_sizes(self) -> None:
        self._lines.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        memory: Memory | None = index.data(MEMORY_ROLE)
        if memory is None:
            return QSize(0, 0)
        lines = UNIFORM_LINES if self.uniform else self._lines_of(memory.text, option.font)
        height = lines * line_height(option.font) + line_height(_small(option.font)) + 2 * INSET_PX + GAP_PX
        return QSize(0, round(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        memory: Memory | None = index.data(MEMORY_ROLE)
        if memory is None:
            return
        theme, font = self._themes.theme, option.font
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        state = option.state
        card = QRectF(option.rect).adjusted(1, 1, -1, -GAP_PX)
        hot = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.hover if hot else theme.surface)
        painter.setPen(QPen(theme.accent if focused else theme.line, 1.5 if focused else 1))
        painter.drawRoundedRect(card, 11, 11)
        words = card.adjusted(INSET_PX, INSET_PX - 1, -INSET_PX, -INSET_PX + 1)
        if memory.pinned:
            ratio = painter.device().devicePixelRatioF()
            x = words.left() if rtl else words.right() - PIN_PX
            mark = pixmap("pin-filled", theme.accent_text, PIN_PX, ratio)
            painter.drawPixmap(QPointF(x, words.top() + (line_height(font) - PIN_PX) / 2), mark)
        pin = PIN_PX + 6
        text = words.adjusted(pin if rtl and memory.pinned else 0, 0, 0 if rtl or not memory.pinned else -pin, 0)
        lines = UNIFORM_LINES if self.uniform else self._lines_of(memory.text, font)
        painter.setPen(theme.text)
        draw_lines(painter, text, memory.text, font, lines)
        small = _small(font)
        painter.setFont(small)
        painter.setPen(theme.faint)
        height = line_height(small)
        meta = QRectF(words.left(), words.bottom() - height + 2, words.width(), height)
        draw_line(painter, meta, origin(memory), Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)

    def _lines_of(self, text: str, font: QFont) -> int:
        """How many lines the words take, as if there were a pin: pinning must not move the list."""
        if text not in self._lines:
            width = self.width - 2 * INSET_PX - 2 - PIN_PX - 6
            words = " ".join(text.split())[:LONGEST_SHOWN]
            short = QFontMetricsF(font).horizontalAdvance(words) <= width
            self._lines[text] = 1 if short else max(1, len(wrap_lines(words, font, width, MOST_LINES)))
        return self._lines[text]


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.88)
    return small
