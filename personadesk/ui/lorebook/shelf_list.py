"""The shelf's list: a book a row, with a switch, what is in it and who reads it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.ids import PersonaId
from personadesk.ui.library.search_text import search_key
from personadesk.ui.lorebook.entry_table import SWITCH_PX, paint_switch
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line, line_height
from personadesk.ui.widgets.views import set_ground
from personadesk.ui.wizard.row_model import plain

AnyIndex = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
INSET_PX = 14
SWITCH_ROOM_PX = SWITCH_PX[0] + 2 * INSET_PX
MOST_NAMED = 3


class ShelfModel(QAbstractListModel):
    """Books whose name or reader holds every word of a search."""

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[ShelvedBook, ...] = ()
        self._names: Mapping[PersonaId, str] = {}
        self._shown: list[ShelvedBook] = []
        self._query = ""

    @property
    def total(self) -> int:
        return len(self._all)

    def fill(self, books: Sequence[ShelvedBook], names: Mapping[PersonaId, str]) -> None:
        self.beginResetModel()
        self._all, self._names = tuple(books), names
        self._choose()
        self.endResetModel()

    def search(self, query: str) -> None:
        self.beginResetModel()
        self._query = query
        self._choose()
        self.endResetModel()

    def book(self, row: int) -> ShelvedBook | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, lorebook_id: int) -> int:
        return next((row for row, book in enumerate(self._shown) if book.id == lorebook_id), -1)

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        book = self.book(index.row())
        if book is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(book.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = self.tr("on") if book.enabled else self.tr("off")
            return ", ".join((plain(book.name), self.words_for(book), state))
        return None

    def words_for(self, book: ShelvedBook) -> str:
        """What is in a book and who reads it."""
        locale = QLocale()
        count = self.tr("1 entry") if book.entries == 1 else self.tr("%s entries") % locale.toString(book.entries)
        return f"{count} · {self._readers(book)}"

    def _readers(self, book: ShelvedBook) -> str:
        if book.persona_id is not None:
            owner = self._names.get(book.persona_id)
            return self.tr("only %s reads it") % plain(owner) if owner else self.tr("its persona is in the trash")
        names = sorted((self._names[reader] for reader in book.shared_with if reader in self._names), key=str.casefold)
        if not names:
            return self.tr("nobody reads it yet")
        shown = ", ".join(map(plain, names[:MOST_NAMED]))
        more = len(names) - MOST_NAMED
        if more > 0:
            shown = self.tr("{names} and {count} more").format(names=shown, count=QLocale().toString(more))
        return self.tr("read by %s") % shown

    def _choose(self) -> None:
        words = search_key(self._query).split()
        self._shown = [book for book in self._all if all(word in self._key(book) for word in words)]

    def _key(self, book: ShelvedBook) -> str:
        readers = (*book.shared_with, *([book.persona_id] if book.persona_id is not None else []))
        return search_key("\n".join((book.name, *(self._names.get(reader, "") for reader in readers))))


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: ShelfModel, themes: ThemeSource, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(100, round(line_height(option.font) * 2) + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        book = self._model.book(index.row())
        if book is None:
            return
        theme = self._themes.theme
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, theme.selection)
        painter.setPen(theme.line)
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        area = (
            rect.adjusted(SWITCH_ROOM_PX, 10, -INSET_PX, -10)
            if not rtl
            else rect.adjusted(INSET_PX, 10, -SWITCH_ROOM_PX, -10)
        )
        left = rect.right() - SWITCH_ROOM_PX if rtl else rect.left()
        painter.save()
        paint_switch(painter, theme, QRectF(left, rect.top(), SWITCH_ROOM_PX, rect.height()), on=book.enabled, rtl=rtl)
        painter.restore()
        height = line_height(option.font)
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.Medium)
        painter.setFont(strong)
        painter.setPen(theme.selection_text if chosen else theme.text if book.enabled else theme.muted)
        draw_line(painter, QRectF(area.left(), area.top(), area.width(), height), plain(book.name), side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.muted)
        below = QRectF(area.left(), area.top() + height, area.width(), height)
        draw_line(painter, below, self._model.words_for(book), side)


class ShelfList(QListView):
    """Enter opens, Space switches, Delete moves to the trash. The signals carry a ShelvedBook."""

    opened = Signal(object)
    toggled = Signal(object)
    trash_wanted = Signal(object)
    menu_wanted = Signal(object, QPoint)
    selection_changed = Signal()

    def __init__(self, *, model: ShelfModel, themes: ThemeSource) -> None:
        super().__init__()
        self._rows = model
        self._kept = (0, 0)
        self.setModel(model)
        self.setItemDelegate(_Delegate(model=model, themes=themes, parent=self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("Lorebooks"))
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._return_to_place)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    @property
    def current(self) -> ShelvedBook | None:
        return self._rows.book(self.currentIndex().row())

    def show_book(self, lorebook_id: int) -> None:
        self.setCurrentIndex(self._rows.index(max(self._rows.row_of(lorebook_id), 0)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        book = self.current
        if book is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(book)
        elif event.key() == Qt.Key.Key_Space:
            self.toggled.emit(book)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.trash_wanted.emit(book)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        book = self._rows.book(self.indexAt(event.position().toPoint()).row())
        if book is not None and event.button() is Qt.MouseButton.LeftButton and self._is_on_switch(event):
            self.toggled.emit(book)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        book = self._rows.book(self.indexAt(event.position().toPoint()).row())
        if self._is_on_switch(event):
            self.mousePressEvent(event)
        elif book is not None:
            self.opened.emit(book)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        book = self._rows.book(index.row())
        if book is not None:
            where = self.visualRect(index).center() if keyboard else event.pos()
            self.menu_wanted.emit(book, self.viewport().mapToGlobal(where))

    def _is_on_switch(self, event: QMouseEvent) -> bool:
        x = round(event.position().x())
        return (self.viewport().width() - x if self.isRightToLeft() else x) < SWITCH_ROOM_PX

    def _keep_place(self) -> None:
        book = self.current
        self._kept = (book.id if book else 0, self.verticalScrollBar().value())

    def _return_to_place(self) -> None:
        lorebook_id, scrolled = self._kept
        self.setCurrentIndex(self._rows.index(max(self._rows.row_of(lorebook_id), 0)))
        self.verticalScrollBar().setValue(scrolled)
        self.selection_changed.emit()

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme)
