"""Where the parts of one message lie in its row, and the documents that were laid out lately."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.ids import MessageId
from personadesk.ui.chat.markdown_blocks import breakable, clean
from personadesk.ui.chat.markdown_document import MessageDocument
from personadesk.ui.chat.markdown_ink import LINE_SCALE, Ink, persona_ink, small_font, user_ink
from personadesk.ui.chat.markdown_marks import Decor, locate
from personadesk.ui.chat.message_files import GAP_PX, FileSpot, place_files
from personadesk.ui.theme.tokens import Theme

AVATAR_PX = 36
AVATAR_GAP_PX = 14
PADDING_X_PX = 16
PADDING_Y_PX = 12
FOOTER_PX = 44
FOOTER_LINE_PX = 30
DAY_PX = 44
BUBBLE_LIMIT_PX = 720
BUBBLE_SHARE = 0.74
CODE_MINIMUM_PX = 300
NOTICE_LIMIT = 600
NOTICE_PADDING_PX = 14
NOTICE_ICON_PX = 18
RETRY_HEIGHT_PX = 32
CARET_PX = 9
DOTS_PX = 34
KEPT = 64
WRITTEN_AHEAD = 4
LONG_CHARACTERS = 16_000
"""A message of so many or more is kept no longer than it is in view: laid out, it takes several times its size."""
_NARROW_PX = 560


@dataclass(slots=True)
class MessageLayout:
    """One message laid out for a width. Rectangles count from the row's top left corner."""

    message: Message
    width: int
    day: str
    step: str
    document: MessageDocument
    ink: Ink
    mirrored: bool = False
    height: int = 0
    text_width: float = 0.0
    bubble: QRectF | None = None
    text: QPointF | None = None
    avatar: QRectF | None = None
    footer: QRectF | None = None
    notice: QRectF | None = None
    notice_text: str = ""
    retry: QRectF | None = None
    files: tuple[FileSpot, ...] = ()
    _decor: Decor | None = None

    @property
    def is_live(self) -> bool:
        return self.message.state is SwipeState.STREAMING

    @property
    def waiting(self) -> bool:
        """Nothing has come yet, and something is on its way."""
        return self.message.state is SwipeState.STREAMING and not self.message.text.strip()

    @property
    def decor(self) -> Decor:
        if self._decor is None:
            self._decor = locate(self.document, self.document.marks, self.text_width)
        return self._decor

    def in_text(self, point: QPointF) -> QPointF | None:
        """A point of the row in the document's coordinates; None outside the bubble."""
        if self.bubble is None or self.text is None or self.waiting or not self.bubble.contains(point):
            return None
        return point - self.text


def column(width: int) -> tuple[int, int]:
    """(margin, widest bubble) of a view `width` pixels wide."""
    margin = 16 if width < _NARROW_PX else 32
    room = width - 2 * margin - AVATAR_PX - AVATAR_GAP_PX
    return margin, max(120, min(BUBBLE_LIMIT_PX, room, max(int(width * BUBBLE_SHARE), 440)))


def needs_notice(message: Message) -> bool:
    """Whether a message says what went wrong with it."""
    return message.state in (SwipeState.FAILED, SwipeState.INTERRUPTED)


def can_continue(message: Message) -> bool:
    """Whether a reply broke off, or was stopped, behind some words: it can go on from there."""
    broken = message.state in (SwipeState.INTERRUPTED, SwipeState.STOPPED)
    return broken and message.role is Role.PERSONA and bool(message.text.strip())


