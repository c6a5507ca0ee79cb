"""A searchable list of tags in a popup: to filter by one, to add one, to take one away."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from personadesk.domain.library import TAG_LIMIT, TagLook
from personadesk.ui.library.tag_list import TagList
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label, SearchField

WIDTH_PX = 300
ROWS_SHOWN = 8


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
        self._can_make = can_make
        self.field = SearchField(themes, placeholder=prompt)
        self.field.line.setMaxLength(TAG_LIMIT)
        self.list = TagList(themes, can_make=can_make, checked=checked)
        self.list.setMouseTracking(True)
        self.list.set_tags(tags, looks)
        self.list.setFixedHeight(self.list.row_height * max(1, min(len(tags) + can_make, ROWS_SHOWN)))
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
        self.list.chosen.connect(self._choose)
        self._find("")

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.list.move_by(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.current, adding=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
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
        self.list.set_query(text)
        self.list.setVisible(self.list.count() > 0)
        self._nothing.setVisible(self.list.count() == 0)
        fresh = self._can_make and not text.strip()
        self._nothing.setText(
            self.tr("No tags yet. Type one and press Enter.") if fresh else self.tr("No tag matches.")
        )

    def _choose(self, tag: str, *, adding: bool = False) -> None:
        if tag:
            self.close()
            self.chosen.emit(tag, adding)
