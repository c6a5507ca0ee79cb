"""What a test brought: entries in the prompt's order with the reason, then those that were left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.told_lore import ToldEntry
from personadesk.services.lorebook import Activation, LoreLine
from personadesk.ui.lorebook.words import EN_DASH, reason_sentence, title_of, why_sentence
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line, line_height
from personadesk.ui.wizard.row_model import plain

AnyIndex = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
INSET_PX = 12


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lorebook", text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row. A heading has no `uid`; `number` is the place in the prompt, 0 for what was left out."""

    title: str
    detail: str = ""
    number: int = 0
    tokens: int = 0
    uid: str = ""
    book_key: str = ""


def told_outcomes(told: Sequence[ToldEntry]) -> list[Outcome]:
    """The rows for a prompt that was made."""
    books = {item.book_key for item in told}
    rows = [Outcome(_tr("In the last prompt"))] if told else []
    for number, item in enumerate(told, 1):
        named = [plain(item.book)] if len(books) > 1 and item.book else []
        detail = " · ".join([why_sentence(item.why, ()), *named])
        rows.append(Outcome(plain(title_of(item.entry)), detail, number, item.tokens, item.entry.uid, item.book_key))
    return rows


def outcomes_of(activation: Activation, lines: Sequence[LoreLine], heading: str = "") -> list[Outcome]:
    """The rows for a test; lines are those that were looked at, oldest first."""
    books = {id(fired.book) for fired in activation.fired} | {id(idle.book) for idle in activation.idle}
    rows: list[Outcome] = []
    if activation.fired:
        rows.append(Outcome(heading or _tr("In the prompt, in this order")))
    for number, fired in enumerate(activation.fired, 1):
        named = [plain(fired.book.name)] if len(books) > 1 and fired.book.name else []
        detail = " · ".join([why_sentence(fired.why, lines), *named])
        title = plain(title_of(fired.entry))
        rows.append(Outcome(title, detail, number, fired.tokens, fired.entry.uid, fired.book.key))
    left_out = [(idle, sentence) for idle in activation.idle if (sentence := reason_sentence(idle))]
    if left_out:
        rows.append(Outcome(_tr("Called, but left out")))
    for idle, sentence in left_out:
        named = [plain(idle.book.name)] if len(books) > 1 and idle.book.name else []
        detail = " · ".join([sentence, *named])
        rows.append(Outcome(plain(title_of(idle.entry)), detail, uid=idle.entry.uid, book_key=idle.book.key))
    return rows


class OutcomeModel(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Outcome] = []

    def fill(self, rows: Sequence[Outcome]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def outcome(self, row: int) -> Outcome | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        row = self.outcome(index.row())
        if row is None or not row.uid:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.outcome(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            place = [QLocale().toString(row.number)] if row.number else []
            return ". ".join(part for part in (*place, row.title, row.detail, tokens_word(row.tokens)) if part)
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: OutcomeModel, themes: ThemeSource, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        row = self._model.outcome(index.row())
        lines = 2 if row is not None and row.uid else 1
        return QSize(100, round(line_height(option.font) * lines) + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = self._model.outcome(index.row())
        if row is None:
            return
        theme = self._themes.theme
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if rtl:
            side, far = far, side
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, theme.selection)
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold if not row.uid else QFont.Weight.Medium)
        painter.setFont(strong)
        area = rect.adjusted(INSET_PX, 6, -INSET_PX, -6)
        if not row.uid:
            painter.setPen(theme.muted)
            draw_line(painter, area, row.title, side)
            return
        painter.setPen(theme.line)
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        height = line_height(option.font)
        top = QRectF(area.left(), area.top(), area.width(), height)
        metrics = QFontMetricsF(strong)
        if row.number:
            words = tokens_word(row.tokens)
            painter.setPen(theme.selection_text if chosen else theme.muted)
            draw_line(painter, top, words, far)
            room = metrics.horizontalAdvance(words) + 12
            number = QLocale().toString(row.number) + "."
            draw_line(painter, top, number, side)
            first = metrics.horizontalAdvance(number) + 6
            top = top.adjusted(room, 0, -first, 0) if rtl else top.adjusted(first, 0, -room, 0)
        painter.setPen(theme.selection_text if chosen else theme.text if row.number else theme.muted)
        draw_line(painter, top, row.title, side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if chosen else theme.muted if row.number else theme.warn)
        draw_line(painter, QRectF(area.left(), area.top() + height, area.width(), height), row.detail, side)


class OutcomeList(QListView):
    """Enter or a double click asks for the entry: `entry_wanted` carries its book's key and its uid."""

    entry_wanted = Signal(str, str)

    def __init__(self, *, model: OutcomeModel, themes: ThemeSource) -> None:
        super().__init__()
        self._rows = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(model=model, themes=themes, parent=self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("What the text calls"))
        self.doubleClicked.connect(self._ask)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _ask(self, index: AnyIndex) -> None:
        row = self._rows.outcome(index.row())
        if row is not None and row.uid:
            self.entry_wanted.emit(row.book_key, row.uid)

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.surface)
        self.setPalette(colours)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.viewport().update()


def tokens_word(tokens: int) -> str:
    if not tokens:
        return ""
    return _tr("1 token") if tokens == 1 else _tr("%s tokens") % QLocale().toString(tokens)


def told_summary(told: Sequence[ToldEntry]) -> str:
    """One line on a prompt that was made."""
    if not told:
        return _tr("In the last prompt: no entry.")
    return _tr("In the last prompt: %s") % _entries_word(len(told), sum(item.tokens for item in told))


def _entries_word(count: int, tokens: int) -> str:
    words = _tr("1 entry") if count == 1 else _tr("%s entries") % QLocale().toString(count)
    return f"{words} · {tokens_word(tokens) or EN_DASH}"


def summary_of(activation: Activation, most_told: int | None = None) -> str:
    """One line on a whole test, and one on a model that is told fewer entries."""
    count = len(activation.fired)
    if not count:
        return _tr("Nothing is called.")
    words = _entries_word(count, activation.tokens)
    if most_told is not None and count > most_told:
        few = _tr("The model in use is small: of these it is told the %s that matter most.")
        words = f"{words}\n{few % QLocale().toString(most_told)}"
    return words
