"""The commands that fit what is typed, above the composer."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from personadesk.ui.chat.slash_commands import SlashCommand
from personadesk.ui.dialogs.frame import BODY_POINTS
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import set_ground

AnyIndex = QModelIndex | QPersistentModelIndex
WIDTH_PX = 560
MOST_ROWS = 8
GAP_PX = 6
FRAME_PX = 6


class _Commands(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.commands: Sequence[SlashCommand] = ()

    def fill(self, commands: Sequence[SlashCommand]) -> None:
        self.beginResetModel()
        self.commands = commands
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.commands)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        command = self.commands[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.shown
        return f"{command.shown}: {command.does}" if role == Qt.ItemDataRole.AccessibleTextRole else None


class _Painter(QStyledItemDelegate):
    def __init__(self, *, model: _Commands, themes: ThemeSource, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height()) + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, command = self._themes.theme, self._model.commands[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(rect, 8, 8)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold)
        words = rect.adjusted(10, 0, -10, 0)
        taken = min(QFontMetricsF(strong).horizontalAdvance(command.shown) + 14, words.width() * 0.6)
        start = words.right() - taken if rtl else words.left()
        painter.setFont(strong)
        painter.setPen(theme.selection_text if chosen else theme.text)
        draw_line(
            painter, QRectF(start, words.top(), taken - 14 if not rtl else taken, words.height()), command.shown, side
        )
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.muted)
        rest = words.adjusted(0, 0, -taken, 0) if rtl else words.adjusted(taken, 0, 0, 0)
        draw_line(painter, rest, command.does, side)
        painter.restore()


class SlashPopup(QWidget):
    """Stands above `composer`, in the widget around it; the focus stays where it is. `chosen` by the mouse."""

    chosen = Signal(object)  # SlashCommand

    def __init__(self, *, themes: ThemeSource, composer: QWidget) -> None:
        super().__init__(composer.parentWidget())
        self._themes = themes
        self._composer = composer
        self.asks = False
        """A command can be chosen; else the popup only tells what the typed one takes."""
        self._model = _Commands(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Painter(model=self._model, themes=themes, parent=self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Commands"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[FRAME_PX] * 4)
        layout.addWidget(self.list)
        self.list.clicked.connect(lambda index: self.chosen.emit(self._model.commands[index.row()]))
        themes.changed.connect(self._dress)
        self._dress(themes.theme)
        self.hide()

    @property
    def commands(self) -> Sequence[SlashCommand]:
        return self._model.commands

    @property
    def current(self) -> SlashCommand | None:
        row = self.list.currentIndex().row()
        return self._model.commands[row] if 0 <= row < len(self._model.commands) else None

    def offer(self, commands: Sequence[SlashCommand], *, asks: bool) -> None:
        """Show these, the first of them selected, or hide where there is none."""
        if not commands:
            self.hide()
            return
        self.asks = asks
        if list(commands) != list(self._model.commands) or self.isHidden():
            self._model.fill(commands)
            self._select(0)
        self.place()
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Go to the next one, round about."""
        if self._model.commands:
            self._select((self.list.currentIndex().row() + by) % len(self._model.commands))

    def place(self) -> None:
        """Above the composer, as wide as it at most."""
        composer = self._composer.geometry()
        larger = max(self.font().pointSizeF() / BODY_POINTS, 1.0)
        row_px = max(self.list.sizeHintForRow(0), 1)
        height = min(row_px * min(len(self._model.commands), MOST_ROWS) + 2 * FRAME_PX, composer.top() - GAP_PX)
        width = min(round(WIDTH_PX * larger), composer.width())
        left = composer.right() + 1 - width if self.isRightToLeft() else composer.left()
        self.setGeometry(left, composer.top() - GAP_PX - height, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.line, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self._model.index(row))
        command = self._model.commands[row]
        spoken = QAccessibleAnnouncementEvent(self._composer, f"{command.shown}: {command.does}")
        QAccessible.updateAccessibility(spoken)

    def _dress(self, theme: Theme) -> None:
        set_ground(self.list, theme, theme.raised)
        self.update()
