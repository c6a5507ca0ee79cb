"""The cards in a list: two lines each, with what will become of them at the end."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from personadesk.domain.card_import import CardCandidate, CardDecision
from personadesk.ui.cards.candidate_words import decision_word, match_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import set_ground
from personadesk.ui.wizard.row_model import plain

AnyIndex = QModelIndex | QPersistentModelIndex
PAD_PX = 12


class CandidateModel(QAbstractListModel):
    """The cards with what is decided for each. `decided` is emitted where a decision changed."""

    decided = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[CardCandidate] = []
        self.decisions: list[CardDecision] = []

    def fill(self, items: Sequence[CardCandidate]) -> None:
        self.beginResetModel()
        self.items = list(items)
        self.decisions = [item.decisions[0] for item in items]
        self.endResetModel()
        self.decided.emit()

    def decide(self, rows: Sequence[int], decision: CardDecision) -> None:
        """Those for which it makes no sense keep theirs."""
        for row in rows:
            if decision in self.items[row].decisions:
                self.decisions[row] = decision
                self.dataChanged.emit(self.index(row), self.index(row))
        self.decided.emit()

    def chosen(self) -> list[tuple[CardCandidate, CardDecision]]:
        return list(zip(self.items, self.decisions, strict=True))

    def count(self, *decisions: CardDecision) -> int:
        return sum(decision in decisions for decision in self.decisions)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(item.contents.name if item.contents else item.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = (self.data(index), second_line(item), decision_word(self.decisions[index.row()], item))
            return ". ".join(filter(None, said))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(item.name)
        return None


def second_line(item: CardCandidate) -> str:
    if item.problem:
        return plain(item.problem)
    creator = item.contents.creator if item.contents else ""
    return plain(" · ".join(filter(None, (match_words(item), creator, item.name))))


class _Delegate(QStyledItemDelegate):
    def __init__(self, *, model: CandidateModel, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(120, round(QFontMetricsF(option.font).height() * 2 + 22))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._themes.theme
        item, decision = self._model.items[index.row()], self._model.decisions[index.row()]
        rect = QRectF(option.rect)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(rect.adjusted(4, 2, -4, -2), 9, 9)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.accent_text, 1.5))
            painter.drawRoundedRect(rect.adjusted(5, 3, -5, -3), 8, 8)
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        word = decision_word(decision, item) if not item.problem else self.tr("Refused")
        wide = QFontMetricsF(option.font).horizontalAdvance(word) + 4
        body = rect.adjusted(PAD_PX, 8, -PAD_PX, -8)
        words = body.adjusted(wide + 12, 0, 0, 0) if rtl else body.adjusted(0, 0, -wide - 12, 0)
        end = QRectF(body.left() if rtl else body.right() - wide, body.top(), wide, body.height())
        half = words.height() / 2
        skipped = decision is CardDecision.SKIP
        painter.setFont(bold)
        painter.setPen(theme.muted if skipped and not chosen else theme.text)
        draw_line(painter, QRectF(words.left(), words.top(), words.width(), half), str(self._model.data(index)), side)
        painter.setFont(option.font)
        painter.setPen(theme.bad if item.problem else theme.muted)
        draw_line(painter, QRectF(words.left(), words.top() + half, words.width(), half), second_line(item), side)
        painter.setPen(self._ink(theme, item, decision))
        draw_line(painter, end, word, Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight)
        painter.restore()

    @staticmethod
    def _ink(theme: Theme, item: CardCandidate, decision: CardDecision) -> object:
        if item.problem:
            return theme.bad
        return {CardDecision.ADD: theme.ok, CardDecision.UPDATE: theme.link}.get(decision, theme.faint)


class CandidateList(QListView):
    """Space changes what becomes of the selected cards to the next that is possible."""

    def __init__(self, *, model: CandidateModel, themes: ThemeSource) -> None:
        super().__init__()
        self._candidates = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(model=model, themes=themes, parent=self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Cards"))
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def selected_rows(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = self.selected_rows()
        if event.key() == Qt.Key.Key_Space and rows:
            current = self._candidates.items[rows[0]].decisions
            at = current.index(self._candidates.decisions[rows[0]])
            self._candidates.decide(rows, current[(at + 1) % len(current)])
        else:
            super().keyPressEvent(event)

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme)
