"""A list of texts in an order of one's own: moved by drag or Alt+Up and Alt+Down, added to, deleted from."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import paint_row_ground

ROW_ROLE = Qt.ItemDataRole.UserRole
LABEL_ROLE = Qt.ItemDataRole.UserRole + 1
SHOWN_LENGTH = 200


class _Rows(QStyledItemDelegate):
    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height()) + 16)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._themes.theme
        rect = QRectF(option.rect).adjusted(3, 1, -3, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row_ground(painter, theme, rect, option, 8)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        inner = rect.adjusted(10, 0, -10, 0)
        label = str(index.data(LABEL_ROLE) or "")
        painter.setFont(option.font)
        width = min(QFontMetricsF(painter.font()).horizontalAdvance(label) + 12, inner.width() * 0.4) if label else 0.0
        painter.setPen(theme.selection_text if chosen else theme.muted)
        head = QRectF(inner.right() - width if rtl else inner.left(), inner.top(), width, inner.height())
        draw_line(painter, head, label, side)
        words = inner.adjusted(0, 0, -width, 0) if rtl else inner.adjusted(width, 0, 0, 0)
        painter.setPen(theme.selection_text if chosen else theme.text)
        draw_line(painter, words, str(index.data(Qt.ItemDataRole.DisplayRole) or ""), side)
        painter.restore()


class _List(QListWidget):
    """Keys that move and delete are told by signals."""

    move_requested = Signal(int)
    delete_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_requested.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)


class OrderedList(QWidget):
    """`arranged` carries the old places in their new order, `current_changed` a place, -1 for none."""

    arranged = Signal(object)  # list[int]
    current_changed = Signal(int)
    add_requested = Signal()
    delete_requested = Signal(int)

    def __init__(self, themes: ThemeSource, *, accessible: str, add: str, rows: int = 5) -> None:
        super().__init__()
        self._themes = themes
        self._filling = False
        self.list = _List()
        self.list.setAccessibleName(accessible)
        self.list.setItemDelegate(_Rows(themes, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTabKeyNavigation(False)
        self.list.setMouseTracking(True)
        self.list.setFixedHeight((self.fontMetrics().height() + 16) * rows)
        panel = CardPanel(themes)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(5, 6, 5, 6)
        inside.addWidget(self.list)
        self.add = Button(themes, add, icon="plus", compact=True)
        self.up = self._icon("chevron-up", self.tr("Move up (Alt+Up)"))
        self.down = self._icon("chevron-down", self.tr("Move down (Alt+Down)"))
        self.delete = self._icon("trash", self.tr("Delete"))
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.add)
        buttons.addStretch(1)
        for button in (self.up, self.down, self.delete):
            buttons.addWidget(button)
        self.buttons = buttons
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        column.addLayout(buttons)
        self.setFocusProxy(self.list)
        self._connect()
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    @property
    def current(self) -> int:
        return self.list.currentRow()

    def show_rows(self, rows: Sequence[tuple[str, str]], current: int) -> None:
        """Show (label, text) rows, silently."""
        self._filling = True
        if len(rows) != self.list.count():
            self.list.clear()
            for _ in rows:
                self.list.addItem(QListWidgetItem())
        for place, (label, text) in enumerate(rows):
            self.show_row(place, label, text)
        self.list.setCurrentRow(min(current, len(rows) - 1))
        self._filling = False
        self._show_buttons()

    def show_row(self, place: int, label: str, text: str) -> None:
        """Show what one row says now."""
        item = self.list.item(place)
        item.setText(" ".join(text[:SHOWN_LENGTH].split()))
        item.setData(LABEL_ROLE, label)
        item.setData(ROW_ROLE, place)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{label} {item.text()}".strip())

    def set_read_only(self, read_only: bool) -> None:
        mode = QAbstractItemView.DragDropMode
        self.list.setDragDropMode(mode.NoDragDrop if read_only else mode.InternalMove)
        for button in (self.add, self.up, self.down, self.delete):
            button.setVisible(not read_only)

    def move_current(self, by: int) -> None:
        """Let the current row change places with a neighbour."""
        here, there = self.current, self.current + by
        if self.up.isHidden() or not (0 <= here < self.list.count() and 0 <= there < self.list.count()):
            return
        order = list(range(self.list.count()))
        order[here], order[there] = order[there], order[here]
        self.list.setCurrentRow(there)
        self.arranged.emit(order)

    # -- inside

    def _icon(self, name: str, accessible: str) -> Button:
        return Button(self._themes, icon=name, accessible=accessible, kind=Kind.GHOST, compact=True)

    def _connect(self) -> None:
        self.list.move_requested.connect(self.move_current)
        self.list.delete_requested.connect(self._delete)
        self.list.currentRowChanged.connect(self._tell_current)
        self.list.model().rowsMoved.connect(self._tell_order)
        self.add.clicked.connect(self.add_requested)
        self.up.clicked.connect(self._move_up)
        self.down.clicked.connect(self._move_down)
        self.delete.clicked.connect(self._delete)

    def _move_up(self) -> None:
        self.move_current(-1)

    def _move_down(self) -> None:
        self.move_current(1)

    def _delete(self) -> None:
        if self.current >= 0 and not self.delete.isHidden():
            self.delete_requested.emit(self.current)

    def _tell_current(self, row: int) -> None:
        self._show_buttons()
        if not self._filling:
            self.current_changed.emit(row)

    def _tell_order(self) -> None:
        order = [int(self.list.item(place).data(ROW_ROLE)) for place in range(self.list.count())]
        if not self._filling and order != sorted(order):
            self.arranged.emit(order)

    def _show_buttons(self) -> None:
        here, count = self.current, self.list.count()
        self.up.setEnabled(here > 0)
        self.down.setEnabled(0 <= here < count - 1)
        self.delete.setEnabled(here >= 0)

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.list.setPalette(colours)
        self.list.viewport().setAutoFillBackground(False)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
