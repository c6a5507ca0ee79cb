"""What stands behind a document's text: code boxes, pills, quote bars and rules. Where they are, and their painting."""

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QTextBlock, QTextDocument, QTextLine

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
    """Hidden text. `href` is where it leads once it is shown, "" for nowhere."""

    first: int
    last: int
    colour: QColor
    href: str


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

    def span(first: int, last: int) -> QRectF:
        return _extent(document, first).united(_extent(document, last))

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
        rtl = document.findBlock(quote.first).textDirection() == Qt.LayoutDirection.RightToLeft
        x = width - 3 - quote.left if rtl and marks.rtl else quote.left
        bars.append(QRectF(x, area.top() + 3, 3, area.height() - 2))
    rules = [QRectF(rule.left, span(rule.first, rule.first).top(), width - rule.left, 1) for rule in marks.rules]
    pills = [area for pill in marks.pills for area in run_areas(document, pill.first, pill.last)]
    tasks = [box for task in marks.tasks if (box := task_box(document, task)) is not None]
    return Decor(tuple(boxes), tuple(pills), tuple(bars), tuple(rules), tuple(tasks))


def _extent(document: QTextDocument, position: int) -> QRectF:
    """Where the lines of a block are. Qt's own rectangle leaves out what a minimum line height adds."""
    block = document.findBlock(position)
    area = document.documentLayout().blockBoundingRect(block)
    lines = block.layout()
    if lines.lineCount():
        last = lines.lineAt(lines.lineCount() - 1)
        area.setBottom(area.top() + last.y() + last.height())
    return area


def run_areas(document: QTextDocument, first: int, last: int) -> list[QRectF]:
    """The rectangles of a run of text, one a line."""
    found = []
    block = document.findBlock(first)
    while block.isValid() and block.position() < last:
        found += _in_block(document, block, max(0, first - block.position()), last - block.position())
        block = block.next()
    return found


def _in_block(document: QTextDocument, block: QTextBlock, first: int, last: int) -> list[QRectF]:
    layout = block.layout()
    origin = document.documentLayout().blockBoundingRect(block).topLeft()
    last = min(last, block.length() - 1)
    found = []
    at = first
    while at < last:
        line = layout.lineForTextPosition(at)
        if not line.isValid() or line.textLength() == 0:
            break
        end = min(last, line.textStart() + line.textLength())
        ends = sorted((position_to_x(line, at), position_to_x(line, end)))
        found.append(QRectF(origin.x() + ends[0], origin.y() + line.y() - 1, ends[1] - ends[0], line.height() + 2))
        at = end
    return found


def position_to_x(line: QTextLine, position: int) -> float:
    """Where a position of a line's text is; `cursorToX` answers with a pair in this binding."""
    found: object = line.cursorToX(position)
    return float(found[0]) if isinstance(found, tuple) else float(str(found))


def paint_behind(painter: QPainter, decor: Decor, ink: Ink, *, clickable: bool = True) -> None:
    """Paint boxes, pills, bars and rules, and what copies a block; the painter's origin is the document's."""
    painter.setPen(QPen(ink.code_line, 1))
    painter.setBrush(QBrush(ink.code_fill))
    for box in decor.boxes:
        painter.drawRoundedRect(box.area.adjusted(0.5, 0.5, -0.5, -0.5), CODE_RADIUS_PX, CODE_RADIUS_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    for pill in decor.pills:
        painter.drawRoundedRect(pill, 5, 5)
    painter.setBrush(QBrush(ink.bar))
    for bar in decor.bars:
        painter.drawRoundedRect(bar, 1.5, 1.5)
    painter.setBrush(QBrush(ink.code_line))
    for rule in decor.rules:
        painter.drawRect(rule)
    for box in decor.boxes:
        _paint_header(painter, box, ink, clickable=clickable)
    paint_tasks(painter, decor.tasks, ink)


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
