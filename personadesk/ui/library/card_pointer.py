"""What a pointer does on the cards: open, select one, a range or all in a frame, carry a card away."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QRubberBand

from personadesk.domain.ids import PersonaId

if TYPE_CHECKING:
    from personadesk.ui.library.card_grid import CardGrid

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
AUTO_SCROLL_MS = 16
AUTO_SCROLL_EDGE_PX = 28


class CardPointer(QObject):
    """Made with the view it works on."""

    part_clicked = Signal(object, str, QPoint)  # PersonaId, part, point
    carry_prepared = Signal(object)  # list[PersonaId] that may be carried away in a moment
    carry_begun = Signal()
    carry_dropped = Signal()

    def __init__(self, cards: "CardGrid", parent: QObject) -> None:
        super().__init__(parent)
        self._cards = cards
        self._pressed: tuple[int, str] = (-1, "")
        self._press_at = QPoint()
        self._carrying = False
        self._band: QRubberBand | None = None
        self._band_from = QPoint()
        self._band_to = QPoint()
        self._held: frozenset[PersonaId] = frozenset()
        self._scrolling = QTimer(self)
        self._scrolling.setInterval(AUTO_SCROLL_MS)
        self._scrolling.timeout.connect(self._scroll_on)

    def press(self, event: QMouseEvent) -> int:
        """Returns the row pressed, -1 for none."""
        point = event.position().toPoint()
        row, summary = self._cards.summary_at(point)
        self._pressed = (row, self._cards.part_at(row, point))
        self._press_at = point
        self._carrying = False
        if event.button() is Qt.MouseButton.LeftButton:
            if summary is None:
                self._begin_frame(point, add=bool(event.modifiers() & (CONTROL | SHIFT)))
            elif self._pressed[1] == "card":
                selection = self._cards.selection
                chosen = selection.ids() if summary.id in selection else [summary.id]
                self.carry_prepared.emit(chosen)
        return row

    def move(self, event: QMouseEvent) -> bool:
        """Returns whether the pointer is busy with a frame or a card."""
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return False
        point = event.position().toPoint()
        if self._band is not None:
            self._draw_frame(point)
            return True
        far = (point - self._press_at).manhattanLength() >= QApplication.startDragDistance()
        if far and not self._carrying and self._pressed[1] == "card" and not event.modifiers():
            self._carrying = True
            self.carry_begun.emit()
        return self._carrying

    def release(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, (-1, "")
        self.carry_dropped.emit()
        if self._band is not None:
            self._end_frame()
            return
        point = event.position().toPoint()
        row, summary = self._cards.summary_at(point)
        part = self._cards.part_at(row, point)
        left = event.button() is Qt.MouseButton.LeftButton
        if summary is None or not left or pressed != (row, part) or self._carrying:
            return
        if part == "card" and self._select(row, event.modifiers()):
            return
        self.part_clicked.emit(summary.id, part, point)

    def forget(self) -> None:
        """The cards are others now."""
        self._pressed = (-1, "")

    # -- inside

    def _select(self, row: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Select as a click with these keys held does; False where it is no click that selects."""
        selection = self._cards.selection
        if modifiers & SHIFT:
            selection.extend_to(row, add=bool(modifiers & CONTROL))
        elif modifiers & CONTROL or selection.mode:
            selection.toggle(row)
        else:
            return False
        return True

    def _begin_frame(self, point: QPoint, *, add: bool) -> None:
        selection = self._cards.selection
        self._held = selection.held if add else frozenset()
        if not add:
            selection.set_ids(())
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self._cards.viewport())
        self._band_from = self._band_to = point + QPoint(0, self._cards.verticalScrollBar().value())

    def _draw_frame(self, point: QPoint) -> None:
        if self._band is None:
            return
        offset = self._cards.verticalScrollBar().value()
        self._band_to = point + QPoint(0, offset)
        frame = QRect(self._band_from, QSize(1, 1)).united(QRect(self._band_to, QSize(1, 1)))
        self._band.setGeometry(frame.translated(0, -offset))
        self._band.show()
        self._cards.selection.set_ids(self._held.union(self._cards.persons_in(frame)))
        height = self._cards.viewport().height()
        if AUTO_SCROLL_EDGE_PX < point.y() < height - AUTO_SCROLL_EDGE_PX:
            self._scrolling.stop()
        else:
            self._scrolling.start()

    def _scroll_on(self) -> None:
        bar = self._cards.verticalScrollBar()
        point = self._band_to - QPoint(0, bar.value())
        beyond = min(point.y() - AUTO_SCROLL_EDGE_PX, 0) or max(
            point.y() - self._cards.viewport().height() + AUTO_SCROLL_EDGE_PX, 0
        )
        before = bar.value()
        bar.setValue(before + max(-40, min(40, beyond)))
        if bar.value() == before:
            self._scrolling.stop()
        self._draw_frame(point)

    def _end_frame(self) -> None:
        self._scrolling.stop()
        if self._band is not None:
            self._band.hide()
            self._band.deleteLater()
            self._band = None
