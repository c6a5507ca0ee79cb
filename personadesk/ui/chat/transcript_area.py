"""Where everything in a transcript is: rows measured when they come into view, and held still while things change."""

from datetime import datetime

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.conversation import Role
from personadesk.ui.chat.message_layout import MessageLayout, MessageLayouts
from personadesk.ui.chat.transcript_days import day_label
from personadesk.ui.chat.transcript_geometry import RowHeights
from personadesk.ui.chat.transcript_list import TranscriptList
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.theme.tokens import Theme

PREFETCH_ROWS = 24
"""Rows around those in view whose blocks are asked for already."""
NARROWEST_PX = 240


class TranscriptArea(TranscriptList):
    """Lays out a conversation and scrolls it; knows nothing of paint, pointers and keys."""

    moved = Signal()
    """What is in view is another part of the transcript now, or lies elsewhere."""
    row_revealed = Signal()

    def __init__(self, model: TranscriptModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.theme = theme
        self.step = ""
        self.revealed = -1
        self._width = 0
        self._sought: int | None = None
        self.layouts = MessageLayouts(theme, self.font())
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setModel(model)
        # After the view's own slots, so that these find the rows where they are now.
        model.dataChanged.connect(self._seek)
        model.rowsInserted.connect(self._follow_own)
        self.reopen()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.theme = theme
        self._dress()

    @property
    def at_latest(self) -> bool:
        """Whether the end is in view, and stays there when more is said."""
        return self.seen.stuck

    def scroll_to_latest(self) -> None:
        """Go to the end and stay there."""
        self.seen.stick()
        self.arrange(settled=True)

    def scroll_pixels(self, pixels: int) -> None:
        """Move the content up by exactly so many pixels (down where negative)."""
        self.seen.scroll_by(pixels)
        self.arrange(settled=True)

    def show_row(self, row: int, *, centred: bool = False) -> None:
        """Bring a row into view."""
        self.seen.show(row, centred=centred)
        self.arrange(settled=True)

    def reveal(self, row: int) -> None:
        """Bring a row to the middle and let it glow for a moment."""
        if 0 <= row < self.transcript.rowCount():
            self.show_row(row, centred=True)
            self.revealed = row
            self.row_revealed.emit()

    def reveal_position(self, position: int) -> None:
        """Reveal the message at a path position (or the next one), as soon as its block is loaded."""
        row = self.transcript.row_of_position(position)
        if row < 0:
            return
        if self.transcript.message_at(row) is None:
            self._sought = position
            self.show_row(row, centred=True)
        else:
            self._sought = None
            self.reveal(row)

    def layout_of(self, row: int) -> MessageLayout | None:
        """A row laid out for the present width; None where its message is not loaded."""
        message = self.transcript.message_at(row)
        if message is None:
            return None
        day = self.transcript.begins_day(row)
        label = day_label(day, datetime.now().astimezone().date(), QLocale()) if day is not None else ""
        width = max(NARROWEST_PX, self.viewport().width())
        return self.layouts.layout(message, width, label, self.step, mirrored=self.isRightToLeft())

    def top_of(self, row: int) -> int:
        """Where a row begins in the viewport."""
        return self.visualRect(self.transcript.index(row)).top()

    def measure_row(self, row: int) -> int | None:
        made = self.layout_of(row)
        return made.height if made is not None else None

    def arrange(self, *, settled: bool = False) -> None:
        if not settled:
            self.seen.settle()
        if self.seen.visible:
            first, last = self.seen.visible[0].row, self.seen.visible[-1].row
            self.transcript.look_at(first - PREFETCH_ROWS, last + PREFETCH_ROWS)
        self.updateGeometries()
        self.viewport().update()
        self.moved.emit()

    def reopen(self) -> None:
        self.revealed, self._sought = -1, None
        self.layouts.clear()
        self._measure_viewport()
        self.seen.open(RowHeights(self.transcript.outline(), self._estimate))
        self.arrange()

    def fit(self) -> None:
        if self.viewport().width() != self._width:
            self._measure_viewport()
            self.seen.rescale(self._estimate)
            self.arrange()
        elif self.viewport().height() != self.seen.height:
            self._measure_viewport()
            self.arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LayoutDirectionChange):
            self._dress()

    def _dress(self) -> None:
        self.layouts.dress(self.theme, self.font())
        self.seen.rescale(self._estimate)
        self.arrange()

    def _measure_viewport(self) -> None:
        self._width = self.viewport().width()
        self.seen.height = self.viewport().height()

    def _estimate(self, characters: float) -> int:
        return self.layouts.estimate(characters, max(NARROWEST_PX, self._width))

    def _follow_own(self, _parent: QModelIndex | QPersistentModelIndex, _first: int, last: int) -> None:
        """What the user says is shown at once, wherever they were reading."""
        message = self.transcript.message_at(last)
        newest = last == self.transcript.rowCount() - 1
        if newest and message is not None and message.role is Role.USER and not self.seen.stuck:
            self.scroll_to_latest()

    def _seek(self, first: QModelIndex, last: QModelIndex) -> None:
        """A block came in: what is to be revealed may be in it."""
        if self._sought is None:
            return
        row = self.transcript.row_of_position(self._sought)
        if self.transcript.message_at(row) is not None:
            self._sought = None
            self.reveal(row)