class MessageLayouts:
    """Lays messages out and keeps the last KEPT of them, documents included."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._kept: OrderedDict[MessageId, MessageLayout] = OrderedDict()
        self._written: dict[MessageId, tuple[Message, MessageDocument]] = {}
        self.dress(theme, font)

    def dress(self, theme: Theme, font: QFont) -> None:
        """Use another theme or font; everything is laid out again."""
        self.clear()
        self._ink = {Role.PERSONA: persona_ink(theme, font), Role.USER: user_ink(theme, font)}
        self.small = QFontMetricsF(small_font(font))
        self.line_px = round(QFontMetricsF(self._ink[Role.USER].font).height() * LINE_SCALE)
        self._natural_px = QFontMetricsF(self._ink[Role.USER].font).height()
        self._letter_px = max(1.0, QFontMetricsF(self._ink[Role.USER].font).averageCharWidth())

    def clear(self) -> None:
        self._kept.clear()
        self._written.clear()

    def forget(self, message_id: MessageId) -> None:
        self._kept.pop(message_id, None)

    def forget_long(self, in_view: Collection[MessageId]) -> None:
        """Let go of the long messages that are not in view."""
        long = {key for key, made in self._kept.items() if len(made.message.text) >= LONG_CHARACTERS}
        for message_id in long.difference(in_view):
            del self._kept[message_id]

    def kept(self, message: Message | None) -> MessageLayout | None:
        """What was laid out last for a message, whatever it said then."""
        return self._kept.get(message.id) if message is not None else None

    def estimate(self, characters: float, width: int) -> int:
        """About how high a row with that many characters is."""
        room = column(width)[1] - 2 * PADDING_X_PX
        lines = max(1, ceil(characters * self._letter_px * 1.02 / room + 0.3))
        return lines * self.line_px + 2 * PADDING_Y_PX + FOOTER_PX

    def has_written(self, message: Message) -> bool:
        """Whether `write` has been called for this message, and nothing has laid it out since."""
        return message.id in self._written and self._written[message.id][0] is message

    def write(self, message: Message) -> None:
        """Do the first half of laying a message out: `layout` needs to do the other half only.

        Of what was written and never laid out, the last WRITTEN_AHEAD are kept.
        """
        document = MessageDocument(self._ink[message.role])
        document.show_text(message.text, live=message.state is SwipeState.STREAMING)
        self._written.pop(message.id, None)
        self._written[message.id] = message, document
        if len(self._written) > WRITTEN_AHEAD:
            del self._written[next(iter(self._written))]

    def layout(self, message: Message, width: int, day: str, step: str, *, mirrored: bool) -> MessageLayout:
        """Lay out a message, or return what is kept of it."""
        kept = self._kept.get(message.id)
        if kept is not None and kept.message is message and (kept.width, kept.day) == (width, day):
            self._kept.move_to_end(message.id)
            if not kept.waiting or kept.step == step:
                return kept
        ink = self._ink[message.role]
        live = message.state is SwipeState.STREAMING
        ended = kept is not None and kept.message.state is SwipeState.STREAMING and not live
        # A document that has grown keeps what it had room for meanwhile: the finished text gets one of its own.
        if kept is None and self.has_written(message):
            document = self._written.pop(message.id)[1]
        else:
            document = MessageDocument(ink) if kept is None or ended else kept.document
            if kept is None or ended or kept.message.text != message.text or live != kept.is_live:
                document.show_text(message.text, live=live)
        made = MessageLayout(message, width, day, step, document, ink, mirrored)
        # A growing bubble never gets narrower: half-written tables and lists would make it tremble.
        floor = (
            kept.text_width
            if kept and live and kept.message.swipe_id == message.swipe_id and kept.width == width
            else 0
        )
        self._place(made, floor if kept and not kept.waiting else 0)
        self._kept[message.id] = made
        self._kept.move_to_end(message.id)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made

    def fresh(self, message: Message, width: int, *, mirrored: bool) -> MessageLayout:
        """A layout of its own, which nobody else uses and nothing keeps."""
        ink = self._ink[message.role]
        made = MessageLayout(message, width, "", "", MessageDocument(ink), ink, mirrored)
        made.document.show_text(message.text)
        self._place(made, 0)
        return made

    def _place(self, made: MessageLayout, floor: float) -> None:
        margin, widest = column(made.width)
        persona = made.message.role is Role.PERSONA
        top = float(DAY_PX if made.day else 0)
        y = top
        left = margin + AVATAR_PX + AVATAR_GAP_PX if persona else margin
        if persona:
            made.avatar = QRectF(margin, y, AVATAR_PX, AVATAR_PX)
        silent = needs_notice(made.message) and not made.message.text.strip()
        if not silent:
            inner, high = self._text_size(made, widest - 2 * PADDING_X_PX, floor)
            made.text_width = inner
            placed = place_files(made.message.attachments, widest - 2 * PADDING_X_PX, made.ink.font)
            above = (high + GAP_PX if made.message.text.strip() else 0.0) if placed.spots else high
            outer = max(inner, placed.width) + 2 * PADDING_X_PX
            x = left if persona else made.width - margin - outer
            made.bubble = QRectF(x, y, outer, above + placed.height + 2 * PADDING_Y_PX)
            made.files = placed.spots
            for spot in made.files:
                spot.area.translate(x + PADDING_X_PX, y + PADDING_Y_PX + above)
            # Lines are set higher than the font by room above the letters: half of it moves below.
            lift = (self.line_px - self._natural_px) / 2
            made.text = QPointF(x + PADDING_X_PX, y + PADDING_Y_PX - lift)
            y = made.bubble.bottom()
        if needs_notice(made.message):
            y = self._place_notice(made, left, y if silent else y + 8, widest)
        made.footer = QRectF(left, y + 6, made.width - left - margin, FOOTER_LINE_PX)
        made.height = ceil(y) + FOOTER_PX
        if made.mirrored:
            self._mirror(made)

    def _text_size(self, made: MessageLayout, room: float, floor: float) -> tuple[float, float]:
        if made.waiting:
            step = self.small.horizontalAdvance(made.step) + 12 if made.step else 0
            return ceil(min(room, DOTS_PX + step)), self.line_px
        document = made.document
        used = document.lay_out(room)
        if document.marks.codes:
            used = max(used, min(room, CODE_MINIMUM_PX))
        if made.message.state is SwipeState.STREAMING:
            used = min(room, used + CARET_PX + 4)
        used = min(room, max(ceil(used), floor, 8))
        return used, max(self.line_px, ceil(document.size().height()) + document.below_px)

    def _place_notice(self, made: MessageLayout, left: float, y: float, widest: float) -> float:
        said = clean(made.message.error)[:NOTICE_LIMIT].strip()
        made.notice_text = breakable(said) or QCoreApplication.translate("Transcript", "The reply was interrupted.")
        chrome = 2 * NOTICE_PADDING_PX + NOTICE_ICON_PX + 10
        metrics = QFontMetricsF(made.ink.font)
        wrap = int(Qt.TextFlag.TextWordWrap)
        area = metrics.boundingRect(QRectF(0, 0, widest - chrome, 10_000), wrap, made.notice_text)
        high = ceil(area.height()) + 2 * NOTICE_PADDING_PX + RETRY_HEIGHT_PX + 10
        made.notice = QRectF(left, y, ceil(area.width()) + chrome + 2, high)
        label = metrics.horizontalAdvance(retry_label(made.message)) + 28
        made.notice.setWidth(max(made.notice.width(), label + chrome))
        x = left + NOTICE_PADDING_PX + NOTICE_ICON_PX + 10
        made.retry = QRectF(x, made.notice.bottom() - NOTICE_PADDING_PX - RETRY_HEIGHT_PX, ceil(label), RETRY_HEIGHT_PX)
        return made.notice.bottom()

    @staticmethod
    def _mirror(made: MessageLayout) -> None:
        """Turn the row around for a right-to-left window; the text itself knows its own direction."""
        for name in ("bubble", "avatar", "footer", "notice", "retry"):
            area: QRectF | None = getattr(made, name)
            if area is not None:
                area.moveLeft(made.width - area.right())
        for spot in made.files:
            spot.area.moveLeft(made.width - spot.area.right())
        if made.bubble is not None and made.text is not None:
            made.text.setX(made.bubble.left() + PADDING_X_PX)


def retry_label(message: Message) -> str:
    """What the button of a notice does."""
    if can_continue(message):
        return QCoreApplication.translate("Transcript", "Continue")
    return QCoreApplication.translate("Transcript", "Try again")


def aligned(area: QRectF, top: int) -> QRect:
    """A row's rectangle in the view, in whole pixels, with room for its border."""
    return area.translated(0, top).toAlignedRect().adjusted(-2, -2, 2, 2)
