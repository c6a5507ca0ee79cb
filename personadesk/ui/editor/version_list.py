"""The versions of a card, as rows of two lines."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import paint_row_ground

WHAT_ROLE = Qt.ItemDataRole.UserRole + 1


class VersionRow(NamedTuple):
    moment: str
    what: str


class _Rows(QStyledItemDelegate):
    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height() * 2) + 18)

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
        inner = rect.adjusted(12, 0, -12, 0)
        font = QFont(option.font)
        height = QFontMetricsF(font).height()
        top = QRectF(inner.left(), inner.center().y() - height - 1, inner.width(), height)
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(theme.selection_text if chosen else theme.text)
        draw_line(painter, top, str(index.data()), side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.muted)
        draw_line(painter, top.translated(0, height + 2), str(index.data(WHAT_ROLE)), side)
        painter.restore()


class VersionList(QListView):
    """`chosen` carries the place of the row that is current."""

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._rows = QStandardItemModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Rows(themes, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Versions"))
        self.selectionModel().currentRowChanged.connect(self._tell)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def fill(self, rows: Sequence[VersionRow]) -> None:
        self._rows.clear()
        for row in rows:
            item = QStandardItem(row.moment)
            item.setEditable(False)
            item.setData(row.what, WHAT_ROLE)
            item.setData(f"{row.moment}, {row.what}", Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(row.what)
            self._rows.appendRow(item)

    def choose(self, place: int) -> None:
        self.setCurrentIndex(self._rows.index(place, 0))

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(colours)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
