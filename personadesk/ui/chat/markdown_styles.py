"""The formats of runs of text. Made once each: a message may hold thousands of runs in a few styles."""

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from personadesk.ui.chat.markdown_blocks import Span
from personadesk.ui.chat.markdown_ink import Ink
from personadesk.ui.chat.markdown_letters import UPRIGHT

HIDDEN = "personadesk:spoiler"
"""Where every spoiler leads in the document: with a link of its own each would take a format of its own."""
_FOREGROUND = QTextCharFormat.Property.ForegroundBrush.value
_NO_INK = QColor(0, 0, 0, 0)
_CODE_FONT = QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly


class RunStyles:
    """Formats in one ink. What is given out is shared: copy it to change it."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._plain: dict[tuple[bool, ...], QTextCharFormat] = {}
        self._hidden: dict[int, tuple[QTextCharFormat, QTextCharFormat, QColor]] = {}

    def of(self, span: Span, base: QTextCharFormat | None, *, quoted: bool) -> QTextCharFormat:
        """The format of a run of text; what links and spoilers add to it is left out."""
        slanted = span.emphasis and not UPRIGHT.search(span.text)
        muted = span.emphasis or span.image or quoted
        wanted = (span.strong, slanted, muted, span.strike, span.code or span.math)
        if base is None and (known := self._plain.get(wanted)) is not None:
            return known
        style = QTextCharFormat(base) if base is not None else QTextCharFormat()
        if span.strong:
            style.setFontWeight(QFont.Weight.Bold)
        if slanted:
            style.setFontItalic(True)
        if muted:
            style.setForeground(self._ink.muted)
        if span.strike:
            style.setFontStrikeOut(True)
        if span.code or span.math:
            style.setFont(self._ink.code_font, _CODE_FONT)
        if base is None:
            self._plain[wanted] = style
        return style

    def hidden(self, style: QTextCharFormat) -> tuple[QTextCharFormat, QColor]:
        """(a style without its ink, the colour that it has once it is shown)."""
        known = self._hidden.get(id(style))
        if known is None:
            veiled = QTextCharFormat(style)
            veiled.setForeground(_NO_INK)
            veiled.setBackground(self._ink.code_line)
            veiled.setAnchor(True)
            veiled.setAnchorHref(HIDDEN)
            colour = style.foreground().color() if style.hasProperty(_FOREGROUND) else self._ink.text
            # The style is kept beside them, so that its identity stays its own.
            known = self._hidden[id(style)] = style, veiled, colour
        return known[1:]
