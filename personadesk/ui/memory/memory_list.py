"""The list of memories: its model, which searches, and its view, which knows the keys."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView

from personadesk.domain.memory import Memory
from personadesk.ui.library.search_text import search_key
from personadesk.ui.memory.memory_card import MEMORY_ROLE, MemoryDelegate, origin
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.views import set_ground

MEASURED_ROWS = 400
"""Up to here each card is as high as its words; a longer list has cards of one height and opens at once."""

_NO_PARENT = QModelIndex()
AnyIndex = QModelIndex | QPersistentModelIndex


class MemoryModel(QAbstractListModel):
    """The memories that hold every word of `query`, whatever their capitals and accents."""

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Memory, ...] = ()
        self._keys: list[str] | None = None
        self._shown: list[Memory] = []
        self._query = ""

    @property
    def total(self) -> int:
        return len(self._all)

    def fill(self, memories: Sequence[Memory]) -> None:
        self.beginResetModel()
        self._all, self._keys = tuple(memories), None
        self._choose()
        self.endResetModel()

    def search(self, query: str) -> None:
        self.beginResetModel()
        self._query = query
        self._choose()
        self.endResetModel()

    def memory(self, row: int) -> Memory | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, memory_id: int) -> int:
        return next((row for row, memory in enumerate(self._shown) if memory.id == memory_id), -1)

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        memory = self.memory(index.row())
        if memory is None:
            return None
        if role == MEMORY_ROLE:
            return memory
        if role == Qt.ItemDataRole.DisplayRole:
            return memory.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            pinned = [self.tr("pinned")] if memory.pinned else []
            return ", ".join((memory.text, origin(memory), *pinned))
        return None

    def _choose(self) -> None:
        words = search_key(self._query).split()
        if not words:
            self._shown = list(self._all)
            return
        if self._keys is None:
            self._keys = [search_key(f"{memory.text} {memory.category}") for memory in self._all]
        found = zip(self._all, self._keys, strict=True)
        self._shown = [memory for memory, key in found if all(word in key for word in words)]


class MemoryList(QListView):
    """Enter opens, Delete forgets, P pins; the menu key asks for the menu. The signals carry a Memory."""

    opened = Signal(object)
    forget_requested = Signal(object)
    pin_requested = Signal(object)
    menu_requested = Signal(object, QPoint)

    def __init__(self, *, model: MemoryModel, themes: ThemeSource) -> None:
        super().__init__()
        self._rows = model
        self._delegate = MemoryDelegate(themes)
        self._place: tuple[int, int, int] = (0, -1, 0)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Memories"))
        self.doubleClicked.connect(lambda index: self._tell(self.opened, index.row()))
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._return_to_place)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, row = event.key(), self.currentIndex().row()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._tell(self.opened, row)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._tell(self.forget_requested, row)
        elif key == Qt.Key.Key_P and not event.modifiers():
            self._tell(self.pin_requested, row)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        memory = self._rows.memory(index.row())
        if memory is not None:
            where = self.visualRect(index).center() if keyboard else event.pos()
            self.menu_requested.emit(memory, self.viewport().mapToGlobal(where))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._delegate.width != self.viewport().width():
            self._delegate.width = self.viewport().width()
            self._delegate.forget_sizes()
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def show_first(self) -> None:
        """Begin at the top: another persona's memories, or other words to find."""
        self.setCurrentIndex(self._rows.index(0))
        self.scrollToTop()

    def _tell(self, signal: SignalInstance, row: int) -> None:
        memory = self._rows.memory(row)
        if memory is not None:
            signal.emit(memory)

    def _keep_place(self) -> None:
        row = self.currentIndex().row()
        memory = self._rows.memory(row)
        self._place = (memory.id if memory else 0, row, self.verticalScrollBar().value())

    def _return_to_place(self) -> None:
        memory_id, row, scrolled = self._place
        count = self._rows.rowCount()
        self._delegate.uniform = count > MEASURED_ROWS
        self.setUniformItemSizes(self._delegate.uniform)
        found = self._rows.row_of(memory_id) if memory_id else -1
        self.setCurrentIndex(self._rows.index(found if found >= 0 else max(min(row, count - 1), 0)))
        self.doItemsLayout()
        self.verticalScrollBar().setValue(scrolled)

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme, theme.window)
