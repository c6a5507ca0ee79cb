"""The table of files: rows of one height, painted from the theme, walked and sorted by keyboard."""

from PySide6.QtCore import QItemSelectionModel, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
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

from personadesk.domain.migration import Verdict
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import SortHeader, set_ground
from personadesk.ui.wizard.row_model import AnyIndex, Column, RowModel

INDENT_PX = 14
SHARES = {Column.FILE: 0.36, Column.PERSONA: 0.19, Column.COUNT: 0.13, Column.HAPPENS: 0.32}


def verdict_ink(theme: Theme, verdict: Verdict) -> QColor:
    if verdict in (Verdict.IMPORT, Verdict.MERGE):
        return theme.ok
    if verdict is Verdict.UPDATE:
        return theme.link
    return theme.warn if verdict is Verdict.ATTENTION else theme.faint


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: RowModel, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = self._model.row(index)
        if row is None:
            return
        theme = self._themes.theme
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, theme.selection)
        painter.setPen(theme.line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        column = Column(index.column())
        ink = verdict_ink(theme, row.verdict) if column is Column.HAPPENS else theme.text
        if row.verdict in (Verdict.NOT_OURS, Verdict.SKIP) and column is not Column.HAPPENS:
            ink = theme.muted
        painter.setPen(theme.selection_text if chosen else ink)
        painter.setFont(option.font)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        words = rect.adjusted(6, 0, -INDENT_PX, 0) if rtl else rect.adjusted(INDENT_PX, 0, -6, 0)
        text = str(self._model.data(index))
        if column is Column.FILE:
            # The end of a path tells more than its middle.
            text = QFontMetricsF(option.font).elidedText(text, Qt.TextElideMode.ElideMiddle, words.width())
        draw_line(painter, words, text, side)


class RowTable(QTableView):
    """Enter or a double click asks to see where a file is."""

    place_wanted = Signal(object)  # PlanRow
    selection_changed = Signal()

    def __init__(self, *, model: RowModel, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._rows = model
        self._header = SortHeader(
            themes, accessible=self.tr("Sort the files"), begin=Column.FILE, indent_px=INDENT_PX, parent=self
        )
        self.setHorizontalHeader(self._header)
        self.setModel(model)
        self.setItemDelegate(_Delegate(model=model, themes=themes, parent=self))
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
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 18)
        self._header.sortIndicatorChanged.connect(lambda section, order: model.sort(section, order))
        self.doubleClicked.connect(self._ask_for_place)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        model.modelReset.connect(self.selection_changed)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def selected_groups(self) -> set[str]:
        """The groups of the selected files; ranges, so that all of 20,000 are no work."""
        groups: set[str] = set()
        for part in self.selectionModel().selection().toList():
            groups |= self._rows.groups_between(part.top(), part.bottom())
        return groups

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask_for_place(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._rows.rowCount():
            self.selectionModel().setCurrentIndex(self._rows.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shown = [column for column in Column if not self.isColumnHidden(column)]
        whole = sum(SHARES[column] for column in shown)
        left = self.viewport().width()
        for column in shown[:-1]:
            name = str(self._rows.headerData(column, Qt.Orientation.Horizontal))
            least = self.fontMetrics().horizontalAdvance(name) + INDENT_PX + 24
            width = max(round(self.viewport().width() * SHARES[column] / whole), least)
            self.setColumnWidth(column, width)
            left -= width
        self.setColumnWidth(shown[-1], max(left, 48))

    def _ask_for_place(self, index: AnyIndex) -> None:
        row = self._rows.row(index)
        if row is not None:
            self.place_wanted.emit(row)

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme)
