"""The sentence that is being said: where it stands in a message's document, and keeping it in view."""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument

from personadesk.domain.conversation import SwipeState
from personadesk.domain.ids import SwipeId
from personadesk.ui.chat.markdown_marks import run_areas
from personadesk.ui.chat.message_layout import MessageLayout

if TYPE_CHECKING:
    from personadesk.ui.chat.transcript_canvas import TranscriptCanvas

MARGIN_PX = 24
LOOKED_AHEAD = 8
"""Rows behind the marked one in which the next message that is said is looked for."""
MOST_BETWEEN = 80
"""So many letters may stand in the document that the markdown does not have in that place."""
_TARGET = re.compile(r"\]\([^()\n]*\)")
_HIDDEN = re.compile(r"\]\([^()\n]*\)|\|\|[^|\n]*\|\|")
_ITEM = re.compile(r"^[ \t>]*\d{1,9}[.)][ \t]", re.MULTILINE)
_OPENING = "\u201c\u2018\u201e\u00ab\u00bf\u00a1\"'("
_ENTITY = re.compile(r"&#?\w{1,32};")


def find_spoken(document: QTextDocument, source: str, start: int, end: int) -> tuple[int, int] | None:
    """The positions in a document of what stands from `start` to `end` in the markdown it was made from.

    Found by its letters: of the same words more than once, the one that as many stand before as in the
    markdown. None where the document does not show them, as with what is folded.
    """
    pieces = [letters for part in _HIDDEN.split(source[start:end]) if (letters := _letters(part))]
    if not pieces:
        return None
    shown = document.toPlainText()
    places = [at for at, char in enumerate(shown) if char.isalnum()]
    text = "".join(shown[at] for at in places)
    at = text.find(pieces[0])
    for _ in range(_letters(source[:start]).count(pieces[0])):
        further = text.find(pieces[0], at + len(pieces[0]))
        if further < 0:
            break
        at = further
    if at < 0:
        return None
    end_at = at + len(pieces[0])
    for piece in pieces[1:]:
        # The document may say where a link leads, or cover what is hidden.
        found = text.find(piece, end_at, end_at + MOST_BETWEEN + len(piece))
        end_at = found + len(piece) if found >= 0 else end_at
    return _whole_words(shown, places[at], places[end_at - 1] + 1)


def _whole_words(shown: str, first: int, last: int) -> tuple[int, int]:
    """With the signs around it, which belong to the sentence."""
    while last < len(shown) and not shown[last].isspace() and not shown[last].isalnum():
        last += 1
    while first and shown[first - 1] in _OPENING:
        first -= 1
    return _utf16(shown, first), _utf16(shown, last)


def _letters(markdown: str) -> str:
    plain = _ENTITY.sub("", _ITEM.sub("", _TARGET.sub("]", markdown)))
    return "".join(char for char in plain if char.isalnum())


def _utf16(text: str, at: int) -> int:
    """A position as Qt counts it."""
    return at + sum(1 for char in text[:at] if ord(char) > 0xFFFF)


class SpokenPlace(QObject):
    """Of one transcript. The view follows from sentence to sentence while the one before is in view."""

    def __init__(self, view: "TranscriptCanvas") -> None:
        super().__init__(view)
        self._view = view
        self._swipe: SwipeId | None = None
        self._row = -1
        self._source = (0, 0)
        self._found: tuple[tuple[object, ...], tuple[int, int] | None] = ((), None)

    def show(self, swipe_id: SwipeId, start: int, end: int) -> None:
        """Mark this part of a message's source."""
        was_in_view = self._is_in_view()
        self._repaint()
        self._swipe, self._source = swipe_id, (start, end)
        self._row = self._find_row(swipe_id)
        self._repaint()
        self._follow(was_in_view)

    def clear(self) -> None:
        self._repaint()
        self._swipe, self._row = None, -1

    def range_in(self, made: MessageLayout) -> tuple[int, int] | None:
        """The positions that are marked in a message's document."""
        if made.message.swipe_id != self._swipe or made.waiting:
            return None
        key = (made.document, made.document.revision(), self._source)
        if self._found[0] != key:
            self._found = (key, find_spoken(made.document, made.message.text, *self._source))
        return self._found[1]

    # -- inside

    def _find_row(self, swipe_id: SwipeId) -> int:
        """The row that shows this reply, in view or soon behind the one that was marked; else -1."""
        model = self._view.transcript
        rows = [item.row for item in self._view.seen.visible]
        if self._row >= 0:
            rows += range(self._row + 1, self._row + 1 + LOOKED_AHEAD)
        for row in rows:
            message = model.message_at(row)
            if message is not None and message.swipe_id == swipe_id:
                return row
        return -1

    def _area(self) -> tuple[float, float] | None:
        """From where to where the marked sentence stands in the viewport."""
        made = self._view.layout_of(self._row) if self._row >= 0 else None
        found = self.range_in(made) if made is not None else None
        if made is None or found is None or made.text is None:
            return None
        areas = run_areas(made.document, found)
        if not areas:
            return None
        top = self._view.top_of(self._row) + made.text.y()
        return top + areas[0].top(), top + areas[-1].bottom()

    def _is_in_view(self) -> bool | None:
        """None where that can't be told."""
        area = self._area()
        return None if area is None else area[1] > 0 and area[0] < self._view.viewport().height()

    def _follow(self, was_in_view: bool | None) -> None:
        message = self._view.transcript.message_at(self._row)
        if self._row < 0 or message is None or was_in_view is False:
            return
        if self._view.at_latest and message.state is SwipeState.STREAMING:
            # What is being written is followed, as without a voice.
            return
        if self._view.seen.placed(self._row) is None:
            if not was_in_view:
                return
            self._view.show_row(self._row)
        area = self._area()
        if area is None:
            return
        room = self._view.viewport().height()
        if area[0] < MARGIN_PX:
            self._view.scroll_pixels(round(area[0]) - MARGIN_PX)
        elif area[1] > room - MARGIN_PX:
            self._view.scroll_pixels(round(min(area[1] - room + MARGIN_PX, area[0] - MARGIN_PX)))

    def _repaint(self) -> None:
        placed = self._view.seen.placed(self._row)
        if placed is not None:
            self._view.viewport().update(0, placed.y, self._view.viewport().width(), placed.height)
