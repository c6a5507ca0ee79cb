"""Where everything in a transcript is: rows measured when they come into view, and held still while things change."""

from datetime import datetime

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.conversation import Role
from personadesk.ui.chat.layout_pace import LayoutPace
from personadesk.ui.chat.message_layout import MessageLayout, MessageLayouts
from personadesk.ui.chat.transcript_days import day_label
from personadesk.ui.chat.transcript_geometry import Placed, RowHeights
from personadesk.ui.chat.transcript_list import TranscriptList
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.theme.tokens import Theme

PREFETCH_ROWS = 24
"""Rows around those in view whose blocks are asked for already."""
NARROWEST_PX = 240
LOOKED_AWAY_MS = 3_000
"""After so long without a move, what is far away is let go of."""


class TranscriptArea(TranscriptList):
    """Lays out a conversation and scrolls it; knows nothing of paint, pointers and keys."""

    moved = Signal()
    """What is in view is another part of the transcript now, or lies elsewhere."""
    row_revealed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.step = ""
        self.revealed = -1
        self._width = 0
        self._shown: tuple[Placed, ...] = ()
        self._sought: int | None = None
        self.layouts = MessageLayouts(theme, self.font())
        self._pace = LayoutPace(self)
        self._pace.free.connect(self.arrange)
        self._looked_away = LookedAway(self)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def attach(self, model: TranscriptModel) -> None:
        super().attach(model)
        model.dataChanged.connect(self._seek)
        model.rowsInserted.connect(self._follow_own)

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
        self.shift()

    def scroll_pixels(self, pixels: int) -> None:
        """Move the content up by exactly so many pixels (down where negative)."""
        self.seen.scroll_by(pixels)
        self.shift()

    def show_row(self, row: int, *, centred: bool = False) -> None:
        """Bring a row into view."""
        self.seen.show(row, centred=centred)
        self.shift()

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
        width = max(NARROWEST_PX, self.row_width())
        with self._pace.spending():
            return self.layouts.layout(message, width, label, self.step, mirrored=self.isRightToLeft())

    def ready_layout(self, row: int) -> MessageLayout | None:
        """A row laid out, unless that has to wait for the next turn of the event loop."""
        message = self.transcript.message_at(row)
        if message is None or (self.layouts.kept(message) is None and not self._pace.wrote(message, self.layouts)):
            return None
        return self.layout_of(row)

    def top_of(self, row: int) -> int:
        """Where a row begins in the viewport."""
        return self.visualRect(self.transcript.index(row)).top()

    def measure_row(self, row: int) -> int | None:
        made = self.ready_layout(row)
        return made.height if made is not None else None

    def arrange(self) -> None:
        self.seen.settle()
        self.viewport().update()
        self._keep_up()

    def shift(self) -> None:
        self._move_pixels()
        self._keep_up()

    def regrow(self, row: int) -> None:
        """Place what is in view after one row has changed, and paint no more than needs be."""
        self.seen.settle()
        self._move_pixels(changed=row)
        self._keep_up()

    def reopen(self) -> None:
        self.revealed, self._sought = -1, None
        self.layouts.clear()
        self._measure_viewport()
        self.seen.open(RowHeights(self.transcript.outline(), self._estimate))
        self.arrange()

    def fit(self) -> None:
        if self.row_width() != self._width:
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

    def _keep_up(self) -> None:
        """Bring everything else in line with what is in view."""
        self._shown = tuple(self.seen.visible)
        if self._shown:
            first, last = self._shown[0].row, self._shown[-1].row
            self.transcript.look_at(first - PREFETCH_ROWS, last + PREFETCH_ROWS)
        self.updateGeometries()
        self._looked_away.start()
        self.moved.emit()

    def _move_pixels(self, changed: int = -1) -> None:
        """Move what is painted already and paint the rest; all of it where that can't be exact."""
        now = {item.row: item for item in self.seen.visible}
        moves = {
            now[old.row].y - old.y
            for old in self._shown
            if old.row != changed and old.row in now and now[old.row].height == old.height
        }
        exact = self.devicePixelRatioF().is_integer()
        if len(moves) != 1 or not exact or abs(distance := moves.pop()) >= self.seen.height:
            self.viewport().update()
            return
        if distance:
            self.viewport().scroll(0, distance)
        held = {old.row for old in self._shown if old.row != changed}
        for item in self.seen.visible:
            if item.row not in held:
                self.viewport().update(0, item.y - 4, self.viewport().width(), item.height + 8)

    def _dress(self) -> None:
        self.layouts.dress(self.theme, self.font())
        self.seen.rescale(self._estimate)
        self.arrange()

    def _measure_viewport(self) -> None:
        self._width = self.row_width()
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


class LookedAway(QTimer):
    """Has the layouts let go of what is long and not in view, once nothing has moved for a while."""

    def __init__(self, area: TranscriptArea) -> None:
        super().__init__(area, interval=LOOKED_AWAY_MS, singleShot=True)
        self._area = area
        self.timeout.connect(self._let_go)

    def _let_go(self) -> None:
        in_view = (self._area.transcript.message_at(item.row) for item in self._area.seen.visible)
        self._area.layouts.forget_long({message.id for message in in_view if message is not None})
