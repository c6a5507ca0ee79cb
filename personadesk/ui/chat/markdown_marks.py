"""What stands behind a document's text: code boxes, pills, quote bars and rules. Where they are, and their painting."""

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QTextDocument, QTextLine

from personadesk.ui.chat.markdown_blocks import Code
from personadesk.ui.chat.markdown_ink import Ink, small_font
from personadesk.ui.chat.markdown_tasks import TaskBox, TaskMark, paint_tasks, task_box

CODE_RADIUS_PX = 9
CODE_HEADER_PX = 30
CODE_PADDING_PX = 12


@dataclass(frozen=True, slots=True)
class CodeMark:
    """A code block from document position `first` to `last`."""

    first: int
    last: int
    left: int
    indent: int
    code: Code


@dataclass(frozen=True, slots=True)
class PillMark:
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class QuoteMark:
    first: int
    last: int
    left: int


@dataclass(frozen=True, slots=True)
class RuleMark:
    first: int
    left: int


@dataclass(frozen=True, slots=True)
class LinkMark:
    first: int
    words: str
    target: str


@dataclass(frozen=True, slots=True)
class SpoilerMark:
    """Hidden text. `href` is where it leads once it is shown, "" for nowhere; all of one `group` are shown at once."""

    first: int
    last: int
    colour: QColor
    href: str
    group: int


@dataclass(slots=True)
class Marks:
    """Everything noted while a document was written, by position."""

    codes: list[CodeMark] = field(default_factory=list)
    pills: list[PillMark] = field(default_factory=list)
    quotes: list[QuoteMark] = field(default_factory=list)
    rules: list[RuleMark] = field(default_factory=list)
    links: list[LinkMark] = field(default_factory=list)
    spoilers: list[SpoilerMark] = field(default_factory=list)
    tasks: list[TaskMark] = field(default_factory=list)
    rtl: bool = False
    tables: bool = False

    def drop_from(self, position: int) -> None:
        """Forget what lies at or after `position`."""
        self.codes = [mark for mark in self.codes if mark.first < position]
        self.pills = [mark for mark in self.pills if mark.first < position]
        self.quotes = [mark for mark in self.quotes if mark.first < position]
        self.rules = [mark for mark in self.rules if mark.first < position]
        self.links = [mark for mark in self.links if mark.first < position]
        self.spoilers = [mark for mark in self.spoilers if mark.first < position]
        self.tasks = [mark for mark in self.tasks if mark.first < position]

    @property
    def empty(self) -> bool:
        return not (self.codes or self.pills or self.quotes or self.rules or self.tasks)


@dataclass(frozen=True, slots=True)
class CodeBox:
    """A code block on screen, in document coordinates. `copy` is its button."""

    area: QRectF
    copy: QRectF
    mark: CodeMark


@dataclass(frozen=True, slots=True)
class Decor:
    """The marks of a document that is laid out, in its coordinates."""

    boxes: tuple[CodeBox, ...] = ()
    pills: tuple[QRectF, ...] = ()
    bars: tuple[QRectF, ...] = ()
    rules: tuple[QRectF, ...] = ()
    tasks: tuple[TaskBox, ...] = ()


def locate(document: QTextDocument, marks: Marks, width: float) -> Decor:
    """Find where the marks lie in a document laid out for `width`."""
    if marks.empty:
        return Decor()
    places = _Places(document)

    def span(first: int, last: int) -> QRectF:
        return places.extent(first).united(places.extent(last))

    boxes = []
    for mark in marks.codes:
        inner = span(mark.first, mark.last)
        left = mark.left + mark.indent * document.indentWidth()
        area = QRectF(left, inner.top() - CODE_HEADER_PX, width - left, 0)
        area.setBottom(inner.bottom() + CODE_PADDING_PX)
        boxes.append(CodeBox(area, QRectF(area.right() - 68, area.top() + 4, 62, 22), mark))
    bars = []
    for quote in marks.quotes:
        area = span(quote.first, quote.last)
        x = width - 3 - quote.left if marks.rtl and places.runs_backwards(quote.first) else quote.left
        bars.append(QRectF(x, area.top() + 3, 3, area.height() - 2))
    rules = [QRectF(rule.left, places.extent(rule.first).top(), width - rule.left, 1) for rule in marks.rules]
    pills = [area for pill in marks.pills for area in places.run(pill.first, pill.last)]
    tasks = [box for task in marks.tasks if (box := task_box(document, task)) is not None]
    return Decor(tuple(boxes), tuple(pills), tuple(bars), tuple(rules), tuple(tasks))


def run_areas(document: QTextDocument, *runs: tuple[int, int]) -> list[QRectF]:
    """The rectangles of runs of text, each from its first position to its last, one a line."""
    places = _Places(document)
    return [area for first, last in runs for area in places.run(first, last)]


