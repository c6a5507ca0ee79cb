"""Writes what stands in a line through a cursor: words in their styles, links with their hosts, spoilers, pills."""

from itertools import groupby

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor

from personadesk.ui.chat.markdown_blocks import Inline, Inlines, LineBreak, Span
from personadesk.ui.chat.markdown_ink import Ink
from personadesk.ui.chat.markdown_letters import disguised_host, text_is_mixed
from personadesk.ui.chat.markdown_marks import LinkMark, Marks, PillMark, SpoilerMark
from personadesk.ui.chat.markdown_styles import HIDDEN, RunStyles

SPOILER = f"{HIDDEN}/"
"""Behind it stands the number of a group of hidden words, which a click shows. No message can contain such a link."""
PILL_PX = 4


class InlineWriter:
    """Notes in `marks` what is painted behind the words, and what can be clicked."""

    def __init__(self, cursor: QTextCursor, ink: Ink, marks: Marks) -> None:
        self._cursor = cursor
        self._ink = ink
        self._marks = marks
        self._show = _tr("Show the spoiler")
        self._styles = RunStyles(ink)
        self._group = 0

    def muted(self) -> QTextCharFormat:
        """The style of words of our own."""
        style = QTextCharFormat()
        style.setForeground(self._ink.muted)
        return style

    def link(self, text: str, href: str) -> None:
        """Write words of our own that lead somewhere."""
        style = QTextCharFormat()
        self._marks.links.append(LinkMark(self._cursor.position(), text, href))
        self._dress_link(style, href)
        self._cursor.insertText(text, style)

    def _dress_link(self, style: QTextCharFormat, href: str) -> None:
        style.setAnchor(True)
        style.setAnchorHref(href)
        style.setForeground(self._ink.link)
        style.setFontUnderline(True)

    def write(self, inlines: Inlines, base: QTextCharFormat | None = None, *, quoted: bool) -> None:
        """Write at the cursor. `base` is what is special about all of it, as in a heading."""
        hidden = 0
        for (href, spoiler), run in groupby(inlines, key=_place_of):
            items = tuple(run)
            if spoiler and spoiler != hidden:
                self._begin_spoiler()
            hidden = spoiler or hidden
            words = "".join(item.text for item in items if isinstance(item, Span))
            if href and not spoiler:
                said = "".join(self._words_of(item) for item in items if isinstance(item, Span))
                self._marks.links.append(LinkMark(self._cursor.position(), said, href))
            for item in items:
                if isinstance(item, LineBreak):
                    self._cursor.insertText("\u2028", base or QTextCharFormat())
                else:
                    self._span(item, base, quoted=quoted)
            if href and (host := disguised_host(words, href)):
                self._aside(f"\u00a0({host})", hidden=bool(spoiler))
            if not self._marks.rtl and not words.isascii():
                self._marks.rtl = text_is_mixed(words)

    def _words_of(self, item: Span) -> str:
        if not item.image:
            return item.text
        return _tr("image: {words}").format(words=item.text) if item.text else _tr("image")

    def _span(self, item: Span, base: QTextCharFormat | None, *, quoted: bool) -> None:
        text = self._words_of(item)
        style = self._styles.of(item, base, quoted=quoted)
        if item.href and not item.spoiler:
            style = QTextCharFormat(style)
            self._dress_link(style, item.href)
            style.setFontUnderline(not item.image)
        if item.spoiler:
            self._spoiler(text, style, item.href)
        elif item.code or item.image:
            self._pill(text.replace("\n", " "), style)
        else:
            self._cursor.insertText(text, style)

    def _aside(self, text: str, *, hidden: bool) -> None:
        """Words of our own behind a link."""
        if hidden:
            self._spoiler(text, self.muted(), "")
        else:
            self._cursor.insertText(text, self.muted())

    def _begin_spoiler(self) -> None:
        """What is hidden from here on is shown at one click."""
        self._group = self._marks.spoilers[-1].group + 1 if self._marks.spoilers else 0
        self._marks.links.append(LinkMark(self._cursor.position(), self._show, f"{SPOILER}{self._group}"))

    def _spoiler(self, text: str, style: QTextCharFormat, href: str) -> None:
        """Text without ink, until it is clicked."""
        first = self._cursor.position()
        hidden, shown = self._styles.hidden(style)
        self._cursor.insertText(text, hidden)
        self._marks.spoilers.append(SpoilerMark(first, self._cursor.position(), shown, href, self._group))

    def _pill(self, text: str, style: QTextCharFormat) -> None:
        """Text on a pill of its own, with a little room at both ends that is not a character to copy."""
        start = self._cursor.position()
        room = QTextCharFormat(style)
        room.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        room.setFontLetterSpacing(PILL_PX)
        self._cursor.insertText("\u2060", room)
        self._cursor.insertText(text[:-1], style)
        self._cursor.insertText(text[-1:], room)
        self._marks.pills.append(PillMark(start, self._cursor.position()))


def _place_of(item: Inline) -> tuple[str, int]:
    """What belongs together: the words of one link, those of one spoiler."""
    return (item.href, item.spoiler) if isinstance(item, Span) else ("", 0)


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageDocument", text)
