"""What a text is made of: which way it runs, what can be slanted, where its links really lead."""

import re
from unicodedata import bidirectional
from urllib.parse import urlsplit

from personadesk.ui.chat.markdown_blocks import Inlines, Span

# Scripts that know no italics: a font slanted by force, or none at all, would stand in for them.
UPRIGHT = re.compile("[\u0590-\u1cff\u2e80-\ud7ff\uf900-\ufdff\ufe30-\ufefc]")


def is_rtl(inlines: Inlines) -> bool:
    """Whether the first letter that has a direction is written from right to left."""
    for item in inlines:
        if isinstance(item, Span) and not item.text.isascii():
            for character in item.text:
                direction = bidirectional(character)
                if direction in ("L", "R", "AL"):
                    return direction != "L"
        elif isinstance(item, Span) and any(map(str.isalpha, item.text)):
            return False
    return False


def text_is_mixed(text: str) -> bool:
    """Whether text holds letters that are written from right to left."""
    return any("\u0590" <= character <= "\u08ff" or "\ufb1d" <= character <= "\ufefc" for character in text)


def disguised_host(words: str, href: str) -> str:
    """The host a link leads to, where its words don't say it; "" where they do."""
    try:
        host = urlsplit(href).hostname or ""
    except ValueError:
        return ""
    plain = words.replace("\u200b", "").casefold()
    return "" if not host or host.removeprefix("www.") in plain else host
