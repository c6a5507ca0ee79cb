"""How the palette's rows look."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.persona import PersonaSummary
from personadesk.ui.chat.markdown_ink import small_font
from personadesk.ui.palette.command import Command
from personadesk.ui.palette.entries import (
    MATCH_END,
    MATCH_START,
    AnyIndex,
    Entry,
    EntryModel,
    Heading,
    MessageEntry,
    first_line,
    second_line,
)
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.text import draw_line, runs_right_to_left

ROW_PX = 50
HEADING_PX = 30
FACE_PX = 34.0


class EntryPainter(QStyledItemDelegate):
    def __init__(self, *, model: EntryModel, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._model = model
        self._themes = themes
        self._avatars = avatars

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        line = QFontMetricsF(option.font).height()
        if isinstance(self._model.entry(index.row()), Heading):
            return QSize(0, max(HEADING_PX, round(line) + 12))
        return QSize(0, max(ROW_PX, round(line * 2) + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry = self._model.entry(index.row())
        if entry is None:
            return
        theme = self._themes.theme
        rect = QRectF(option.rect).adjusted(6, 1, -6, -1)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(entry, Heading):
            font = small_font(option.font)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(theme.muted)
            draw_line(painter, rect.adjusted(10, 6, -10, 0), entry.name, side)
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(rect, 10, 10)
        left = rect.right() - 8 - FACE_PX if rtl else rect.left() + 8
        self._paint_face(painter, QRectF(left, rect.center().y() - FACE_PX / 2, FACE_PX, FACE_PX), entry, theme)
        room = 14.0
        if isinstance(entry, Command) and entry.shortcut:
            room = self._paint_shortcut(painter, rect, entry.shortcut, option.font, rtl=rtl)
        words = rect.adjusted(room, 0, -54, 0) if rtl else rect.adjusted(54, 0, -room, 0)
        self._paint_words(painter, words, entry, option.font, side)

    def _paint_face(self, painter: QPainter, face: QRectF, entry: Entry, theme: Theme) -> None:
        ratio = painter.device().devicePixelRatioF()
        if isinstance(entry, Command):
            drawn = pixmap(entry.icon, theme.muted, 18, ratio)
            painter.drawPixmap(round(face.center().x() - 9), round(face.center().y() - 9), drawn)
        elif not isinstance(entry, Heading):
            summary = entry if isinstance(entry, PersonaSummary) else entry.summary
            self._avatars.paint(painter, face, name=summary.shown_name, avatar=summary.avatar, ratio=ratio)

    def _paint_shortcut(self, painter: QPainter, rect: QRectF, keys: str, font: QFont, *, rtl: bool) -> float:
        painter.setFont(font)
        painter.setPen(self._themes.theme.faint)
        side = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side
        painter.drawText(rect.adjusted(14, 0, -14, 0), flags, keys)
        return 28 + QFontMetricsF(font).horizontalAdvance(keys)

    def _paint_words(self, painter: QPainter, words: QRectF, entry: Entry, font: QFont, side: Qt.AlignmentFlag) -> None:
        theme = self._themes.theme
        more = second_line(entry)
        strong = QFont(font)
        strong.setWeight(QFont.Weight.Medium)
        height = QFontMetricsF(font).height()
        top = words if not more else QRectF(words.left(), words.center().y() - height - 1, words.width(), height)
        painter.setFont(strong)
        painter.setPen(theme.text)
        draw_line(painter, top, first_line(entry), side)
        if not more:
            return
        below = QRectF(words.left(), words.center().y() + 1, words.width(), height)
        painter.setFont(font)
        painter.setPen(theme.muted)
        if isinstance(entry, MessageEntry):
            draw_snippet(painter, below, entry.snippet, font, theme, side)
        else:
            draw_line(painter, below, more, side)


def draw_snippet(
    painter: QPainter, rect: QRectF, snippet: str, font: QFont, theme: Theme, side: Qt.AlignmentFlag
) -> None:
    """Draw one line whose matches, between U+E000 and U+E001, stand out."""
    plain = snippet.replace(MATCH_START, "").replace(MATCH_END, "")
    strong = QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    # The matches are bolder: what is cut off is measured as if all of it were.
    shown = QFontMetricsF(strong).elidedText(plain, Qt.TextElideMode.ElideRight, rect.width())
    cut = shown != plain
    layout = QTextLayout(shown, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    rtl = runs_right_to_left(plain)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(Qt.AlignmentFlag.AlignAbsolute | side)
    layout.setTextOption(option)
    found = QTextCharFormat()
    found.setForeground(theme.accent_text)
    found.setFontWeight(QFont.Weight.DemiBold)
    ranges = []
    at = 0
    for piece in snippet.split(MATCH_START):
        inside, end, rest = piece.partition(MATCH_END)
        if end:
            marked = QTextLayout.FormatRange()
            # Qt counts UTF-16 units.
            marked.start = at
            marked.length = len(inside.encode("utf-16-le", "surrogatepass")) // 2
            marked.format = found
            ranges.append(marked)
        at += len((inside + rest).encode("utf-16-le", "surrogatepass")) // 2
    if cut:
        # Not the ellipsis.
        most = len(shown.encode("utf-16-le", "surrogatepass")) // 2 - 1
        ranges = [marked for marked in ranges if marked.start < most]
        for marked in ranges:
            marked.length = min(marked.length, most - marked.start)
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    if line.isValid():
        line.setLineWidth(rect.width())
    layout.endLayout()
    painter.save()
    painter.setClipRect(rect)
    layout.draw(painter, rect.topLeft())
    painter.restore()
