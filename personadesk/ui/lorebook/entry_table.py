"""The table of a book's entries: painted from the theme, smooth with thousands, worked by keyboard."""

from collections.abc import Collection

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from personadesk.domain.lorebook import LoreEntry
from personadesk.ui.lorebook.entry_model import NUMBERS, AnyIndex, Column, EntryModel, column_name
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import SortHeader, set_ground

CELL_INDENT_PX = 8
SWITCH_PX = (26, 15)
HIDDEN_FIRST = (
    Column.SECONDARY,
    Column.LOGIC,
    Column.DEPTH,
    Column.CONSTANT,
    Column.CHANCE,
    Column.POSITION,
    Column.TOKENS,
)
"""What a table too narrow for all columns goes without."""

LEAST_ROWS = 3
LEAST_WORDS = 16
"""Letters that the entry's name and its keys have room for each, before another column is shown."""


def paint_switch(painter: QPainter, theme: Theme, rect: QRectF, *, on: bool, rtl: bool) -> None:
    """A small switch in the middle of `rect`."""
    width, height = SWITCH_PX
    box = QRectF(rect.center().x() - width / 2, rect.center().y() - height / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.fill if on else theme.faint, 1))
    painter.setBrush(theme.fill if on else theme.surface)
    painter.drawRoundedRect(box, height / 2, height / 2)
    knob = height - 6
    left = box.right() - knob - 3 if on != rtl else box.left() + 3
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.on_accent if on else theme.faint)
    painter.drawEllipse(QRectF(left, box.top() + 3, knob, knob))


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: EntryModel, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry = self._model.entry(index.row())
        if entry is None:
            return
        theme = self._themes.theme
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, theme.selection)
        painter.setPen(theme.line)
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        column = Column(index.column())
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        if column is Column.ENABLED:
            painter.save()
            paint_switch(painter, theme, rect, on=entry.enabled, rtl=rtl)
            painter.restore()
            return
        unnamed = column is Column.NAME and not (entry.name or entry.comment)
        ink = theme.text if column in (Column.NAME, Column.KEYS) and not unnamed else theme.muted
        if not entry.enabled:
            ink = mix(theme.muted, theme.surface, 0.25)
        painter.setPen(theme.selection_text if chosen else ink)
        painter.setFont(option.font)
        at_end = (column in NUMBERS) != rtl
        words = rect.adjusted(CELL_INDENT_PX, 0, -CELL_INDENT_PX, 0)
        side = Qt.AlignmentFlag.AlignRight if at_end else Qt.AlignmentFlag.AlignLeft
        draw_line(painter, words, str(index.data()), side)


