"""The colours a tag can have, in both themes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from personadesk.ui.theme.tokens import Theme

if TYPE_CHECKING:
    from personadesk.domain.library import TagLook

_ON_DARK = ("#f06a6a", "#f0914a", "#e8c04a", "#4cc38a", "#3fbfc0", "#5b9bff", "#a58bff", "#ef7fc0")
_ON_LIGHT = ("#cf3f3f", "#c2600f", "#94700a", "#1c8756", "#0f7f85", "#2f6fe0", "#7a4fe0", "#c03c8c")
"""Each stands out by at least 3:1 from every ground it is painted on."""

MOST_DOTS = 5


def tag_colour(theme: Theme, name: str) -> QColor | None:
    """The colour of one of TAG_COLOURS; None for ""."""
    if not name:
        return None
    # Most tags have none: so this is not on the way to the first picture.
    from personadesk.domain.library import TAG_COLOURS

    if name not in TAG_COLOURS:
        return None
    return QColor((_ON_DARK if theme.dark else _ON_LIGHT)[TAG_COLOURS.index(name)])


def dots_of(theme: Theme, tags: Iterable[str], looks: "Mapping[str, TagLook]") -> tuple[QColor, ...]:
    """The colours of the tags that have one, each once, in the tags' order."""
    named = dict.fromkeys(looks[tag].colour for tag in tags if tag in looks)
    colours = (tag_colour(theme, name) for name in named)
    return tuple(colour for colour in colours if colour is not None)[:MOST_DOTS]


def colour_names() -> dict[str, str]:
    """What each of TAG_COLOURS is called, and "" for none."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("TagColours", text)

    return {
        "": tr("No colour"),
        "red": tr("Red"),
        "orange": tr("Orange"),
        "yellow": tr("Yellow"),
        "green": tr("Green"),
        "teal": tr("Teal"),
        "blue": tr("Blue"),
        "violet": tr("Violet"),
        "pink": tr("Pink"),
    }
