"""The entries' header: flat, reached by Tab, sorted by the arrows and Space."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QWidget

from personadesk.ui.lorebook.entry_model import NUMBERS, Column
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.text import draw_line

CELL_INDENT_PX = 8
MARK_PX = 12


class EntryHeader(QHeaderView):
    """Left and Right walk the columns that are shown; Space or Enter sorts by the one at hand."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._themes = themes
        self._at = int(Column.ORDER)
        self.setAccessibleName(self.tr("Sort the entries"))
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSortIndicator(int(Column.ORDER), Qt.SortOrder.AscendingOrder)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(28)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 16)

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
        rtl = self.isRightToLeft()
        words = area.adjusted(CELL_INDENT_PX, 0, -CELL_INDENT_PX, 0)
        at_end = (Column(section) in NUMBERS) != rtl
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        if self.sortIndicatorSection() == section:
            up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
            wide = QFontMetricsF(self.font()).horizontalAdvance(text)
            room = max(words.width() - MARK_PX - 2, 0)
            width = min(wide, room)
            left = words.right() - width - MARK_PX - 2 if at_end else words.left() + width + 2
            mark = pixmap("chevron-up" if up else "chevron-down", theme.muted, MARK_PX, self.devicePixelRatioF())
            painter.drawPixmap(round(left), round(area.center().y() - MARK_PX / 2), mark)
            words = words.adjusted(MARK_PX + 2, 0, 0, 0) if at_end else words.adjusted(0, 0, -MARK_PX - 2, 0)
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

    def _walk(self, step: int) -> None:
        at = self._at + step
        while 0 <= at < self.count() and self.isSectionHidden(at):
            at += step
        if 0 <= at < self.count():
            self._at = at
            self.viewport().update()
