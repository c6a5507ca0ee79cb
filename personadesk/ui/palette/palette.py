"""The palette (Ctrl+K): jump to a persona by a few letters, or do something by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.library.search_text import search_key
from personadesk.ui.roster import Roster
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.text import draw_line

MOST_SHOWN = 50
ROW_PX = 50
WIDTH_PX = 560
AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do, by its name."""

    name: str
    icon: str
    shortcut: str
    act: Callable[[], None]


Entry = PersonaSummary | Command


def score(name: str, query: str) -> int:
    """How well a name answers a query; 0 is not at all. A prefix beats a word's start, that beats letters in order."""
    key = search_key(name)
    if not query:
        return 1
    if key.startswith(query):
        return 4
    if any(word.startswith(query) for word in key.split()):
        return 3
    if query in key:
        return 2
    rest = iter(key)
    return 1 if all(letter in rest for letter in query) else 0


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def fill(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if not 0 <= index.row() < len(self.entries):
            return None
        entry = self.entries[index.row()]
        return entry.name if isinstance(entry, Command) else entry.shown_name


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: _Model, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._model = model
        self._themes = themes
        self._avatars = avatars

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, max(ROW_PX, round(QFontMetricsF(option.font).height() * 2) + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        if not 0 <= index.row() < len(self._model.entries):
            return
        entry = self._model.entries[index.row()]
        theme = self._themes.theme
        rect = QRectF(option.rect).adjusted(6, 1, -6, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(rect, 10, 10)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        size = 34.0
        left = rect.right() - 8 - size if rtl else rect.left() + 8
        face = QRectF(left, rect.center().y() - size / 2, size, size)
        ratio = painter.device().devicePixelRatioF()
        if isinstance(entry, Command):
            painter.drawPixmap(
                round(face.center().x() - 9), round(face.center().y() - 9), pixmap(entry.icon, theme.muted, 18, ratio)
            )
            name, more = entry.name, ""
        else:
            self._avatars.paint(painter, face, name=entry.shown_name, avatar=entry.avatar, ratio=ratio)
            name, more = entry.shown_name, entry.tagline or " ".join(entry.description[:120].split())
        self._paint_words(painter, theme, rect, name, more, option.font, rtl=rtl)
        if isinstance(entry, Command) and entry.shortcut:
            painter.setPen(theme.faint)
            side = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side
            painter.drawText(rect.adjusted(14, 0, -14, 0), flags, entry.shortcut)

    def _paint_words(
        self, painter: QPainter, theme: Theme, rect: QRectF, name: str, more: str, font: QFont, *, rtl: bool
    ) -> None:
        words = rect.adjusted(14, 0, -54, 0) if rtl else rect.adjusted(54, 0, -14, 0)
        strong = QFont(font)
        strong.setWeight(QFont.Weight.Medium)
        height = QFontMetricsF(font).height()
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        top = words if not more else QRectF(words.left(), words.center().y() - height - 1, words.width(), height)
        painter.setFont(strong)
        painter.setPen(theme.text)
        draw_line(painter, top, name, side)
        if more:
            painter.setFont(font)
            painter.setPen(theme.muted)
            draw_line(painter, QRectF(words.left(), words.center().y() + 1, words.width(), height), more, side)


class Palette(QWidget):
    """An overlay over its window. Up, Down and Enter choose; Escape or a click beside it leaves."""

    persona_chosen = Signal(object)  # PersonaId
    closed = Signal()

    def __init__(
        self, *, roster: Roster, themes: ThemeSource, avatars: Avatars, commands: list[Command], window: QWidget
    ) -> None:
        super().__init__(window)
        self._roster = roster
        self._themes = themes
        self._commands = commands
        self._window = window
        self._model = _Model(self)
        self.field = SearchField(themes, placeholder=self.tr("Jump to a persona, or type what to do"))
        self.list = QListView(self)
        self.list.setModel(self._model)
        self._delegate = _Delegate(model=self._model, themes=themes, avatars=avatars)
        self.list.setItemDelegate(self._delegate)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Matches"))
        self.empty = Label(themes, self.tr("Nothing by that name."), ink="muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._panel = QWidget(self)
        layout = QVBoxLayout(self._panel)
        layout.setContentsMargins(10, 12, 10, 10)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty)
        self.field.changed.connect(lambda _text: self._fill())
        self.field.line.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        avatars.ready.connect(self.list.viewport().update)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        window.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        self.field.line.clear()
        self._fill()
        self._settle()
        self.show()
        self.raise_()
        self.field.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._settle()
        if watched is self.field.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event.key())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110 if theme.dark else 70))
        rect = QRectF(self._panel.geometry())
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.window)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 16, 16)

    # -- inside

    def _take_key(self, key: int) -> bool:
        row = self.list.currentIndex().row()
        rows = self._model.rowCount()
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            # Tab too: it must not lead the focus under the overlay.
            step = 1 if key in (Qt.Key.Key_Down, Qt.Key.Key_Tab) else -1
            if rows:
                self.list.setCurrentIndex(self._model.index((row + step) % rows))
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) and rows:
            step = 6 if key == Qt.Key.Key_PageDown else -6
            self.list.setCurrentIndex(self._model.index(min(max(row + step, 0), rows - 1)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
        else:
            return False
        return True

    def _fill(self) -> None:
        query = search_key(self.field.line.text().strip())
        personas = [(score(item.shown_name, query), item) for item in self._roster.personas.values()]
        found = [pair for pair in personas if pair[0]]
        found.sort(key=lambda pair: (-pair[0], -_recency(pair[1]), pair[1].id))
        entries: list[Entry] = [item for _, item in found[:MOST_SHOWN]]
        commands = [command for command in self._commands if score(command.name, query) >= (2 if query else 1)]
        if query:
            entries += commands
        else:
            entries = [*entries[:6], *commands]
        self._model.fill(entries)
        self.list.setVisible(bool(entries))
        self.empty.setVisible(not entries)
        if entries:
            self.list.setCurrentIndex(self._model.index(0))

    def _choose(self, index: AnyIndex) -> None:
        if not 0 <= index.row() < len(self._model.entries):
            return
        entry = self._model.entries[index.row()]
        self.leave()
        if isinstance(entry, Command):
            entry.act()
        else:
            self.persona_chosen.emit(PersonaId(entry.id))

    def _settle(self) -> None:
        self.setGeometry(self._window.rect())
        width = min(WIDTH_PX, self.width() - 32)
        height = min(460, self.height() - 80)
        self._panel.setGeometry((self.width() - width) // 2, max(24, self.height() // 9), width, height)

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.window)
        self.list.setPalette(colours)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.update()


def _recency(summary: PersonaSummary) -> float:
    return summary.last_message_at.timestamp() if summary.last_message_at else 0.0
