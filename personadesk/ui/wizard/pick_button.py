"""A button that shows what is chosen and opens a list to choose from, searched by typing: names may be thousands."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import SearchField
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.wizard.row_model import plain

MOST_LETTERS = 28
FEW = 7
"""So many can be seen at once: no field to search them."""


class Choice(NamedTuple):
    """Something to choose: a name and what it stands for."""

    name: str
    value: object


class _List(QFrame):
    picked = Signal(object)

    def __init__(self, *, themes: ThemeSource, title: str, choices: Sequence[Choice], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._themes = themes
        self._choices = choices
        source = QStandardItemModel(self)
        height = QSize(0, self.fontMetrics().height() + 10)
        for choice in choices:
            item = QStandardItem(plain(choice.name))
            item.setEditable(False)
            item.setSizeHint(height)
            source.appendRow(item)
        self._model = QSortFilterProxyModel(self)
        self._model.setSourceModel(source)
        self._model.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.field = SearchField(themes, placeholder=title)
        self.field.changed.connect(self._search)
        self.field.line.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(1)
        self.list.setAccessibleName(title)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(themes.theme))
        self.list.clicked.connect(self._pick)
        self.list.installEventFilter(self)
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, themes.theme.raised)
        colours.setColor(QPalette.ColorRole.Text, themes.theme.text)
        colours.setColor(QPalette.ColorRole.Highlight, themes.theme.selection)
        colours.setColor(QPalette.ColorRole.HighlightedText, themes.theme.selection_text)
        self.list.setPalette(colours)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.setVisible(len(choices) > FEW)
        self._search("")
        rows = min(len(choices), FEW + 2)
        row_height = self.list.sizeHintForRow(0) + 2 if choices else 24
        self.list.setFixedHeight(rows * row_height + 6)
        self.setFixedWidth(round(self.fontMetrics().averageCharWidth() * 36) + 16)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.list.currentIndex())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return True
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if watched is self.field.line and step:
            row = min(max(self.list.currentIndex().row() + step, 0), self._model.rowCount() - 1)
            self.list.setCurrentIndex(self._model.index(row, 0))
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._themes.theme.raised)
        painter.setPen(self._themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _search(self, text: str) -> None:
        self._model.setFilterFixedString(text)
        self.list.setCurrentIndex(self._model.index(0, 0))

    def _pick(self, index: object) -> None:
        row = self._model.mapToSource(index).row()  # type: ignore[arg-type]
        if 0 <= row < len(self._choices):
            value = self._choices[row].value
            self.close()
            self.picked.emit(value)


class PickButton(Button):
    """`picked` carries the value of what was chosen."""

    picked = Signal(object)

    def __init__(self, themes: ThemeSource, *, accessible: str, kind: Kind = Kind.SECONDARY) -> None:
        super().__init__(themes, kind=kind, icon="chevron-down", compact=True, accessible=accessible)
        self._purpose = accessible
        self.setToolTip("")
        self.choices: Sequence[Choice] = ()
        self.clicked.connect(self.open_list)

    def show_choice(self, name: str) -> None:
        """Say what is chosen."""
        shown = plain(name)
        self.set_text(shown if len(shown) <= MOST_LETTERS else shown[: MOST_LETTERS - 1] + "…")
        self.setAccessibleName(f"{self._purpose}: {shown}" if shown != self._purpose else shown)

    def _paint_content(self, painter: QPainter, ink: QColor) -> None:
        rtl = self.isRightToLeft()
        rect = QRectF(self.rect())
        mark = pixmap("chevron-down", ink, 14, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(10 if rtl else rect.right() - 24, (rect.height() - 14) / 2), mark)
        painter.setPen(ink)
        words = rect.adjusted(28, 0, -12, 0) if rtl else rect.adjusted(12, 0, -28, 0)
        draw_line(painter, words, self.text(), Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)

    def open_list(self) -> None:
        shown = _List(themes=self._themes, title=self._purpose, choices=self.choices, parent=self)
        shown.picked.connect(self.picked)
        shown.adjustSize()
        corner = self.mapToGlobal(QPoint(0, self.height() + 4))
        room = self.screen().availableGeometry()
        if corner.y() + shown.height() > room.bottom():
            corner.setY(self.mapToGlobal(QPoint(0, -4)).y() - shown.height())
        if self.isRightToLeft():
            corner.setX(corner.x() + self.width() - shown.width())
        corner.setX(min(max(corner.x(), room.left()), room.right() - shown.width()))
        shown.move(corner)
        shown.show()
        (shown.field if len(self.choices) > FEW else shown.list).setFocus(Qt.FocusReason.PopupFocusReason)
