"""A searchable list of tags in a popup: to filter by one, to add one, to take one away."""

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from personadesk.domain.library import TAG_LIMIT, TagLook
from personadesk.ui.library.search_text import search_key
from personadesk.ui.library.tag_colours import tag_colour
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.text import draw_line

AnyIndex = QModelIndex | QPersistentModelIndex

WIDTH_PX = 300
ROWS_SHOWN = 8


class _TagRows(QStyledItemDelegate):
    """A dot, a tag, how many have it."""

    def __init__(self, popup: "TagPopup", themes: ThemeSource) -> None:
        super().__init__(popup)
        self._popup = popup
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(80, self._popup.fontMetrics().height() + 16)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._themes.theme
        row = index.row()
        tag, count, is_new = self._popup.row(row)
        rect = QRectF(option.rect)
        rtl = self._popup.isRightToLeft()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row == self._popup.current_row():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.hover)
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 7, 7)
        lead = QRectF(rect.right() - 26 if rtl else rect.left() + 12, rect.center().y() - 7, 14, 14)
        colour = tag_colour(theme, self._popup.colour_of(tag))
        if is_new or self._popup.is_checked(tag):
            name = "plus" if is_new else "check"
            painter.drawPixmap(
                lead.topLeft(), pixmap(name, theme.accent_text, 14, painter.device().devicePixelRatioF())
            )
        elif colour is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(lead.center(), 4, 4)
        number = f"{count:,}" if count else ""
        room = painter.fontMetrics().horizontalAdvance(number) + 14
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        words = rect.adjusted(room, 0, -34, 0) if rtl else rect.adjusted(34, 0, -room, 0)
        painter.setPen(theme.text)
        draw_line(painter, words, self._popup.tr("Make “%s”") % tag if is_new else tag, side)
        painter.setPen(theme.muted)
        end = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        draw_line(painter, rect.adjusted(12, 0, -12, 0), number, end)
        painter.restore()


class TagPopup(QFrame):
    """Gone when it loses its place. Type to find, arrows and Enter or a click to choose, Escape to leave."""

    chosen = Signal(str, bool)  # tag, whether Ctrl was held

    def __init__(
        self,
        *,
        themes: ThemeSource,
        tags: Mapping[str, int],
        looks: Mapping[str, TagLook],
        prompt: str,
        checked: frozenset[str] = frozenset(),
        can_make: bool = False,
        parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._themes = themes
        self._keys = [(tag, search_key(tag), count) for tag, count in tags.items()]
        self._looks = looks
        self._checked = checked
        self._can_make = can_make
        self._rows: list[tuple[str, int, bool]] = []
        self.field = SearchField(themes, placeholder=prompt)
        self.field.line.setMaxLength(TAG_LIMIT)
        self.list = QListView()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Tags"))
        self.list.setMouseTracking(True)
        self.list.viewport().setAutoFillBackground(False)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(themes.theme))
        self._names = QStringListModel(self)
        self.list.setModel(self._names)
        self.list.setItemDelegate(_TagRows(self, themes))
        self._nothing = Label(themes, "", ink="muted", wrap=True)
        self._nothing.setContentsMargins(10, 8, 10, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        for widget in (self.field, self.list, self._nothing):
            layout.addWidget(widget)
        self.field.changed.connect(self._find)
        self.field.line.installEventFilter(self)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        self._find("")

    def row(self, row: int) -> tuple[str, int, bool]:
        """Tag, how many have it, and whether it would be a new one."""
        return self._rows[row] if 0 <= row < len(self._rows) else ("", 0, False)

    def current_row(self) -> int:
        return self.list.currentIndex().row()

    def colour_of(self, tag: str) -> str:
        return self._looks[tag].colour if tag in self._looks else ""

    def is_checked(self, tag: str) -> bool:
        return tag in self._checked

    def open_at(self, point: QPoint, *, above: bool = False) -> None:
        """Open below a global point, or above it, within the screen."""
        size = QSize(WIDTH_PX, self.sizeHint().height())
        self.resize(size)
        left = point.x() - size.width() if self.isRightToLeft() else point.x()
        top = point.y() - size.height() if above else point.y()
        room = self.screen().availableGeometry()
        left = max(room.left() + 4, min(left, room.right() - size.width() - 4))
        top = max(room.top() + 4, min(top, room.bottom() - size.height() - 4))
        self.move(left, top)
        self.show()
        self.field.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: object, event: object) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QKeyEvent.Type.KeyPress:
            return False
        rows = len(self._rows)
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and rows:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.list.setCurrentIndex(self._names.index((self.current_row() + step) % rows))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.current_row(), adding=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            return False
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.line, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)

    # -- inside

    def _find(self, text: str) -> None:
        words = search_key(text).split()
        self._rows = [(tag, count, False) for tag, key, count in self._keys if all(word in key for word in words)]
        typed = " ".join(text.split())
        known = {key for _, key, _ in self._keys}
        if self._can_make and typed and search_key(typed) not in known:
            self._rows.append((typed, 0, True))
        self._names.setStringList([tag for tag, _, _ in self._rows])
        self.list.setCurrentIndex(self._names.index(0))
        self.list.setVisible(bool(self._rows))
        self._nothing.setVisible(not self._rows)
        if self._can_make and not typed:
            self._nothing.setText(self.tr("No tags yet. Type one and press Enter."))
        else:
            self._nothing.setText(self.tr("No tag matches."))
        height = self.fontMetrics().height() + 16
        self.list.setFixedHeight(height * max(1, min(len(self._keys) + self._can_make, ROWS_SHOWN)))

    def _choose(self, row: int, *, adding: bool = False) -> None:
        tag = self.row(row)[0]
        if tag:
            self.close()
            self.chosen.emit(tag, adding)
