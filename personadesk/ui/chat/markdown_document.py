"""A message's blocks as a QTextDocument: written with a cursor, never from HTML, and deaf to every resource."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import QFontMetricsF, QTextCursor, QTextDocument, QTextOption

from personadesk.ui.chat.code_lexers import lexers
from personadesk.ui.chat.markdown_blocks import TEXT_LIMIT, Folded, Paragraph, Parsed, Span, clean, parse
from personadesk.ui.chat.markdown_ink import Ink
from personadesk.ui.chat.markdown_inline_writer import SPOILER
from personadesk.ui.chat.markdown_marks import CodeMark, Marks, SpoilerMark
from personadesk.ui.chat.markdown_streaming import completed
from personadesk.ui.chat.markdown_styles import HIDDEN
from personadesk.ui.chat.markdown_writer import BlockWriter, WriterState

NEWEST_CHARACTERS = 1_200
"""How much of the end of a growing text is shown behind the first TEXT_LIMIT characters."""
WIDE_CHARACTERS = 2_000
INDENT_SCALE = 1.3
"""How far a list is set in, as a part of a line's height: its numbers stand in that room."""


@dataclass(frozen=True, slots=True)
class _Settled:
    """How much of a growing text is written for good: up to where its last block begins.

    `full` says that no more of it fits: from then on the newest words alone come and go behind it.
    """

    text: str
    state: WriterState
    full: bool = False


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """The first `length` characters of a text were cleaned before; `text` is None where that changed nothing."""

    source: str = ""
    length: int = 0
    text: str | None = None

    @property
    def so_far(self) -> str:
        return self.source[: self.length] if self.text is None else self.text


