"""What a text is made of: which way it runs, what can be slanted, where its links really lead."""

import re
from unicodedata import bidirectional
from urllib.parse import urlsplit

from personadesk.ui.chat.markdown_blocks import Inlines, Span

# Scripts that know no italics: a font slanted by force, or none at all, would stand in for them.
UPRIGHT = re.compile("[\u0590-\u1cff\u2e80-\ud7ff\uf900-\ufdff\ufe30-\ufefc]")

# What can be read as an address: with its scheme, or a name with a dot in it that no space or bracket interrupts.
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+|[^\s<>()\[\]\"'/:]+\.[^\s<>()\[\]\"'.,;!?][^\s<>()\[\]\"']*")


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
    """The host a link leads to, or the address a letter goes to, where its words don't say so; "" where they do."""
    plain = words.replace("\u200b", "").casefold()
    if href.lower().startswith("mailto:"):
        address = href[len("mailto:") :].partition("?")[0].casefold()
        return "" if address in plain.replace("mailto:", " ").split() else address
    host = _host_of(href)
    named = [_host_of(word if "://" in word else f"//{word}") for word in _ADDRESS.findall(plain)]
    said = bool(named) and all(name == host for name in named) and "@" not in plain
    return "" if not host or said else host


def _host_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""
