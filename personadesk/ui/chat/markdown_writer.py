"""Writes blocks into a document through a cursor, and notes where the parts are that are painted behind the text."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextList,
    QTextListFormat,
    QTextTableFormat,
)

from personadesk.ui.chat.markdown_blocks import (
    Block,
    Code,
    Folded,
    Heading,
    Inlines,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    breakable,
)
from personadesk.ui.chat.markdown_ink import LINE_SCALE, Ink
from personadesk.ui.chat.markdown_inline_writer import InlineWriter
from personadesk.ui.chat.markdown_letters import is_rtl
from personadesk.ui.chat.markdown_marks import CodeMark, Marks, QuoteMark, RuleMark
from personadesk.ui.chat.markdown_tasks import write_sign

WHOLE_MESSAGE = "personadesk:message"
WHOLE_CODE = "personadesk:code/"
"""Links of our own, which no message can contain: they open the whole of what is folded."""

CODE_HEADER_PX = 30
CODE_PADDING_PX = 12
QUOTE_PX = 16
GAP_PX = 8
TIGHT_GAP_PX = 4
_HEADING_SCALES = (1.35, 1.22, 1.12, 1.05, 1.0, 1.0)
_ALIGNMENTS = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}


@dataclass(frozen=True, slots=True)
class WriterState:
    """Where writing begins. `owed` is room that the block before still needs below itself."""

    position: int = 0
    first: bool = True
    owed: int = 0


class BlockWriter:
    """Writes from `state.position`, where the document ends in one empty block."""

    def __init__(self, cursor: QTextCursor, ink: Ink, marks: Marks, state: WriterState, *, highlight: bool) -> None:
        self._cursor = cursor
        self._ink = ink
        self._marks = marks
        self._highlight = highlight
        self._first = state.first
        self._owed = state.owed
        self.below_px = 0
        """What the last block needs below itself: Qt leaves the last margin of a document out of its height."""
        self._fresh = True
        self._indent = 0
        self._quotes = 0
        self._line_px = round(QFontMetricsF(ink.font).height() * LINE_SCALE)
        self._inline = InlineWriter(cursor, ink, marks)
        self._code_line_px = round(QFontMetricsF(ink.code_font).height() * 1.2)

    def write(self, blocks: tuple[Block, ...]) -> WriterState:
        """Write blocks of the top level; return where the last of them began."""
        last = WriterState(self._cursor.position(), self._first, self._owed)
        for block in blocks:
            if not self._fresh:
                # A block of its own for the next one, so that all of it can be taken away again.
                self._cursor.insertBlock()
                self._fresh = True
            last = WriterState(self._cursor.position(), self._first, self._owed)
            self._write_block(block)
        if not blocks:
            self._cursor.setBlockFormat(QTextBlockFormat())
            self._cursor.setBlockCharFormat(QTextCharFormat())
        elif self._fresh:
            self._shrink()
        self.below_px = self._owed
        return last

    def _write_block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._begin(0, self._format(GAP_PX, rtl=is_rtl(block.inlines)))
                self._inline.write(block.inlines, quoted=self._quotes > 0)
            case Heading():
                self._heading(block)
            case ListBlock():
                self._list(block)
            case Quote():
                self._quote(block)
            case Code():
                self._code(block)
            case Table():
                self._table(block)
            case Rule():
                self._begin(GAP_PX + 4)
                self._marks.rules.append(RuleMark(self._cursor.position(), self._quotes * QUOTE_PX))
                self._shrink()
                self._owed = 4
            case Folded():
                self._begin(GAP_PX + 4)
                self._inline.link(_tr("Show the whole message"), WHOLE_MESSAGE)

    def _format(self, gap: int, *, rtl: bool = False) -> QTextBlockFormat:
        block = QTextBlockFormat()
        block.setLineHeight(self._line_px, QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        block.setTopMargin((0 if self._first else gap) + self._owed)
        if rtl:
            block.setRightMargin(self._quotes * QUOTE_PX)
        else:
            block.setLeftMargin(self._quotes * QUOTE_PX)
        block.setIndent(self._indent)
        return block

    def _begin(self, gap: int, block: QTextBlockFormat | None = None) -> None:
        """Start a block: the empty one that is there, or a new one."""
        block = block or self._format(gap)
        if self._fresh:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(QTextCharFormat())
        else:
            self._cursor.insertBlock(block, QTextCharFormat())
        self._fresh = False
        self._first = False
        self._owed = 0

    def _shrink(self) -> None:
        """Make the current block, which is empty, as good as invisible."""
        small = QTextBlockFormat(self._cursor.blockFormat())
        small.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        tiny = QTextCharFormat()
        tiny.setFontPointSize(1)
        self._cursor.setBlockFormat(small)
        self._cursor.setBlockCharFormat(tiny)

    def _heading(self, block: Heading) -> None:
        self._begin(GAP_PX + 6)
        style = QTextCharFormat()
        font = self._ink.font
        scale = _HEADING_SCALES[block.level - 1]
        if font.pixelSize() > 0:
            style.setProperty(QTextCharFormat.Property.FontPixelSize, round(font.pixelSize() * scale))
        else:
            style.setFontPointSize(font.pointSizeF() * scale)
        self._inline.write(_strong(block.inlines), style, quoted=self._quotes > 0)

    def _list(self, block: ListBlock) -> None:
        style = QTextListFormat()
        nested = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle, QTextListFormat.Style.ListSquare)
        style.setStyle(QTextListFormat.Style.ListDecimal if block.ordered else nested[self._indent % 3])
        style.setIndent(self._indent + 1)
        if block.ordered:
            style.setStart(max(0, block.start))
        bare = QTextListFormat(style)
        bare.setStyle(QTextListFormat.Style.ListStyleUndefined)
        made: QTextList | None = None
        boxes: QTextList | None = None
        for number, item in enumerate(block.items):
            done = block.done[number] if block.done else None
            head = item[0] if item and isinstance(item[0], Paragraph) else None
            line = self._format(GAP_PX if number == 0 and self._indent == 0 else TIGHT_GAP_PX)
            line.setIndent(0)  # the list's own indent counts from the margin
            if done is not None and head is not None and is_rtl(head.inlines):
                line.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the x of a sign would turn it
            self._begin(0, line)
            if done is not None and not block.ordered:
                boxes = self._join(boxes, bare)
            else:
                made = self._join(made, style)
            if done is not None:
                self._marks.tasks.append(write_sign(self._cursor, done=done, numbered=block.ordered))
            if head is not None:
                self._inline.write(head.inlines, quoted=self._quotes > 0)
            self._indent += 1
            for inner in item[1:] if head is not None else item:
                self._write_block(inner)
            self._indent -= 1

    def _join(self, made: QTextList | None, style: QTextListFormat) -> QTextList:
        """Make the current block an item, the first one of a list of its own."""
        if made is None:
            return self._cursor.createList(style)
        made.add(self._cursor.block())
        return made

    def _quote(self, block: Quote) -> None:
        mark = len(self._marks.quotes)
        self._begin_quote(block)
        for inner in block.blocks:
            self._write_block(inner)
        if not block.blocks:
            self._begin(GAP_PX)
        self._quotes -= 1
        found = self._marks.quotes[mark]
        self._marks.quotes[mark] = replace(found, last=self._cursor.position())

    def _begin_quote(self, block: Quote) -> None:
        # The quote begins with the next block, which is the empty one that is there or one position on.
        first = self._cursor.position() + (0 if self._fresh else 1)
        self._marks.quotes.append(QuoteMark(first, first, self._quotes * QUOTE_PX))
        self._quotes += 1

    def _code(self, block: Code) -> None:
        left = self._quotes * QUOTE_PX
        if self._first:
            # Qt gives the first block of a document no room above it: an invisible one takes that place.
            self._begin(0)
            self._shrink()
        style = self._format(GAP_PX)
        style.setTopMargin(style.topMargin() + CODE_HEADER_PX)
        style.setLineHeight(self._code_line_px, QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        style.setLeftMargin(left + CODE_PADDING_PX)
        style.setRightMargin(CODE_PADDING_PX)
        style.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._begin(0, style)
        first = self._cursor.position()
        text = QTextCharFormat()
        text.setFont(self._ink.code_font)
        shown = breakable(block.shown)
        self._cursor.insertText(shown.replace("\n", "\u2028"), text)
        if self._highlight and block.language:
            self._colour(first, block.language, shown)
        if block.folded:
            more = self._format(0)
            more.setTopMargin(TIGHT_GAP_PX)
            more.setLeftMargin(left + CODE_PADDING_PX)
            self._begin(0, more)
            lines = QLocale().toString(block.lines)
            self._inline.link(
                _tr("Show all {lines} lines").format(lines=lines), f"{WHOLE_CODE}{len(self._marks.codes)}"
            )
        indent = self._indent
        self._marks.codes.append(CodeMark(first, self._cursor.position(), left, indent, block))
        self._owed = CODE_PADDING_PX

    def _colour(self, first: int, language: str, text: str) -> None:
        from personadesk.ui.chat.markdown_highlight import highlighted

        cursor = QTextCursor(self._cursor.document())
        # Qt counts UTF-16 units: a character beyond the first plane takes two.
        wide = [at for at, character in enumerate(text) if character > "\uffff"]
        for start, length, kind in highlighted(language, text):
            before = sum(at < start for at in wide) if wide else 0
            inside = sum(start <= at < start + length for at in wide) if wide else 0
            cursor.setPosition(first + start + before)
            cursor.setPosition(first + start + before + length + inside, QTextCursor.MoveMode.KeepAnchor)
            colour = QTextCharFormat()
            colour.setForeground(self._ink.highlight[kind])
            cursor.mergeCharFormat(colour)

    def _table(self, block: Table) -> None:
        if not block.rows or not block.rows[0]:
            return
        self._begin(GAP_PX)
        self._shrink()
        style = QTextTableFormat()
        style.setBorder(1)
        style.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        style.setBorderBrush(QBrush(self._ink.code_line))
        style.setBorderCollapse(True)
        style.setCellPadding(6)
        style.setCellSpacing(0)
        style.setLeftMargin(self._quotes * QUOTE_PX)
        style.setHeaderRowCount(1)
        table = self._cursor.insertTable(len(block.rows), len(block.rows[0]), style)
        self._marks.tables = True
        header = QTextCharFormat()
        header.setBackground(self._ink.code_fill)
        for row, cells in enumerate(block.rows):
            for column, inlines in enumerate(cells):
                cell = table.cellAt(row, column)
                if row == 0:
                    cell.setFormat(header)
                self._cursor.setPosition(cell.firstPosition())
                alignment = _ALIGNMENTS.get(block.alignments[column] if column < len(block.alignments) else "")
                if alignment is not None:
                    aligned = QTextBlockFormat()
                    aligned.setAlignment(alignment)
                    self._cursor.setBlockFormat(aligned)
                self._inline.write(_strong(inlines) if row == 0 else inlines, quoted=self._quotes > 0)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        # Qt gives the block behind a table no room above it: an invisible one takes that place.
        self._shrink()
        self._fresh = False
        self._owed = 0
        if block.left_out:
            self._begin(TIGHT_GAP_PX)
            more = _tr("{rows} more rows:").format(rows=QLocale().toString(block.left_out))
            self._cursor.insertText(more + " ", self._inline.muted())
            self._inline.link(_tr("Show the whole message"), WHOLE_MESSAGE)


def _strong(inlines: Inlines) -> Inlines:
    return tuple(item._replace(strong=True) if isinstance(item, Span) else item for item in inlines)


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageDocument", text)
