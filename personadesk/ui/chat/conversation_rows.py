"""The rows of the list of conversations: what is in them, and how they look."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from personadesk.domain.conversation import Conversation
from personadesk.domain.ids import ConversationId
from personadesk.ui.chat.conversation_words import messages_words, title_of, when_words
from personadesk.ui.chat.markdown_ink import small_font
from personadesk.ui.library.search_text import search_key
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.preview import preview
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import paint_row_ground

AnyIndex = QModelIndex | QPersistentModelIndex
TITLE_LIMIT = 100
MARGIN_PX = 12


class ConversationModel(QAbstractListModel):
    """One persona's conversations, most recently used first. `renamed` carries a Conversation and its new title."""

    renamed = Signal(object, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: Sequence[Conversation] = ()
        self._words: dict[ConversationId, str] = {}
        self._shown: list[Conversation] = []
        self._query = ""
        self._archived = False
        self.here: ConversationId | None = None

    def fill(self, conversations: Sequence[Conversation]) -> None:
        self._all = conversations
        self._choose()

    def narrow(self, query: str, *, archived: bool) -> None:
        """Show those with all of these words in their titles: the ones at hand, or the archived ones."""
        self._query, self._archived = search_key(query), archived
        self._choose()

    def take_words(self, words: Mapping[ConversationId, str]) -> None:
        """What was said last in some of them."""
        self._words |= {key: preview(said) for key, said in words.items()}
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def conversation(self, row: int) -> Conversation | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, conversation_id: ConversationId | None) -> int:
        return next((row for row, item in enumerate(self._shown) if item.id == conversation_id), -1)

    def archived_count(self) -> int:
        return sum(item.archived for item in self._all)

    def newest_words(self, conversation: Conversation) -> str:
        return self._words.get(conversation.id, "")

    def facts(self, conversation: Conversation) -> str:
        """How many messages, and when the last one came."""
        parts = [messages_words(conversation.message_count), when_words(conversation.updated_at)]
        parts += [self.tr("Archived")] if conversation.archived else []
        parts += [self.tr("open now")] if conversation.id == self.here else []
        return "  ·  ".join(parts)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        conversation = self.conversation(index.row())
        if conversation is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(conversation)
            case Qt.ItemDataRole.EditRole:
                return conversation.title
            case Qt.ItemDataRole.AccessibleTextRole:
                said = self.newest_words(conversation)
                return ". ".join(part for part in (title_of(conversation), self.facts(conversation), said) if part)
            case _:
                return None

    def setData(self, index: AnyIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        conversation = self.conversation(index.row())
        title = " ".join(str(value).split())
        if conversation is None or role != Qt.ItemDataRole.EditRole or title == conversation.title:
            return False
        self.renamed.emit(conversation, title)
        return True

    def _choose(self) -> None:
        wanted = self._query.split()
        self.beginResetModel()
        self._shown = [
            item
            for item in self._all
            if item.archived == self._archived and all(word in search_key(title_of(item)) for word in wanted)
        ]
        self.endResetModel()


class ConversationPainter(QStyledItemDelegate):
    """Two lines: the title with its facts, and what was said last."""

    def __init__(self, *, model: ConversationModel, themes: ThemeSource, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes
        self.editing = False
        self.closeEditor.connect(self._end_editing)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height() * 2) + 22)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        conversation = self._model.conversation(index.row())
        if conversation is None:
            return
        theme = self._themes.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(4, 1, -4, -1)
        chosen = paint_row_ground(painter, theme, rect, option, 10)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        other_side = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold)
        small = small_font(option.font)
        line = QFontMetricsF(option.font).height()
        words = rect.adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        top = QRectF(words.left(), words.center().y() - line - 2, words.width(), line)
        below = QRectF(words.left(), words.center().y() + 2, words.width(), line)
        facts = self._model.facts(conversation)
        taken = min(QFontMetricsF(small).horizontalAdvance(facts) + MARGIN_PX, words.width() / 2)
        painter.setFont(small)
        painter.setPen(theme.selection_text if chosen else theme.muted)
        place = QRectF(top.left() if rtl else top.right() - taken, top.top(), taken, line)
        draw_line(painter, place, facts, other_side)
        painter.setFont(strong)
        painter.setPen(theme.selection_text if chosen else theme.text)
        room = top.adjusted(taken, 0, 0, 0) if rtl else top.adjusted(0, 0, -taken, 0)
        draw_line(painter, room, title_of(conversation), side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.muted)
        draw_line(painter, below, self._model.newest_words(conversation), side)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> QWidget:
        self.editing = True
        line = QLineEdit(parent)
        line.setMaxLength(TITLE_LIMIT)
        line.setPlaceholderText(str(index.data()))
        line.setAccessibleName(self.tr("Name"))
        return line

    def updateEditorGeometry(  # noqa: N802  Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        # Over the whole row: nothing of what is below it shines through.
        editor.setGeometry(option.rect.adjusted(4, 1, -4, -1))

    def _end_editing(self) -> None:
        self.editing = False
