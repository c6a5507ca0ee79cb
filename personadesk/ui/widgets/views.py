"""What lists and tables share: the ground they stand on, a frame that shows the focus, a header to sort by."""

from collections.abc import Collection

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import focus_ring
from personadesk.ui.widgets.text import draw_line

MARK_PX = 12


def set_ground(view: QAbstractItemView, theme: Theme, ground: QColor | None = None) -> None:
    """Paint a view on `ground`, by default a surface's, with the theme's scroll bar."""
    colours = QPalette(view.palette())
    colours.setColor(QPalette.ColorRole.Base, ground or theme.surface)
    view.setPalette(colours)
    view.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
    view.viewport().update()


def paint_row_ground(
    painter: QPainter, theme: Theme, rect: QRectF, option: QStyleOptionViewItem, radius_px: float
) -> bool:
    """Paint what lies below a row: the pointer, the selection, the focus. Returns whether it is selected."""
    state = option.state
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    if chosen or state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.selection if chosen else theme.hover)
        painter.drawRoundedRect(rect, radius_px, radius_px)
    if chosen and state & QStyle.StateFlag.State_HasFocus:
        focus_ring(painter, theme, rect, radius_px)
    return chosen


class ViewFrame(QWidget):
    """A rounded frame around a view; shows the accent while the view has the focus."""

    def __init__(self, themes: ThemeSource, view: QAbstractItemView, *, radius_px: int = 14) -> None:
        super().__init__()
        self._themes = themes
        self._view = view
        self._radius = radius_px
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 6)
        layout.addWidget(view)
        themes.changed.connect(self.update)
        view.installEventFilter(self)

    def eventFilter(self, watched: object, event: object) -> bool:
        self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.surface)
        focused = self._view.hasFocus()
        painter.setPen(QPen(theme.accent if focused else theme.line, 1.5 if focused else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), self._radius, self._radius)


class SortHeader(QHeaderView):
    """A flat header that Tab reaches: Left and Right walk the columns shown, Space or Enter sorts by the one at hand.

    `numbers` are the columns whose words stand at the end.
    """

    def __init__(
        self,
        themes: ThemeSource,
        *,
        accessible: str,
        begin: int,
        indent_px: int,
        high_px: int = 20,
        numbers: Collection[int] = (),
        parent: QWidget,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._themes = themes
        self._at = begin
        self._indent = indent_px
        self._high = high_px
        self._numbers = frozenset(numbers)
        self.setAccessibleName(accessible)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSortIndicator(begin, Qt.SortOrder.AscendingOrder)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setMinimumSectionSize(28)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + self._high)

    def sort_by(self, section: int) -> None:
        """Sort by a column; the other way round where it is sorted by already."""
        down = self.sortIndicatorSection() == section and self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        self.setSortIndicator(section, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._walk(-step if self.isRightToLeft() else step)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.sort_by(self._at)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802  Qt's name
        theme = self._themes.theme
        area = QRectF(rect)
        painter.fillRect(rect, theme.surface)
        painter.setPen(theme.line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        words = area.adjusted(self._indent, 0, -self._indent, 0)
        at_end = (section in self._numbers) != self.isRightToLeft()
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        if self.sortIndicatorSection() == section:
            words = self._paint_mark(painter, words, text, at_end=at_end)
        painter.setPen(theme.muted)
        painter.setFont(self.font())
        draw_line(painter, words, text, Qt.AlignmentFlag.AlignRight if at_end else Qt.AlignmentFlag.AlignLeft)
        if self.hasFocus() and section == self._at:
            painter.setPen(QPen(theme.accent_text, 2))
            painter.drawRoundedRect(area.adjusted(2, 3, -2, -4), 6, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._themes.theme.surface)
        painter.setPen(self._themes.theme.line)
        bottom = self.viewport().height() - 1
        painter.drawLine(0, bottom, self.viewport().width(), bottom)
        painter.end()
        super().paintEvent(event)

    def _paint_mark(self, painter: QPainter, words: QRectF, text: str, *, at_end: bool) -> QRectF:
        """Draw the arrow behind the words; returns the room that is left for them."""
        up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        room = max(words.width() - MARK_PX - 2, 0)
        width = min(QFontMetricsF(self.font()).horizontalAdvance(text), room)
        left = words.right() - width - MARK_PX - 2 if at_end else words.left() + width + 2
        ink = self._themes.theme.muted
        mark = pixmap("chevron-up" if up else "chevron-down", ink, MARK_PX, self.devicePixelRatioF())
        painter.drawPixmap(round(left), round(words.center().y() - MARK_PX / 2), mark)
        return words.adjusted(MARK_PX + 2, 0, 0, 0) if at_end else words.adjusted(0, 0, -MARK_PX - 2, 0)

    def _walk(self, step: int) -> None:
        at = self._at + step
        while 0 <= at < self.count() and self.isSectionHidden(at):
            at += step
        if 0 <= at < self.count():
            self._at = at
            self.viewport().update()
