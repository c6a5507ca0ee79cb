"""The colours and fonts a message is written in: those of the theme, on the bubble it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo

from personadesk.ui.theme.tokens import Theme

TEXT_SCALE = 1.08
"""How much larger a message is than the widget's own font."""
LINE_SCALE = 1.3
"""A line's height as a part of the font's own line height."""
_MONOSPACE = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "Noto Sans Mono")


@dataclass(frozen=True, slots=True)
class Ink:
    """What a document is drawn with. Shared by all messages of one role, compared by identity."""

    text: QColor
    muted: QColor
    link: QColor
    code_fill: QColor
    code_line: QColor
    bar: QColor
    selection: QColor
    selection_text: QColor
    spoken: QColor
    """Behind the sentence that is being said."""
    highlight: Mapping[str, QColor]
    font: QFont
    code_font: QFont


def message_font(font: QFont) -> QFont:
    """The font messages are set in, from a widget's."""
    return _scaled(font, TEXT_SCALE)


def small_font(font: QFont) -> QFont:
    """The font of times and marks, from a widget's."""
    return _scaled(font, 0.92)


def persona_ink(theme: Theme, font: QFont) -> Ink:
    """Ink for a persona's bubble and for the plain window."""
    spoken = QColor(theme.accent)
    spoken.setAlphaF(0.30 if theme.dark else 0.18)
    return Ink(
        text=theme.text,
        muted=theme.muted,
        link=theme.link,
        code_fill=theme.code,
        code_line=theme.code_line,
        bar=theme.accent,
        selection=theme.selection,
        selection_text=theme.selection_text,
        spoken=spoken,
        highlight={
            "comment": theme.faint,
            "keyword": theme.accent_text,
            "string": theme.ok,
            "number": theme.warn,
            "name": theme.link,
            "removed": theme.bad,
        },
        font=message_font(font),
        code_font=code_font(font),
    )


def user_ink(theme: Theme, font: QFont) -> Ink:
    """Ink for the user's own bubble, which is dark in every theme."""

    def veil(alpha: float) -> QColor:
        colour = QColor(theme.on_accent)
        colour.setAlphaF(alpha)
        return colour

    ink = persona_ink(theme, font)
    return Ink(
        text=theme.on_accent,
        muted=veil(0.82),
        link=theme.on_accent,
        code_fill=QColor(0, 0, 0, 64),
        code_line=veil(0.16),
        bar=veil(0.6),
        selection=veil(0.92),
        selection_text=theme.user_bubble,
        spoken=veil(0.2),
        highlight=dict.fromkeys(ink.highlight, theme.on_accent) | {"comment": veil(0.75)},
        font=ink.font,
        code_font=ink.code_font,
    )


def _scaled(font: QFont, scale: float) -> QFont:
    scaled = QFont(font)
    if font.pixelSize() > 0:
        scaled.setPixelSize(max(1, round(font.pixelSize() * scale)))
    else:
        scaled.setPointSizeF(max(1.0, font.pointSizeF() * scale))
    return scaled


def code_font(font: QFont) -> QFont:
    """The monospaced font of code, as large as a widget's font."""
    code = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if not QFontInfo(code).fixedPitch():
        family = next((name for name in _MONOSPACE if QFontDatabase.hasFamily(name)), "")
        code = QFont(family) if family else QFont()
        code.setStyleHint(QFont.StyleHint.Monospace)
    if font.pixelSize() > 0:
        code.setPixelSize(font.pixelSize())
    else:
        code.setPointSizeF(font.pointSizeF())
    return code
