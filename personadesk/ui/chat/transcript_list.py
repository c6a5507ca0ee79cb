"""The virtuals of a QListView whose geometry is its own: each is answered from the rows in view."""

from abc import abstractmethod

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from personadesk.ui.chat.transcript_geometry import Viewport
from personadesk.ui.chat.transcript_model import TranscriptModel

LEAD_PX = 20
TRAIL_PX = 8
LINE_STEP_PX = 40

_Index = QModelIndex | QPersistentModelIndex


class TranscriptList(QListView):
    """A list whose rows QListView never lays out: a subclass arranges them in `seen`.

    It stays a QListView, so that a screen reader sees a list. Nothing in a virtual may raise: an
    exception that escapes one can end the interpreter.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.transcript = TranscriptModel(self)
        self.seen = Viewport(self.measure_row, lead=LEAD_PX, trail=TRAIL_PX)
        self._syncing = False
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QListView.Shape.NoFrame)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a TranscriptModel's rows. A view is given its model once."""
        if not isinstance(model, TranscriptModel):
            raise TypeError("A transcript view shows a TranscriptModel.")
        super().setModel(model)
        self.transcript = model
        self.attach(model)
        self.reopen()

    def attach(self, model: TranscriptModel) -> None:
        """Listen to the model; called after the view's own slots are connected, so that these run first."""
        model.rowsRemoved.connect(self._finish_removal)

    def row_width(self) -> int:
        """How wide rows are: beside the scroll bar's place, so that nothing is laid out anew when it comes or goes."""
        return self.contentsRect().width() - self.verticalScrollBar().sizeHint().width()

    @abstractmethod
    def measure_row(self, row: int) -> int | None:
        """How high a row is; None while that can't be known."""

    @abstractmethod
    def arrange(self) -> None:
        """Place what is in view, and paint all of it."""

    @abstractmethod
    def shift(self) -> None:
        """What is in view has been placed elsewhere, unchanged: paint what came in."""

    @abstractmethod
    def reopen(self) -> None:
        """The rows are others now."""

    @abstractmethod
    def fit(self) -> None:
        """The viewport has another size now."""

    def reset(self) -> None:
        super().reset()
        # Qt resets once from its own constructor, before there is anything to open.
        if hasattr(self, "_syncing"):
            self.reopen()

    def updateGeometries(self) -> None:
        if not hasattr(self, "_syncing"):
            return
        bar = self.verticalScrollBar()
        self._syncing = True
        bar.setSingleStep(LINE_STEP_PX)
        bar.setPageStep(max(1, self.seen.height))
        bar.setRange(0, self.seen.limit)
        bar.setValue(self.seen.offset)
        self._syncing = False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._syncing:
            return
        bar = self.verticalScrollBar()
        distance = bar.value() - self.seen.offset
        if abs(distance) <= 2 * self.seen.height and not bar.isSliderDown():
            self.seen.scroll_by(distance)
        else:
            self.seen.jump(bar.value())
        self.shift()

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit()

    def rowsInserted(self, parent: _Index, start: int, end: int) -> None:
        rows = range(start, end + 1)
        characters = [len(message.text) for row in rows if (message := self.transcript.message_at(row)) is not None]
        self.seen.rows_inserted(start, len(rows), sum(characters) / max(1, len(characters)))
        QAbstractItemView.rowsInserted(self, parent, start, end)
        self.arrange()

    def rowsAboutToBeRemoved(self, parent: _Index, start: int, end: int) -> None:
        QAbstractItemView.rowsAboutToBeRemoved(self, parent, start, end)

    def dataChanged(self, top_left: _Index, bottom_right: _Index, roles: object = ()) -> None:
        for row in range(top_left.row(), min(bottom_right.row() + 1, self.seen.heights.rows)):
            self.seen.heights.forget(row)
        QAbstractItemView.dataChanged(self, top_left, bottom_right)
        self.arrange()

    def visualRect(self, index: _Index) -> QRect:
        row = index.row() if index.isValid() else -1
        if not 0 <= row < self.seen.heights.rows:
            return QRect()
        found = self.seen.placed(row)
        if found is not None:
            return QRect(0, found.y, self.viewport().width(), found.height)
        top = LEAD_PX + self.seen.heights.top(row) - self.seen.offset
        return QRect(0, top, self.viewport().width(), self.seen.heights.height(row))

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self.seen.row_at(point.y())
        return self.transcript.index(row) if row >= 0 else QModelIndex()

    def scrollTo(
        self, index: _Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if index.isValid():
            self.seen.show(index.row(), centred=hint == QAbstractItemView.ScrollHint.PositionAtCenter)
            self.shift()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Where the focus goes when it comes by keyboard: what had it, else the last row in view."""
        if self.currentIndex().isValid() or not self.seen.visible:
            return self.currentIndex()
        return self.transcript.index(self.seen.visible[-1].row)

    def verticalOffset(self) -> int:
        return self.seen.offset

    def horizontalOffset(self) -> int:
        return 0

    def setSelection(self, rect: QRect, command: object) -> None:
        """Rows are not selected; text is."""

    def visualRegionForSelection(self, selection: object) -> QRegion:
        return QRegion()

    def _finish_removal(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.seen.rows_removed(first, last - first + 1)
        self.arrange()