class MessageDocument(QTextDocument):
    """One message's text, laid out in the ink of its bubble.

    A growing text is written again from its last block on only. `marks` says where code, quotes and
    rules are, for what paints behind the text.
    """

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.ink = ink
        self.marks = Marks()
        self.below_px = 0
        """What the last block needs below the document's own height."""
        self._revealed: set[int] = set()
        self._settled: _Settled | None = None
        self._tail: str | None = None
        self._clean = _Cleaned()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(round(QFontMetricsF(ink.font).height() * INDENT_SCALE))
        self.setDefaultFont(ink.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setDefaultTextOption(option)

    def loadResource(self, kind: int, url: QUrl | str) -> object:
        """Nothing is ever loaded: not a picture, not a style sheet, from nowhere."""
        return None

    def show_text(self, source: str, *, live: bool = False) -> None:
        """Write a message's text. `live` says that it is still growing."""
        text = self._cleaned(source)
        settled = self._settled if self._settled is not None and text.startswith(self._settled.text) else None
        done = settled.text if settled else ""
        full = live and settled is not None and (settled.full or len(done) >= TEXT_LIMIT)
        rest = _newest(text, len(done)) if full else text[len(done) :]
        tail = completed(rest) if live else rest
        if settled is not None and live and tail == self._tail:
            return
        if not live:
            # The finished text is parsed as one, so that caps hold for the whole of it.
            settled, done, tail = None, "", text
        parsed = parse(tail)
        if live:
            # By the end of the reply its code can be coloured.
            lexers.ready_for(tail)
        folds = live and not full and bool(parsed.blocks) and isinstance(parsed.blocks[-1], Folded)
        if folds:
            parsed = replace(parsed, blocks=(*parsed.blocks[:-1], _MORE))
        state = self._write(parsed, settled.state if settled else None, highlight=not live)
        if full:
            # What is written so far stays; behind it the newest words come and go until the end.
            self._tail = tail
            return
        if not live:
            # Nothing follows: what is kept for that would be the text twice more.
            self._settled, self._tail, self._clean = None, None, _Cleaned()
            return
        if folds:
            # A block, the last one perhaps, is longer than what is shown: its beginning stays as it is.
            self._settled, self._tail = _Settled(text, state, full=True), None
            return
        self._settled = _Settled(done + tail[: parsed.last_start], state)
        if not text.startswith(self._settled.text):
            self._settled = None
        self._tail = tail

    def _cleaned(self, source: str) -> str:
        """Clean a growing text's new end alone: the rest was cleaned before, up to a line's end."""
        known = self._clean
        if not known.length or not source.startswith(known.source[: known.length]):
            known = _Cleaned()
        end = source.rfind("\n", known.length) + 1
        if end > known.length:
            piece = source[known.length : end]
            cleaned = clean(piece)
            if known.text is None and cleaned == piece:
                known = _Cleaned(source, end)
            else:
                known = _Cleaned(source, end, known.so_far + cleaned)
            self._clean = known
        rest = clean(source[known.length :])
        if known.text is None and rest == source[known.length :]:
            return source
        return known.so_far + rest

    def lay_out(self, width: float) -> float:
        """Lay out for `width` and return how much of it the text really takes."""
        self.setTextWidth(width)
        if not self.marks.rtl:
            # A text that is long while it grows fills the width; measuring it would take as long as laying it out.
            long = self._settled is not None and len(self._settled.text) > WIDE_CHARACTERS
            return width if long else min(width, self.idealWidth())
        # What is aligned to the right must be laid out in the width it ends up with.
        ideal = min(width, float(int(self.idealWidth()) + 1))
        if ideal < width:
            self.setTextWidth(ideal)
        return ideal

    def code_at(self, index: int) -> CodeMark | None:
        """The code block a fold link speaks of."""
        return self.marks.codes[index] if 0 <= index < len(self.marks.codes) else None

    def links(self, limit: int = 8) -> list[tuple[str, str]]:
        """(words, target) of the first links, our own to what is folded included."""
        return [(mark.words, mark.target) for mark in self.marks.links[:limit]]

    def link_at(self, point: QPointF) -> str:
        """Where what is written at a point leads, "" for nowhere. Each spoiler has a link of its own."""
        link = self.documentLayout().anchorAt(point)
        if link != HIDDEN:
            return link
        position = self.documentLayout().hitTest(point, Qt.HitTestAccuracy.FuzzyHit)
        number = bisect_right(self.marks.spoilers, position, key=lambda mark: mark.first) - 1
        return f"{SPOILER}{self.marks.spoilers[number].group}" if number >= 0 else ""

    def reveal(self, number: int) -> None:
        """Show a spoiler; it is hidden again when the text is written anew."""
        for mark in self.marks.spoilers:
            if mark.group == number:
                self._reveal(mark)

    def _reveal(self, mark: SpoilerMark) -> None:
        self._revealed.add(mark.first)
        cursor = QTextCursor(self)
        cursor.setPosition(mark.first)
        cursor.setPosition(mark.last, QTextCursor.MoveMode.KeepAnchor)
        style = cursor.charFormat()
        style.clearBackground()
        style.setForeground(self.ink.link if mark.href else mark.colour)
        style.setAnchor(bool(mark.href))
        style.setAnchorHref(mark.href)
        cursor.setCharFormat(style)

    def hidden(self) -> list[tuple[int, int]]:
        """Ranges that a spoiler hides, from the first to the last: no two of them overlap."""
        return [(mark.first, mark.last) for mark in self.marks.spoilers if mark.first not in self._revealed]

    def plain_text(self, start: int, end: int) -> str:
        """What is copied when the user selected from `start` to `end`."""
        cursor = QTextCursor(self)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        text = cursor.selectedText().translate(_COPIED)
        return text.strip("\n") if "\n" in text else text

    def _write(self, parsed: Parsed, state: WriterState | None, *, highlight: bool) -> WriterState:
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        if state is None:
            state = WriterState()
        self.marks.drop_from(state.position)
        self._revealed = {first for first in self._revealed if first < state.position}
        cursor.setPosition(state.position)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        writer = BlockWriter(cursor, self.ink, self.marks, state, highlight=highlight)
        settled = writer.write(parsed.blocks)
        self.below_px = writer.below_px
        cursor.endEditBlock()
        return settled


def _newest(text: str, done: int) -> str:
    """The end of a text behind what is done, marked where it begins in the middle, as code in the middle of some."""
    start = done
    if len(text) - done > NEWEST_CHARACTERS:
        at = len(text) - NEWEST_CHARACTERS
        start = text.find(" ", at) + 1 or at
    inside = text.count("\n```", 0, start) % 2 == 1
    newest = f"```\n{text[start:]}" if inside else text[start:]
    return newest if start == done and not inside else f"…\n\n{newest}"


_MORE = Paragraph((Span("…"),))


_COPIED = {0x2028: "\n", 0x2029: "\n", 0xFDD0: "\n", 0xFDD1: "\n", 0x200B: None, 0x2060: None, 0xA0: " "}
