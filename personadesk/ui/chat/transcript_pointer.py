"""The pointer on a transcript: what it is on, and the text it selects within one message."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QElapsedTimer, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QApplication

from personadesk.domain.conversation import Message
from personadesk.domain.ids import MessageId
from personadesk.ui.chat.message_layout import MessageLayout
from personadesk.ui.chat.transcript_geometry import Viewport

CLICK_REACH_PX = 6
WHOLE = 2**30
"""Beyond the end of any document."""


class Spot(Enum):
    """What lies under the pointer."""

    NOTHING = auto()
    TEXT = auto()
    LINK = auto()
    COPY_CODE = auto()
    RETRY = auto()
    FILE = auto()


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under a point: `link` is where it leads, `number` counts code blocks, or files.

    `point` is in the document.
    """

    spot: Spot = Spot.NOTHING
    row: int = -1
    made: MessageLayout | None = None
    link: str = ""
    number: int = -1
    point: QPointF | None = None

    @property
    def key(self) -> str:
        """What the painter lights up."""
        if self.spot is Spot.RETRY:
            return "retry"
        if self.spot is Spot.FILE:
            return f"file/{self.number}"
        return f"copy/{self.number}" if self.spot is Spot.COPY_CODE else ""

    @property
    def cursor(self) -> Qt.CursorShape:
        if self.spot is Spot.TEXT:
            return Qt.CursorShape.IBeamCursor
        return Qt.CursorShape.ArrowCursor if self.spot is Spot.NOTHING else Qt.CursorShape.PointingHandCursor


@dataclass(frozen=True, slots=True)
class Place:
    """A position of a message's document. `order` is the message's own, in its path."""

    message_id: MessageId
    order: int
    at: int


@dataclass(frozen=True, slots=True)
class Selected:
    """A run of selected text, from one message to another or within one."""

    anchor: Place
    end: Place

    @property
    def ends(self) -> tuple[Place, Place]:
        """The earlier place, and the later one."""
        return (
            (self.anchor, self.end)
            if (self.anchor.order, self.anchor.at) <= (self.end.order, self.end.at)
            else (self.end, self.anchor)
        )

    @property
    def empty(self) -> bool:
        return self.anchor == self.end

    def range_in(self, message: Message) -> tuple[int, int] | None:
        """What of a message is selected; its end may lie beyond the text's."""
        first, last = self.ends
        if not first.order <= message.position <= last.order:
            return None
        start = first.at if message.id == first.message_id else 0
        end = last.at if message.id == last.message_id else WHOLE
        return (start, end) if start < end else None


class Rows(Protocol):
    """What the pointer needs to know of the view."""

    @property
    def seen(self) -> Viewport: ...
    def top_of(self, row: int) -> int: ...
    def layout_of(self, row: int) -> MessageLayout | None: ...


