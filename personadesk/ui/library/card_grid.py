"""The grid of persona cards: a list view with a lazy geometry of its own and a header that scrolls along."""

from PySide6.QtCore import (
    QEvent,
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
    QFocusEvent,
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
from personadesk.ui.library.card_canvas import CardCanvas
from personadesk.ui.library.card_geometry import HEADING_PX, CardGeometry
from personadesk.ui.library.card_keys import handle_key, selects
from personadesk.ui.library.card_model import CardModel
from personadesk.ui.library.card_painter import CardParts
from personadesk.ui.library.card_pointer import CardPointer
from personadesk.ui.library.card_selection import CardSelection
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.viewport import give_viewport

MARGIN_PX = 28
BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
"""Ways a focus comes that want to be seen: a pointer shows by itself where it is."""

AnyIndex = QModelIndex | QPersistentModelIndex


class CardGrid(QListView):
    """Uniform cards in sections. Every part of a card is reached by keyboard through the menu."""

    chat_requested = Signal(object)  # PersonaId
    hear_requested = Signal(object)
    star_requested = Signal(object)
    menu_requested = Signal(object, QPoint)  # PersonaId, global position
    edit_requested = Signal(object)
    delete_requested = Signal(object)
    delete_many_requested = Signal(object)  # list[PersonaId]
    back_requested = Signal()

    def __init__(
        self, *, model: CardModel, roster: Roster, themes: ThemeSource, avatars: Avatars, header: QWidget
    ) -> None:
        super().__init__()
        give_viewport(self)
        self.cards = model
        self._themes = themes
        self.canvas = CardCanvas(avatars=avatars, font=self.font(), looks=lambda: roster.tag_looks)
        self._header = header
        self._hover: tuple[int, str] = (-1, "")
        self._by_keyboard = False
        self._place: tuple[PersonaId | None, int] = (None, -1)
        self._geometry = CardGeometry()
        self.selection = CardSelection(model, self)
        self.pointer = CardPointer(self, self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        # Keys scroll to where they lead; a list read anew, or the focus coming in, moves nothing.
        self.setAutoScroll(False)
        self.setAccessibleName(self.tr("Personas"))
        header.setParent(self.viewport())
        header.show()
        self.setModel(model)
        model.modelAboutToBeReset.connect(self._remember_place)
        model.modelReset.connect(self._start_over)
        self.selection.changed.connect(self._show_selection)
        self.pointer.part_clicked.connect(self._part_clicked)
        avatars.ready.connect(self._show_avatar)
        roster.looks_changed.connect(self.viewport().update)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    # -- geometry

    def relayout(self) -> None:
        """Measure again after the header, the font or the size has changed."""
        view = self.viewport()
        wanted = self._header.heightForWidth(self.width())
        self._geometry = CardGeometry(
            sections=self.cards.sections,
            left=self._end_margin() if self.isRightToLeft() else MARGIN_PX,
            inner_width=max(view.width() - MARGIN_PX - self._end_margin(), 120),
            top=wanted,
            card_height=self.canvas.height_px,
            rtl=self.isRightToLeft(),
        )
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._geometry.height - view.height()))
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
        return self.cards.index(row) if row >= 0 else QModelIndex()

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
        return QRegion(self.viewport().rect())

    def selectionCommand(self, index: AnyIndex, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:  # noqa: N802
        """Never anything: `selection` is what is selected, and the view's own model mirrors it."""
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        return

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.relayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._set_hover(-1, "")
        if abs(dy) < self.viewport().height():
            # Moves the header along, and only what comes in is painted.
            self.viewport().scroll(0, dy)
        else:
            self.viewport().update()
        self._header.move(self._header.x(), -self.verticalScrollBar().value())

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels = event.pixelDelta().y() or round(event.angleDelta().y() * 0.7)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - pixels)
        event.accept()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        rows = self.cards.rowCount()
        if not rows:
            return QModelIndex()
        row = self.currentIndex().row()
        if row < 0:
            return self.cards.index(0)
        move = QAbstractItemView.CursorAction
        rtl = self.isRightToLeft()
        if action in (move.MoveLeft, move.MoveRight):
            row += -1 if (action is move.MoveLeft) != rtl else 1
        elif action in (move.MovePrevious, move.MoveNext):
            row += -1 if action is move.MovePrevious else 1
        elif action in (move.MoveUp, move.MoveDown):
            row = self._geometry.above(row) if action is move.MoveUp else self._geometry.below(row)
        elif action in (move.MovePageUp, move.MovePageDown):
            page = max(1, self.viewport().height() // self._geometry.step) * self._geometry.columns
            row += -page if action is move.MovePageUp else page
        elif action is move.MoveHome:
            row = 0
        elif action is move.MoveEnd:
            row = rows - 1
        return self.cards.index(min(max(row, 0), rows - 1))

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        theme = self._themes.theme
        painter.fillRect(event.rect(), theme.window)
        offset = self.verticalOffset()
        exposed = event.rect().adjusted(0, -14, 0, 14).translated(0, offset)
        current = self.currentIndex().row() if self.hasFocus() and self._by_keyboard else -1
        for placed in self._geometry.sections:
            if placed.section.title:
                self._paint_heading(painter, theme, placed.section.title, placed.top - offset)
            for row in self._geometry.rows_between(placed, exposed.top(), exposed.bottom()):
                self._paint_card(painter, theme, row, self._rect_of(row), focused=row == current)

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
        summary = self.cards.summary(row)
        if summary is None:
            return
        hovered = self._hover[0] == row
        state = self.canvas.state(
            theme,
            summary,
            selected=summary.id in self.selection,
            marked=self.selection.mode,
            focused=focused,
            hovered=hovered,
            hot=self._hover[1] if hovered else "",
            in_trash=self.cards.in_trash,
        )
        rtl, ratio = self.isRightToLeft(), self.devicePixelRatioF()
        self.canvas.paint(painter, theme, rect, summary, state, rtl=rtl, ratio=ratio)

    def _parts(self, summary: PersonaSummary, rect: QRectF) -> CardParts:
        return self.canvas.parts(summary, rect, rtl=self.isRightToLeft(), in_trash=self.cards.in_trash)

    # -- pointer and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.pointer.move(event):
            self._set_hover(-1, "")
            return
        point = event.position().toPoint()
        row = self._row_at(point)
        self._set_hover(row, self.part_at(row, point))

    def leaveEvent(self, event: object) -> None:
        self._set_hover(-1, "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keyboard = False
        row = self.pointer.press(event)
        if row >= 0:
            if not event.modifiers():
                self.selection.anchor_at(row)
            self.setCurrentIndex(self.cards.index(row))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two is a press: the base class would make an edit of it."""
        self.mousePressEvent(event)

    def summary_at(self, point: QPoint) -> tuple[int, PersonaSummary | None]:
        """The row and who is at a point of the viewport."""
        row = self._row_at(point)
        return row, self.cards.summary(row)

    def persons_in(self, frame: QRect) -> list[PersonaId]:
        """Whose cards touch a rectangle of the content."""
        ids = self.cards.ids()
        return [ids[row] for row in self._geometry.rows_in(frame.left(), frame.top(), frame.right(), frame.bottom())]

    def part_at(self, row: int, point: QPoint) -> str:
        """The part of a row's card under a point, as CardParts names it; "" for no card."""
        summary = self.cards.summary(row)
        return self._parts(summary, self._rect_of(row)).part_at(point.toPointF()) if summary is not None else ""

    def _part_clicked(self, persona_id: PersonaId, part: str, point: QPoint) -> None:
        if part == "star":
            self.star_requested.emit(persona_id)
        elif part == "hear":
            self.hear_requested.emit(persona_id)
        elif part == "menu":
            self.menu_requested.emit(persona_id, self.viewport().mapToGlobal(point))
        elif part == "chat" or not self.cards.in_trash:
            self.chat_requested.emit(persona_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        row = self.currentIndex().row() if keyboard else self._row_at(event.pos())
        summary = self.cards.summary(row)
        if summary is not None:
            where = self._rect_of(row).center().toPoint() if keyboard else event.pos()
            self.menu_requested.emit(summary.id, self.viewport().mapToGlobal(where))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in BY_KEYBOARD:
            self._by_keyboard = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keyboard = True
        if handle_key(self, event):
            self.viewport().update()
            return
        if selects(event) and not self.selection.held:
            self.selection.anchor_at(self.currentIndex().row())
        super().keyPressEvent(event)
        if selects(event):
            self.selection.extend_to(self.currentIndex().row())
        self.scrollTo(self.currentIndex())

    def select_persona(self, persona_id: PersonaId) -> None:
        row = self.cards.row_of(persona_id)
        if row >= 0:
            self.setCurrentIndex(self.cards.index(row))
            self.scrollTo(self.cards.index(row))

    # -- inside

    def _end_margin(self) -> int:
        """The scroll bar takes its room from the margin, so that cards and title bar end alike."""
        return MARGIN_PX - (self.width() - self.viewport().width())

    def _apply_theme(self, theme: Theme) -> None:
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.canvas.forget()
        self.viewport().update()

    def _show_selection(self) -> None:
        if self.selectionModel() is not None:
            self.selection.show_in(self.selectionModel())
        self.viewport().update()

    def _show_avatar(self, avatar: str) -> None:
        """Paint the cards in sight that have the picture that has just been made."""
        for placed in self._geometry.sections:
            bottom = self.verticalOffset() + self.viewport().height()
            for row in self._geometry.rows_between(placed, self.verticalOffset(), bottom):
                summary = self.cards.summary(row)
                if summary is not None and summary.avatar == avatar:
                    self.viewport().update(self._rect_of(row).toAlignedRect())

    def _remember_place(self) -> None:
        row = self.currentIndex().row()
        summary = self.cards.summary(row)
        self._place = (summary.id if summary else None, row)

    def _start_over(self) -> None:
        """Keep the keyboard's place: on the same persona, or where it was when that one is gone."""
        self._hover = (-1, "")
        self.pointer.forget()
        self.relayout()
        self.selection.keep_shown()
        persona_id, row = self._place
        if row < 0:
            return
        found = self.cards.row_of(persona_id) if persona_id is not None else -1
        kept = found if found >= 0 else min(row, self.cards.rowCount() - 1)
        self.selectionModel().setCurrentIndex(self.cards.index(kept), QItemSelectionModel.SelectionFlag.NoUpdate)
        if self.selection.held:
            self.selection.show_in(self.selectionModel())

    def _rect_of(self, row: int) -> QRectF:
        """A card in the viewport."""
        cell = self._geometry.cell(row)
        return QRectF(cell.left, cell.top - self.verticalOffset(), cell.width, cell.height) if cell else QRectF()

    def _row_at(self, point: QPoint) -> int:
        return self._geometry.row_at(point.x(), point.y() + self.verticalOffset())

    def _set_hover(self, row: int, part: str) -> None:
        if (row, part) == self._hover:
            return
        for changed in {self._hover[0], row} - {-1}:
            self.viewport().update(self._rect_of(changed).toAlignedRect().adjusted(-10, -10, 10, 14))
        self._hover = (row, part)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)
