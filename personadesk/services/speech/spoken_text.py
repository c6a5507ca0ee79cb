"""What of a message is said aloud: its words without markdown, addresses and code that nobody would read out."""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """What is said in place of what can't be. `link` is given the address's host as {host}."""

    code: str = "Some code is left out."
    link: str = "link to {host}"


@dataclass(frozen=True, slots=True)
class SpokenText:
    """`text` is what is said; `places[i]` is where its character `i` stands in the message."""

    text: str
    places: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The part of the message that the characters `start` to `end` come from."""
        return self.places[start], self.places[end - 1] + 1


_FENCE = re.compile(r"^[ \t]{0,3}(`{3,8}|~{3,8})[^\n]*\n.*?(?:^[ \t]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<[!?][^<>\n]{0,200}>")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
_SQUARE_TAG = re.compile(r"\[/?(?:b|i|u|s|img|url|quote|code|spoiler|color|size)(?:=[^\]\n]{0,100})?\]", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,40}\]:?")
_SPOILER = re.compile(r"\|\|(?=[^\s|])[^|\n]{1,500}\|\|")
_SHORT_CODE = re.compile(r"(?<!\w):[a-z][a-z0-9_+-]{1,30}:(?!\w)")
_ROW_OF_SIGNS = re.compile(r"([#=@~+*^_<>/\\|\u2500-\u257f-])\1{2,}")
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^()\s]{0,2000}(?:\s[^()\n]{0,300})?\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^()\s]{0,2000}(?:\s[^()\n]{0,300})?\)")
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)[^\s<>\"'`]{1,2000}>?", re.IGNORECASE)
_ADDRESS_TAIL = re.compile(r"[.,;:!?)\]>*_]+$")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2}[-:| \t]*$\n?", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_][ \t]*){3,}$", re.MULTILINE)
_TABLE_EDGE = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"[ \t]*\|[ \t]*")
_LINE_HEAD = re.compile(r"^[ \t]*(?:>[ \t]*)*(?:#{1,6}[ \t]+|[-*+\u2022][ \t]+(?:\[[ xX]\][ \t]+)?)?", re.MULTILINE)
_BOLD = re.compile(r"(\*\*\*?|__)(?=\S)(.{1,2000}?)(?<=\S)\1", re.DOTALL)
_STRUCK = re.compile(r"~~(?=\S)(.{1,500}?)(?<=\S)~~", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`{1,3})([^`\n]{1,500})\1")
_EMOTE = re.compile(r"(?:(?<=^)|(?<=[.!?\u2026\"\u201d:)] )|(?<=\n))([*_])(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HIDING = 0xE000
"""An escaped sign waits here, among the private characters, until all marks are read."""
_HIDDEN = re.compile("[\ue021-\ue07e]")
_UNHEARD = "\ufe0e\ufe0f\u200d\u20e3\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_REPEATED = re.compile(r"([!?,;:])\1+")
_DOTS = re.compile(r"\.{3,}|\u2026{2,}")
_SPACE = re.compile(r"[ \t\u00a0\u200b-\u200f\ufeff]+")
_LINES = re.compile(r"[ \t]*\n\s*")
_ENDED = re.compile(r"[.!?\u2026,;:\u3002\uff01\uff1f\uff0c][\"'\u201d\u2019)]*$")


def spoken_text(message: str, *, emotes: bool = True, words: SpokenWords | None = None) -> SpokenText:
    """Without `emotes`, actions between asterisks (*smiles*) are left out; a stressed word in a sentence never is."""
    words = words or SpokenWords()
    traced = _Traced(message.replace("\r\n", " \n").replace("\r", "\n"))
    traced.change(_FENCE, lambda match: f"{words.code}\n")
    traced.change(_SPACE, lambda match: " ")
    traced.change(_ESCAPE, lambda match: chr(ord(match[1]) + _HIDING))
    traced.change(_COMMENT, _nothing)
    traced.change(_SQUARE_TAG, _nothing)
    traced.change(_FOOTNOTE, _nothing)
    traced.change(_SPOILER, lambda match: "\u2026")
    traced.change(_IMAGE, 1)
    traced.change(_LINK, 1)
    traced.change(_ADDRESS, lambda match: _address(match[0], words))
    traced.change(_TAG, _nothing)
    traced.change(_TABLE_RULE, _nothing)
    traced.change(_RULE, _nothing)
    traced.change(_LINE_HEAD, _nothing)
    traced.change(_TABLE_EDGE, _nothing)
    traced.change(_CELL, lambda match: ", ")
    traced.change(_CODE, 2)
    traced.change(_BOLD, 2)
    traced.change(_STRUCK, 1)
    if emotes:
        traced.change(_EMOTE, 2, ending=".")
    else:
        traced.change(_EMOTE, _nothing)
    traced.change(_EMPHASIS, 2)
    traced.change(_ENTITY, lambda match: html.unescape(match[0]))
    traced.change(_SHORT_CODE, _nothing)
    traced.change(_ROW_OF_SIGNS, _nothing)
    traced.change(_HIDDEN, lambda match: chr(ord(match[0]) - _HIDING))
    traced.keep(_is_said)
    traced.change(_REPEATED, 1)
    traced.change(_DOTS, lambda match: "\u2026")
    traced.change(_SPACE, lambda match: " ")
    traced.change(_LINES, lambda match: "\n")
    return traced.spoken()


class _Traced:
    """A text that is being changed, and for each character its place in the text it came from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = list(range(len(text)))

    def change(self, pattern: re.Pattern[str], to: "int | Callable[[re.Match[str]], str]", *, ending: str = "") -> None:
        """Put a group of each match, or a new text, in its place. `ending` follows a group that ends no sentence."""
        text: list[str] = []
        places: list[int] = []
        done = 0
        for match in pattern.finditer(self._text):
            text.append(self._text[done : match.start()])
            places += self._places[done : match.start()]
            if isinstance(to, int):
                text.append(match[to])
                places += self._places[match.start(to) : match.end(to)]
                new = ending if ending and not _ENDED.search(match[to]) else ""
            else:
                new = to(match)
            at = self._places[match.start()] if match.start() < len(self._places) else 0
            text.append(new)
            places += [places[-1] if isinstance(to, int) else at] * len(new)
            done = match.end()
        self._text = "".join(text) + self._text[done:]
        self._places = places + self._places[done:]

    def keep(self, wanted: Callable[[str], bool]) -> None:
        kept = [(char, place) for char, place in zip(self._text, self._places, strict=True) if wanted(char)]
        self._text = "".join(char for char, _ in kept)
        self._places = [place for _, place in kept]

    def spoken(self) -> SpokenText:
        start = len(self._text) - len(self._text.lstrip())
        end = len(self._text.rstrip())
        return SpokenText(self._text[start:end], tuple(self._places[start:end]))


def _nothing(match: re.Match[str]) -> str:
    return ""


def _address(found: str, words: SpokenWords) -> str:
    tail = _ADDRESS_TAIL.search(found)
    kept = tail[0].replace(">", "") if tail else ""
    address = found.strip("<>")
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        host = ""
    host = host.removeprefix("www.").rstrip(".,;:!?")
    return (words.link.format(host=host) if host else "") + kept


def _is_said(char: str) -> bool:
    """Not the pictures among the characters, and nothing that has no shape; spaces and line ends stay."""
    if char == "\u00b0":
        return True
    category = unicodedata.category(char)
    return char in "\n\t" or (category not in ("So", "Sk", "Cs", "Co", "Cn", "Cc") and char not in _UNHEARD)
