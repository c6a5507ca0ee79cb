"""The rows of the page with what was marked: each message's marks, its first words, its note."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.conversation import Message, Role
from personadesk.ui.chat.conversation_words import when_words
from personadesk.ui.chat.markdown_ink import small_font
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.preview import preview
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import paint_row_ground

AnyIndex = QModelIndex | QPersistentModelIndex
OPENING_CHARACTERS = 200
ICON_PX = 14
MARGIN_PX = 10


class MarkedModel(QAbstractListModel):
    """Messages of one conversation in the order they are given."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._messages: Sequence[Message] = ()
        self.name = ""

    def fill(self, messages: Sequence[Message]) -> None:
        self.beginResetModel()
        self._messages = messages
        self.endResetModel()

    def message(self, row: int) -> Message | None:
        return self._messages[row] if 0 <= row < len(self._messages) else None

    def row_of(self, message: Message | None) -> int:
        return next((row for row, each in enumerate(self._messages) if message and each.id == message.id), -1)

    def holds(self, message: Message) -> bool:
        return self.row_of(message) >= 0

    def heading(self, message: Message) -> str:
        """Who said it, and when."""
        who = self.tr("You") if message.role is Role.USER else self.name
        return f"{who} · {when_words(message.created_at)}"

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._messages)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        message = self.message(index.row())
        if message is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return opening(message)
            case Qt.ItemDataRole.AccessibleTextRole:
                marks = [self.tr("pinned")] if message.pinned else []
                marks += [self.tr("starred")] if message.starred else []
                marks += [self.tr("note: %s") % message.note] if message.note else []
                return ". ".join([self.heading(message), opening(message), ", ".join(marks)])
            case Qt.ItemDataRole.ToolTipRole:
                return message.note or None
            case _:
                return None


def opening(message: Message) -> str:
    """The first words, on one line."""
    return preview(message.text[: 2 * OPENING_CHARACTERS])[:OPENING_CHARACTERS]


class MarkedPainter(QStyledItemDelegate):
    def __init__(self, *, model: MarkedModel, themes: ThemeSource, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        message = self._model.message(index.row())
        lines = 3 if message is not None and message.note else 2
        return QSize(0, round((QFontMetricsF(option.font).height() + 3) * lines) + 16)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        message = self._model.message(index.row())
        if message is None:
            return
        theme = self._themes.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(2, 1, -2, -1)
        chosen = paint_row_ground(painter, theme, rect, option, 10)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        words = rect.adjusted(MARGIN_PX, 8, -MARGIN_PX, -8)
        line = QFontMetricsF(option.font).height()
        ink = theme.selection_text if chosen else theme.muted
        marks = [name for name, there in (("pin-filled", message.pinned), ("star-filled", message.starred)) if there]
        at = words.left() if rtl else words.right() - ICON_PX
        for name in marks:
            drawn = pixmap(name, ink, ICON_PX, painter.device().devicePixelRatioF())
            painter.drawPixmap(round(at), round(words.top() + (line - ICON_PX) / 2), drawn)
            at += (ICON_PX + 4) * (1 if rtl else -1)
        taken = len(marks) * (ICON_PX + 4.0)
        top = QRectF(words.left(), words.top(), words.width(), line)
        painter.setFont(small_font(option.font))
        painter.setPen(ink)
        head = top.adjusted(taken, 0, 0, 0) if rtl else top.adjusted(0, 0, -taken, 0)
        draw_line(painter, head, self._model.heading(message), side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.text)
        draw_line(painter, top.translated(0, line + 3), opening(message), side)
        if message.note:
            slanted = QFont(option.font)
            slanted.setItalic(True)
            painter.setFont(slanted)
            painter.setPen(ink)
            draw_line(painter, top.translated(0, 2 * (line + 3)), " ".join(message.note.split()), side)
        painter.restore()