class TranscriptPointer:
    """Finds what is under a point, and keeps the selection."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._dragging = False
        self._double_at: QPoint | None = None
        self._since_double = QElapsedTimer()
        self.selected: Selected | None = None
        self.hit = Hit()

    def find(self, at: QPoint) -> Hit:
        """What lies under a point of the viewport."""
        row = self._rows.seen.row_at(at.y())
        made = self._rows.layout_of(row) if row >= 0 else None
        if made is None:
            return Hit()
        point = QPointF(at.x(), at.y() - self._rows.top_of(row))
        if made.retry is not None and made.retry.contains(point):
            return Hit(Spot.RETRY, row, made)
        for number, file in enumerate(made.files):
            if file.area.contains(point):
                return Hit(Spot.FILE, row, made, number=number)
        inside = made.in_text(point)
        if inside is None:
            return Hit(row=row, made=made)
        for number, box in enumerate(made.decor.boxes):
            if box.copy.contains(inside):
                return Hit(Spot.COPY_CODE, row, made, number=number, point=inside)
        link = made.document.link_at(inside)
        return Hit(Spot.LINK if link else Spot.TEXT, row, made, link=link, point=inside)

    def press(self, at: QPoint) -> Hit:
        """The button went down: a selection may begin."""
        self.hit = self.find(at)
        if self._is_third_click(at) and self.selected is not None:
            self._select(self.hit, QTextCursor.SelectionType.BlockUnderCursor)
            return self.hit
        self.selected = None
        self._dragging = False
        if self.hit.made is not None and self.hit.point is not None and self.hit.spot in (Spot.TEXT, Spot.LINK):
            place = self._place(self.hit.made, self.hit.point)
            self.selected = Selected(place, place)
            self._dragging = True
        return self.hit

    def drag(self, at: QPoint) -> bool:
        """The pointer moves with the button down. Says whether the selection is another one now."""
        if not self._dragging or self.selected is None or self.hit.row < 0:
            return False
        row = self._rows.seen.row_at(at.y())
        made = self._rows.layout_of(row) if row >= 0 else None
        if made is None or made.text is None:
            return False
        point = QPointF(at.x(), at.y() - self._rows.top_of(row)) - made.text
        before = self.selected
        self.selected = Selected(before.anchor, self._place(made, point))
        return self.selected != before

    def release(self, at: QPoint) -> Hit:
        """The button went up. What is returned was clicked: pressed and released on the same thing."""
        pressed, self._dragging = self.hit, False
        if self.selected is not None and not self.selected.empty:
            return Hit()
        found = self.find(at)
        same = (found.spot, found.row, found.link, found.number) == (
            pressed.spot,
            pressed.row,
            pressed.link,
            pressed.number,
        )
        return found if same else Hit()

    def double_click(self, at: QPoint) -> None:
        """Select the word under the pointer."""
        self.hit = self.find(at)
        self._dragging = False
        self._select(self.hit, QTextCursor.SelectionType.WordUnderCursor)
        self._double_at = at
        self._since_double.start()

    def select_all(self, row: int) -> None:
        """Select the whole text of a row."""
        made = self._rows.layout_of(row)
        if made is not None and made.text is not None:
            end = made.document.characterCount() - 1
            self.selected = Selected(_place_at(made, 0), _place_at(made, end))
            self.hit = Hit(row=row, made=made)

    def clear(self) -> None:
        self.selected = None
        self._dragging = False
        self.hit = Hit()

    def range_in(self, message: Message) -> tuple[int, int] | None:
        """What is selected in a message; its end may lie beyond the text's."""
        return self.selected.range_in(message) if self.selected is not None else None

    def selected_text(self, made: MessageLayout | None) -> str:
        """The selected words of one message."""
        found = self.range_in(made.message) if made is not None else None
        if made is None or found is None:
            return ""
        end = made.document.characterCount() - 1
        return made.document.plain_text(min(found[0], end), min(found[1], end))

    def _place(self, made: MessageLayout, point: QPointF) -> Place:
        return _place_at(made, self._position(made, point))

    def _position(self, made: MessageLayout, point: QPointF) -> int:
        return max(0, made.document.documentLayout().hitTest(point, Qt.HitTestAccuracy.FuzzyHit))

    def _select(self, hit: Hit, kind: QTextCursor.SelectionType) -> None:
        if hit.made is None or hit.point is None:
            return
        cursor = QTextCursor(hit.made.document)
        cursor.setPosition(min(self._position(hit.made, hit.point), hit.made.document.characterCount() - 1))
        cursor.select(kind)
        self.selected = Selected(_place_at(hit.made, cursor.anchor()), _place_at(hit.made, cursor.position()))

    def _is_third_click(self, at: QPoint) -> bool:
        if self._double_at is None or not self._since_double.isValid():
            return False
        near = (at - self._double_at).manhattanLength() <= CLICK_REACH_PX
        soon = self._since_double.elapsed() <= QApplication.doubleClickInterval()
        self._double_at = None
        return near and soon


def _place_at(made: MessageLayout, at: int) -> Place:
    return Place(made.message.id, made.message.position, at)


def shown_address(link: str) -> str:
    """Where a link leads, in a form that can't pretend to be another address or be taken for rich text."""
    return QUrl(link).toString(QUrl.ComponentFormattingOption.FullyEncoded)[:300]


def copy_text(text: str) -> None:
    """Put text on the clipboard. Lone surrogates, which it can't hold, are replaced."""
    QGuiApplication.clipboard().setText(text.encode("utf-8", "replace").decode("utf-8"))