class EntryTable(QTableView):
    """Space switches, Delete removes, Alt with an arrow moves; Enter goes to the entry's fields."""

    selection_changed = Signal()
    opened = Signal()
    toggle_wanted = Signal()
    remove_wanted = Signal()
    step_wanted = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, *, model: EntryModel, themes: ThemeSource) -> None:
        super().__init__()
        self._rows = model
        self._themes = themes
        self._kept: tuple[list[str], str, int] = ([], "", 0)
        self.header = SortHeader(
            themes,
            accessible=self.tr("Sort the entries"),
            begin=Column.ORDER,
            indent_px=CELL_INDENT_PX,
            high_px=16,
            numbers=NUMBERS,
            parent=self,
        )
        self.setHorizontalHeader(self.header)
        self.setModel(model)
        self.setItemDelegate(_Delegate(model=model, themes=themes, parent=self))
        self.setAccessibleName(self.tr("Entries"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 16)
        self.setMinimumHeight(self.header.sizeHint().height() + LEAST_ROWS * rows.defaultSectionSize())
        self.header.sortIndicatorChanged.connect(lambda section, order: model.sort(section, order))
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        model.modelAboutToBeReset.connect(self._keep_selection)
        model.modelReset.connect(self._return_selection)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    @property
    def current(self) -> LoreEntry | None:
        """The entry the cursor is on, where it is selected."""
        index = self.currentIndex()
        selected = index.isValid() and self.selectionModel().isRowSelected(index.row())
        return self._rows.entry(index.row()) if selected else None

    def selected_uids(self) -> list[str]:
        """In the order they are shown."""
        rows: set[int] = set()
        for part in self.selectionModel().selection().toList():
            rows.update(range(part.top(), part.bottom() + 1))
        return [entry.uid for entry in map(self._rows.entry, sorted(rows)) if entry is not None]

    def select(self, uids: Collection[str], current: str = "") -> None:
        """Select these, and see to it that the first of them is on screen."""
        rows = self._rows.rows_of(uids)
        selection = QItemSelection()
        last = len(Column) - 1
        start = 0
        while start < len(rows):
            end = start
            while end + 1 < len(rows) and rows[end + 1] == rows[end] + 1:
                end += 1
            selection.select(self._rows.index(rows[start], 0), self._rows.index(rows[end], last))
            start = end + 1
        flag = QItemSelectionModel.SelectionFlag
        at = self._rows.row_of(current) if current else -1
        at = at if at >= 0 else (rows[0] if rows else -1)
        if at >= 0:
            index = self._rows.index(at, Column.NAME)
            self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
            self.scrollTo(index)
        self.selectionModel().select(selection, flag.ClearAndSelect)

    # -- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step_wanted.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit()
        elif key == Qt.Key.Key_Space and not event.modifiers():
            self.toggle_wanted.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and index.column() == Column.ENABLED and not event.modifiers():
            self._rows.setData(index, None, Qt.ItemDataRole.CheckStateRole)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        where = self.visualRect(self.currentIndex()).center() if keyboard else event.pos()
        if self.selected_uids():
            self.menu_wanted.emit(self.viewport().mapToGlobal(where))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        first = self._rows.entry(max(self.currentIndex().row(), 0))
        by_mouse = event.reason() is Qt.FocusReason.MouseFocusReason
        if first is not None and not by_mouse and not self.selectionModel().hasSelection():
            # Not by selectRow: it finds no column where the table runs right to left (seen in Qt 6.11).
            self.select([first.uid])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    # -- inside

    def _share_width(self) -> None:
        metrics = self.fontMetrics()
        whole = self.viewport().width()
        fixed = {Column.ENABLED: max(metrics.horizontalAdvance(column_name(Column.ENABLED)), 26) + 22}
        for column in (Column.ORDER, *HIDDEN_FIRST):
            letters = {Column.SECONDARY: "m" * 12, Column.POSITION: "m" * 10}.get(column, "00000")
            name = metrics.horizontalAdvance(column_name(column)) + 16
            fixed[column] = max(metrics.horizontalAdvance(letters), name) + 2 * CELL_INDENT_PX
        least = 2 * (metrics.averageCharWidth() * LEAST_WORDS + 2 * CELL_INDENT_PX)
        shown = dict(fixed)
        for column in HIDDEN_FIRST:
            if sum(shown.values()) + least <= whole:
                break
            del shown[column]
        for column in HIDDEN_FIRST:
            self.setColumnHidden(column, column not in shown)
        rest = max(whole - sum(shown.values()), 2 * 48)
        for column, width in shown.items():
            self.setColumnWidth(column, width)
        self.setColumnWidth(Column.NAME, rest // 2)
        self.setColumnWidth(Column.KEYS, rest - rest // 2)

    def _keep_selection(self) -> None:
        current = self._rows.entry(self.currentIndex().row())
        self._kept = (self.selected_uids(), current.uid if current else "", self.verticalScrollBar().value())

    def _return_selection(self) -> None:
        uids, current, scrolled = self._kept
        if self._rows.rows_of(uids):
            self.select(uids, current)
            self.verticalScrollBar().setValue(scrolled)
            self.scrollTo(self.currentIndex())
        self.selection_changed.emit()

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme)
