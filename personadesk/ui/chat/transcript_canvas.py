"""The transcript as a picture: what is in view is painted, and what moves in it is painted again."""

from PySide6.QtCore import QEvent, QLocale, QRect, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QStyle, QWidget

from personadesk.domain.conversation import Message, SwipeState
from personadesk.ui.chat.found_words import FoundWords
from personadesk.ui.chat.message_layout import MessageLayout, aligned
from personadesk.ui.chat.message_painter import MessagePainter, RowState, footer_text
from personadesk.ui.chat.picture_thumbs import PictureThumbs
from personadesk.ui.chat.spoken_place import SpokenPlace
from personadesk.ui.chat.transcript_area import TranscriptArea
from personadesk.ui.chat.transcript_geometry import Placed
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_motion import TranscriptMotion
from personadesk.ui.theme.source import scroll_bar_style
from personadesk.ui.theme.tokens import Theme


class TranscriptCanvas(TranscriptArea):
    """Paints a conversation and follows a reply as it grows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._painter = MessagePainter(theme, self.font())
        self.motion = TranscriptMotion(self.scroll_pixels, self)
        self.spoken = SpokenPlace(self)
        self.found = FoundWords()
        self.motion.allowed = bool(self.style().styleHint(QStyle.StyleHint.SH_Widget_Animate, None, self))
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.motion.ticked.connect(self._repaint_live)
        self.motion.glowed.connect(self._repaint_revealed)
        self.row_revealed.connect(self.motion.reveal)
        self.moved.connect(self._watch)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))

    def attach(self, model: TranscriptModel) -> None:
        super().attach(model)
        model.modelReset.connect(self.motion.stop)
        model.message_grew.connect(self._grow)

    def set_theme(self, theme: Theme) -> None:
        self._painter.dress(theme, self.font())
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        super().set_theme(theme)

    def set_persona(self, name: str, avatar: QPixmap | None) -> None:
        """Who speaks on the left. Without a picture the initial stands in for it."""
        self.transcript.set_persona_name(name)
        self._painter.set_persona(name, avatar)
        self.viewport().update()

    @property
    def message_painter(self) -> MessagePainter:
        return self._painter

    def set_pictures(self, thumbs: PictureThumbs) -> None:
        """Where the thumbnails of attached pictures come from."""
        self._painter.pictures = thumbs.picture
        thumbs.ready.connect(self._repaint_pictures)

    def set_reply_step(self, text: str) -> None:
        """What is going on before the first word of a reply: waking the model, reading."""
        if text != self.step:
            self.step = text
            self.arrange()

    def set_motion_allowed(self, allowed: bool) -> None:
        """Whether the caret blinks, dots move and the wheel glides."""
        self.motion.set_allowed(allowed)
        self._watch()

    def footer_width(self, message: Message) -> float:
        """How wide the line below a bubble is."""
        return self.layouts.small.horizontalAdvance(footer_text(message, QLocale()))

    def row_state(self, row: int, made: MessageLayout) -> RowState:
        """How a row is shown right now."""
        glow = self.motion.glow if row == self.revealed else 0.0
        spoken = self.spoken.range_in(made)
        found = self.found.ranges_in(made)
        return RowState(glow=glow, caret=self.motion.caret, phase=self.motion.phase, spoken=spoken, found=found)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self.theme.window)
        for item in self.seen.visible:
            if item.y > event.rect().bottom() or item.y + item.height < event.rect().top():
                continue
            made = self.ready_layout(item.row)
            if made is not None:
                self._painter.paint(painter, made, item.y, event.rect(), self.row_state(item.row, made))
            else:
                area = QRect(0, item.y, self.row_width(), item.height)
                self._painter.paint_placeholder(painter, area, item.row, mirrored=self.isRightToLeft())
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._painter.dress(self.theme, self.font())
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.motion.stop()

    def _grow(self, row: int) -> None:
        """A reply has become longer: paint no more than its bubble, unless it needs more room."""
        placed = self.seen.placed(row)
        if placed is None and not self.seen.stuck:
            self.seen.heights.forget(row)
            return
        before = self.layouts.kept(self.transcript.message_at(row))
        made = self.layout_of(row)
        self.motion.keep_caret()
        if made is None or placed is None or (before is not None and before.waiting):
            self.arrange()
        elif made.height != placed.height:
            self.regrow(row)
        else:
            self._repaint(placed, made)

    def _watch(self) -> None:
        """Let the caret blink and the dots move while they are in view."""
        live = [made for item in self.seen.visible if (made := self._live(item)) is not None]
        shown = self.isVisible()
        self.motion.run(caret=shown and bool(live), dots=shown and any(made.waiting for made in live))

    def _live(self, item: Placed) -> MessageLayout | None:
        message = self.transcript.message_at(item.row)
        return self.layout_of(item.row) if message and message.state is SwipeState.STREAMING else None

    def _repaint(self, placed: Placed, made: MessageLayout) -> None:
        if made.bubble is not None:
            self.viewport().update(aligned(made.bubble, placed.y))

    def _repaint_pictures(self, sha256: str) -> None:
        for item in self.seen.visible:
            message = self.transcript.message_at(item.row)
            if message is not None and any(file.sha256 == sha256 for file in message.attachments):
                self.viewport().update(0, item.y, self.viewport().width(), item.height)

    def _repaint_live(self) -> None:
        for item in self.seen.visible:
            made = self._live(item)
            if made is not None:
                self._repaint(item, made)

    def _repaint_revealed(self) -> None:
        placed = self.seen.placed(self.revealed)
        if placed is not None:
            self.viewport().update(0, placed.y - 4, self.viewport().width(), placed.height + 8)
