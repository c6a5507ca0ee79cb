"""The grid of persona cards: a list view with a lazy geometry of its own and a header that scrolls along."""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.library.card_model import CardModel
from personadesk.ui.library.card_painter import CardPainter, CardParts, CardState, badge_text
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars

MARGIN_PX = 28
GAP_PX = 18
LEAST_CARD_PX = 280
HEADING_PX = 44
AnyIndex = QModelIndex | QPersistentModelIndex


class CardGrid(QListView):
    """Uniform cards in sections. Every part of a card is reached by keyboard through the menu."""

    chat_requested = Signal(object)  # PersonaId
    star_requested = Signal(object)
    menu_requested = Signal(object, QPoint)  # PersonaId, global position
    edit_requested = Signal(object)
    delete_requested = Signal(object)

    def __init__(self, *, model: CardModel, themes: ThemeSource, avatars: Avatars, header: QWidget) -> None:
        super().__init__()
        self._cards = model
        self._themes = themes
        self._painter = CardPainter(avatars=avatars, font=self.font())
        self._header = header
        self._hover: tuple[int, str] = (-1, "")
        self._columns = 1
        self._card_width = LEAST_CARD_PX
        self._tops: list[tuple[int, int, int, str]] = []  # first row, rows, top of the first card, title
        self._content_height = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Personas"))
        header.setParent(self.viewport())
        header.show()
        self.setModel(model)
        model.modelReset.connect(self._start_over)
        avatars.ready.connect(lambda _avatar: self.viewport().update())
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    # -- geometry

    def relayout(self) -> None:
        """Measure again after the header, the font or the size has changed."""
        view = self.viewport()
        wanted = max(self._header.sizeHint().height(), 0)
        if self._header.hasHeightForWidth():
            wanted = self._header.heightForWidth(self.width())
        inner = max(view.width() - MARGIN_PX - self._end_margin(), 120)
        self._columns = max(1, (inner + GAP_PX) // (LEAST_CARD_PX + GAP_PX))
        self._card_width = (inner - GAP_PX * (self._columns - 1)) // self._columns
        step = self._painter.height_px + GAP_PX
        top = wanted
        self._tops = []
        for section in self._cards.sections:
            top += HEADING_PX if section.title else 4
            self._tops.append((section.first_row, section.rows, top, section.title))
            top += -(-section.rows // self._columns) * step
        self._content_height = top + 12
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._content_height - view.height()))
        bar.setPageStep(view.height())
        bar.setSingleStep(56)
        spare = self.width() - view.width()
        self._header.setGeometry(-spare if self.isRightToLeft() else 0, -bar.value(), self.width(), wanted)
        view.update()

    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid():
            return QRect()
        return self._rect_of(index.row()).toRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point)
        return self._cards.index(row) if row >= 0 else QModelIndex()

    def scrollTo(
        self, index: AnyIndex, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        rect = self._rect_of(index.row())
        bar = self.verticalScrollBar()
        if hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(round(bar.value() + rect.center().y() - self.viewport().height() / 2))
        elif rect.top() < HEADING_PX:
            bar.setValue(round(bar.value() + rect.top() - HEADING_PX))
        elif rect.bottom() > self.viewport().height() - 12:
            bar.setValue(round(bar.value() + rect.bottom() - self.viewport().height() + 12))

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        return 0

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def doItemsLayout(self) -> None:
        self.relayout()

    def updateGeometries(self) -> None:
        self.relayout()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index).adjusted(-10, -10, 10, 14)
        return region

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index) if index.isValid() else QItemSelection(), command)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.relayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._header.move(self._header.x(), -self.verticalScrollBar().value())
        self._set_hover(-1, "")
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels = event.pixelDelta().y() or round(event.angleDelta().y() * 0.7)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - pixels)
        event.accept()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        rows = self._cards.rowCount()
        if not rows:
            return QModelIndex()
        row = max(self.currentIndex().row(), 0)
        move = QAbstractItemView.CursorAction
        rtl = self.isRightToLeft()
        if action in (move.MoveLeft, move.MoveRight):
            row += -1 if (action is move.MoveLeft) != rtl else 1
        elif action in (move.MovePrevious, move.MoveNext):
            row += -1 if action is move.MovePrevious else 1
        elif action in (move.MoveUp, move.MoveDown):
            row = self._row_above(row) if action is move.MoveUp else self._row_below(row)
        elif action in (move.MovePageUp, move.MovePageDown):
            page = max(1, self.viewport().height() // (self._painter.height_px + GAP_PX)) * self._columns
            row += -page if action is move.MovePageUp else page
        elif action is move.MoveHome:
            row = 0
        elif action is move.MoveEnd:
            row = rows - 1
        return self._cards.index(min(max(row, 0), rows - 1))

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        theme = self._themes.theme
        painter.fillRect(event.rect(), theme.window)
        exposed = QRectF(event.rect()).adjusted(0, -14, 0, 14)
        offset = self.verticalOffset()
        step = self._painter.height_px + GAP_PX
        current = self.currentIndex().row() if self.hasFocus() else -1
        for first, rows, top, title in self._tops:
            if title:
                self._paint_heading(painter, theme, title, top - offset)
            line = max(0, int((exposed.top() + offset - top) // step))
            row = first + line * self._columns
            while row < first + rows:
                rect = self._rect_of(row)
                if rect.top() > exposed.bottom():
                    break
                self._paint_card(painter, theme, row, rect, focused=row == current)
                row += 1

    def _paint_heading(self, painter: QPainter, theme: Theme, title: str, top: float) -> None:
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 0.95)
        painter.setFont(font)
        painter.setPen(theme.muted)
        rect = QRectF(MARGIN_PX, top - HEADING_PX + 8, self.viewport().width() - 2 * MARGIN_PX, HEADING_PX - 16)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, title)

    def _paint_card(self, painter: QPainter, theme: Theme, row: int, rect: QRectF, *, focused: bool) -> None:
        summary = self._cards.summary(row)
        if summary is None:
            return
        hovered = self._hover[0] == row
        state = CardState(
            focused=focused,
            hovered=hovered,
            hot=self._hover[1] if hovered else "",
            in_trash=self._cards.in_trash,
        )
        parts = self._parts(summary, rect)
        self._painter.paint(painter, theme, parts, summary, state, self._labels(summary), self.devicePixelRatioF())

    def _parts(self, summary: PersonaSummary, rect: QRectF) -> CardParts:
        return self._painter.parts(
            rect, rtl=self.isRightToLeft(), in_trash=self._cards.in_trash, labels=self._labels(summary)
        )

    def _labels(self, summary: PersonaSummary) -> tuple[str, str]:
        main = self.tr("Restore") if self._cards.in_trash else self.tr("Chat")
        return main, badge_text(summary, self.tr("Built-in"), self.tr("Custom"))

    # -- pointer and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        row = self._row_at(point)
        part = self._part_at(row, point)
        self._set_hover(row, part)

    def leaveEvent(self, event: object) -> None:
        self._set_hover(-1, "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint())
        if row >= 0:
            self.setCurrentIndex(self._cards.index(row))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        row = self._row_at(point)
        summary = self._cards.summary(row)
        if summary is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        part = self._part_at(row, point)
        if part == "star":
            self.star_requested.emit(summary.id)
        elif part == "menu":
            self.menu_requested.emit(summary.id, self.viewport().mapToGlobal(point))
        elif part == "chat" or not self._cards.in_trash:
            self.chat_requested.emit(summary.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        row = self.currentIndex().row() if keyboard else self._row_at(event.pos())
        summary = self._cards.summary(row)
        if summary is not None:
            where = self._rect_of(row).center().toPoint() if keyboard else event.pos()
            self.menu_requested.emit(summary.id, self.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        summary = self._cards.summary(self.currentIndex().row())
        key = event.key()
        if summary is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chat_requested.emit(summary.id)
        elif summary is not None and key == Qt.Key.Key_F2:
            self.edit_requested.emit(summary.id)
        elif summary is not None and key == Qt.Key.Key_Delete:
            self.delete_requested.emit(summary.id)
        else:
            super().keyPressEvent(event)

    def select_persona(self, persona_id: PersonaId) -> None:
        row = self._cards.row_of(persona_id)
        if row >= 0:
            self.setCurrentIndex(self._cards.index(row))

    # -- inside

    def _end_margin(self) -> int:
        """The scroll bar takes its room from the margin, so that cards and title bar end alike."""
        return MARGIN_PX - (self.width() - self.viewport().width())

    def _start_margin(self) -> int:
        return self._end_margin() if self.isRightToLeft() else MARGIN_PX

    def _apply_theme(self, theme: Theme) -> None:
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.viewport().update()

    def _start_over(self) -> None:
        self._hover = (-1, "")
        self.relayout()

    def _rect_of(self, row: int) -> QRectF:
        for first, rows, top, _ in self._tops:
            if first <= row < first + rows:
                line, column = divmod(row - first, self._columns)
                if self.isRightToLeft():
                    column = self._columns - 1 - column
                left = self._start_margin() + column * (self._card_width + GAP_PX)
                y = top + line * (self._painter.height_px + GAP_PX) - self.verticalOffset()
                return QRectF(left, y, self._card_width, self._painter.height_px)
        return QRectF()

    def _row_at(self, point: QPoint) -> int:
        y = point.y() + self.verticalOffset()
        step = self._painter.height_px + GAP_PX
        column = (point.x() - self._start_margin()) // (self._card_width + GAP_PX)
        if not 0 <= column < self._columns:
            return -1
        if self.isRightToLeft():
            column = self._columns - 1 - column
        for first, rows, top, _ in self._tops:
            line = (y - top) // step
            row = first + line * self._columns + column
            if y >= top and row < first + rows and self._rect_of(row).contains(point.toPointF()):
                return int(row)
        return -1

    def _part_at(self, row: int, point: QPoint) -> str:
        summary = self._cards.summary(row)
        if summary is None:
            return ""
        parts = self._parts(summary, self._rect_of(row))
        named = {"chat": parts.chat, "menu": parts.menu, "star": parts.star}
        return next((name for name, rect in named.items() if rect.contains(point.toPointF())), "card")

    def _set_hover(self, row: int, part: str) -> None:
        if (row, part) == self._hover:
            return
        for changed in {self._hover[0], row} - {-1}:
            self.viewport().update(self._rect_of(changed).toAlignedRect().adjusted(-10, -10, 10, 14))
        self._hover = (row, part)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)

    def _row_above(self, row: int) -> int:
        column = self._column_of(row)
        if row - self._columns >= self._section_start(row):
            return row - self._columns
        start = self._section_start(row)
        if start == 0:
            return row
        previous = self._section_start(start - 1)
        last_line = (start - 1 - previous) // self._columns
        return min(previous + last_line * self._columns + column, start - 1)

    def _row_below(self, row: int) -> int:
        column = self._column_of(row)
        end = next((first + rows for first, rows, _, _ in self._tops if first <= row < first + rows), 0)
        start = self._section_start(row)
        if row + self._columns < end:
            return row + self._columns
        if (row - start) // self._columns < (end - 1 - start) // self._columns:
            return end - 1
        following = next((rows for first, rows, _, _ in self._tops if first == end), 0)
        return end + min(column, following - 1) if following else row

    def _column_of(self, row: int) -> int:
        return (row - self._section_start(row)) % self._columns

    def _section_start(self, row: int) -> int:
        return next((first for first, rows, _, _ in self._tops if first <= row < first + rows), 0)
