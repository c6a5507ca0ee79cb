"""What stands for a persona without a picture: its initials on a gradient, both told by its name alone.

The name is what stays the same from one library to another: a card that is exported, imported or
brought back by an undo gets another row and another uuid, and keeps its name. The preview of an
import can show the face a persona will have before it is stored.
"""

import unicodedata
from typing import NamedTuple
from zlib import crc32

from PySide6.QtCore import QRectF, QTextBoundaryFinder
from PySide6.QtGui import QColor, QLinearGradient

LONGEST_LOOKED_AT = 120


class Colours(NamedTuple):
    """A gradient from the upper left to the lower right, as #rrggbb."""

    start: str
    end: str


SLATE = Colours("#8391a5", "#465569")
GRADIENTS = (
    Colours("#ff8f6b", "#d6478f"),
    Colours("#4c86ff", "#17a89f"),
    Colours("#b56bf2", "#5a4cf6"),
    Colours("#37bf8e", "#1b7f92"),
    Colours("#f79a1c", "#e2441c"),
    SLATE,
    Colours("#f26d9b", "#8a4be0"),
    Colours("#5cb8ff", "#4a5be8"),
    Colours("#c6a12f", "#7d6a2a"),
    Colours("#e0574f", "#8f2f57"),
)


def initials(name: str) -> str:
    """One or two letters that stand for a name; "?" where there is nothing to see in it.

    Two only in scripts that have capitals, and for digits: an ideograph, a syllable, an emoji or a letter of a
    joined script stands alone. A letter keeps its marks, an emoji all its parts (UAX #29 grapheme clusters).
    """
    words = name[:LONGEST_LOOKED_AT].split()
    spoken = [letter for word in words if not word.startswith("(") and (letter := _letter(word))]
    spoken = spoken or [letter for word in words if (letter := _letter(word))]
    if not spoken:
        return next((cluster for word in words for cluster in _clusters(word) if _is_seen(cluster)), "?")
    first, *more = spoken
    if more and _stands_in_pairs(first) and _stands_in_pairs(more[0]):
        return _capital(first) + _capital(more[0])
    return _capital(first)


def colours_for(name: str) -> Colours:
    """The gradient of a name, whatever its case and its way of writing an accent."""
    plain = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    return GRADIENTS[crc32(plain.encode("utf-8", "surrogatepass")) % len(GRADIENTS)]


def gradient(colours: Colours, rect: QRectF) -> QLinearGradient:
    made = QLinearGradient(rect.topLeft(), rect.bottomRight())
    made.setColorAt(0, QColor(colours.start))
    made.setColorAt(1, QColor(colours.end))
    return made


def _letter(word: str) -> str:
    """The first cluster that is a letter or a digit, "" where there is none."""
    if word[0].isascii() and word[0].isalnum() and word[1:2].isascii():
        return word[0]
    return next((cluster for cluster in _clusters(word) if cluster[0].isalnum()), "")


def _clusters(word: str) -> list[str]:
    """Cut into what a reader takes for one character."""
    # QTextBoundaryFinder counts UTF-16 units; beyond the BMP they are two to a character.
    units = word.encode("utf-16-le", "surrogatepass")
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, word)
    found, start = [], 0
    while (end := finder.toNextBoundary()) > start:
        found.append(units[start * 2 : end * 2].decode("utf-16-le", "replace"))
        start = end
    return found


def _stands_in_pairs(letter: str) -> bool:
    return letter[0].isdigit() or letter.upper() != letter.lower()


def _capital(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter


def _is_seen(cluster: str) -> bool:
    return unicodedata.category(cluster[0])[0] not in "CZM"