class _Places:
    """Where blocks and lines of a document lie. What the last mark asked is kept: many marks share a line."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._extents: dict[int, QRectF] = {}
        self._start = self._end = -1
        self._line: QTextLine | None = None
        self._line_start = self._line_end = -1
        self._top = self._high = 0.0

    def extent(self, position: int) -> QRectF:
        """Where the lines of a block are. Qt's own rectangle leaves out what a minimum line height adds."""
        block = self._document.findBlock(position)
        known = self._extents.get(block.position())
        if known is not None:
            return known
        area = self._document.documentLayout().blockBoundingRect(block)
        lines = block.layout()
        if lines.lineCount():
            last = lines.lineAt(lines.lineCount() - 1)
            area.setBottom(area.top() + last.y() + last.height())
        self._extents[block.position()] = area
        return area

    def runs_backwards(self, position: int) -> bool:
        return self._document.findBlock(position).textDirection() == Qt.LayoutDirection.RightToLeft

    def run(self, first: int, last: int) -> list[QRectF]:
        """The rectangles of a run of text, one a line."""
        found = []
        at = first
        while at < last:
            if not self._start <= at < self._end and not self._enter(at):
                break
            end = min(last, self._end - 1)
            while at < end and (self._line_start <= at < self._line_end or self._enter_line(at)):
                upto = min(end, self._line_end)
                found.append(self._area(at - self._start, upto - self._start))
                at = upto
            at = self._end
        return found

    def _enter(self, position: int) -> bool:
        block = self._document.findBlock(position)
        if not block.isValid():
            return False
        self._start, self._end = block.position(), block.position() + block.length()
        self._lines = block.layout()
        self._origin = self._document.documentLayout().blockBoundingRect(block).topLeft()
        self._line_start = self._line_end = -1
        return True

    def _enter_line(self, position: int) -> bool:
        line = self._lines.lineForTextPosition(position - self._start)
        if not line.isValid() or line.textLength() == 0:
            return False
        self._line = line
        self._line_start = self._start + line.textStart()
        self._line_end = self._line_start + line.textLength()
        self._top, self._high = self._origin.y() + line.y() - 1, line.height() + 2
        return True

    def _area(self, first: int, last: int) -> QRectF:
        assert self._line is not None
        one, other = position_to_x(self._line, first), position_to_x(self._line, last)
        return QRectF(self._origin.x() + min(one, other), self._top, abs(other - one), self._high)


def position_to_x(line: QTextLine, position: int) -> float:
    """Where a position of a line's text is; `cursorToX` answers with a pair in this binding."""
    found: object = line.cursorToX(position)
    return float(found[0]) if isinstance(found, tuple) else float(str(found))


def paint_behind(painter: QPainter, decor: Decor, ink: Ink, clip: QRectF, *, clickable: bool = True) -> None:
    """Paint boxes, pills, bars and rules, and what copies a block; the painter's origin is the document's.

    What lies outside `clip` is left out: a message may be many times as high as the window.
    """
    top, bottom = clip.top(), clip.bottom()

    def seen(area: QRectF) -> bool:
        return area.top() <= bottom and area.bottom() >= top

    boxes = [box for box in decor.boxes if seen(box.area)]
    painter.setPen(QPen(ink.code_line, 1))
    painter.setBrush(QBrush(ink.code_fill))
    for box in boxes:
        painter.drawRoundedRect(box.area.adjusted(0.5, 0.5, -0.5, -0.5), CODE_RADIUS_PX, CODE_RADIUS_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    for pill in filter(seen, decor.pills):
        painter.drawRoundedRect(pill, 5, 5)
    painter.setBrush(QBrush(ink.bar))
    for bar in filter(seen, decor.bars):
        painter.drawRoundedRect(bar, 1.5, 1.5)
    painter.setBrush(QBrush(ink.code_line))
    for rule in filter(seen, decor.rules):
        painter.drawRect(rule)
    for box in boxes:
        _paint_header(painter, box, ink, clickable=clickable)
    paint_tasks(painter, [box for box in decor.tasks if seen(box.area)], ink)


def _paint_header(painter: QPainter, box: CodeBox, ink: Ink, *, clickable: bool) -> None:
    font = small_font(ink.code_font)
    painter.setFont(font)
    painter.setPen(ink.muted)
    left = QPointF(box.area.left() + CODE_PADDING_PX, box.area.top() + 2)
    room = QRectF(left.x(), left.y(), box.copy.left() - left.x() - 8, CODE_HEADER_PX - 4)
    label = QFontMetricsF(font).elidedText(box.mark.code.language, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
    if clickable:
        painter.setFont(small_font(ink.font))
        painter.drawText(box.copy, Qt.AlignmentFlag.AlignCenter, QCoreApplication.translate("MessageDocument", "Copy"))
