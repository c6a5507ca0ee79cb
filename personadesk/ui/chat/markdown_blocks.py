"""A stranger's markdown as blocks of our own: parsed, capped and harmless. No Qt in here.

What a hostile text could blow up is bounded before it is parsed: characters, lines, nesting, table
cells, word length and stacked combining marks. HTML is text like any other, and pictures never load.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import category

TEXT_LIMIT = 20_000
"""Characters of one message that are shown before it is folded; a line costs LINE_COST more, a mark MARK_COST."""
LINE_COST = 24
MARK_COST = 5
RARE_COST = 10
"""What a character costs more that few fonts have: each is looked for in one font after the other."""
"""What is bold, code or a formula takes its time by the marks around it: a text of nothing else is folded sooner."""
CODE_LINES = 40
CODE_CHARACTERS = 6_000
WORD_LIMIT = 100
MARKS_LIMIT = 5
TABLE_COLUMNS = 12
TABLE_ROWS = 50
TABLE_CELLS = 240
CELL_CHARACTERS = 300


class Span(NamedTuple):
    """A run of text in one style. `href` is "" or a live link; an image's `text` is what it is said to show.

    `math` is LaTeX, shown as it was written. `spoiler` numbers what is hidden until somebody asks, 0 for none: all
    of one number are shown at once. A tuple, because a message
    may hold thousands of them, and a frozen data class takes six times as long to make.
    """

    text: str
    strong: bool = False
    emphasis: bool = False
    strike: bool = False
    code: bool = False
    image: bool = False
    href: str = ""
    math: bool = False
    spoiler: int = 0


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A line break inside a paragraph."""


Inline = Span | LineBreak
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; `start` is the number of the first item where `ordered`.

    `done` says of each item whether it is, None where it is no task; empty where there is no task among them.
    """

    ordered: bool
    start: int
    items: tuple[tuple["Block", ...], ...]
    done: tuple[bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code block. `shown` is what fits in a bubble; `lines` counts those of the whole `text`."""

    language: str
    text: str
    shown: str
    lines: int

    @property
    def folded(self) -> bool:
        return len(self.shown) < len(self.text)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, every row as wide as the first, which is the header. `alignments` holds "", "left", "center", "right".

    `left_out` counts body rows beyond the cap.
    """

    alignments: tuple[str, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What follows is not shown here. `characters` counts the whole message."""

    characters: int


Block = Paragraph | Heading | ListBlock | Quote | Code | Table | Rule | Folded


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks of a text, and where the last one that is not Folded begins: what is before it can't change."""

    blocks: tuple[Block, ...]
    last_start: int


# C0 and C1 controls, surrogates, the code points Qt keeps for itself inside a document, and its object mark.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffc\ufffe\uffff]")
_SEPARATORS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Combining marks of Latin, Cyrillic, Hebrew, Arabic and Thai, and those for symbols.
_MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_STACKED = re.compile(f"({_MARK}{{{MARKS_LIMIT}}}){_MARK}+")
# What goes on a letter, or joins two: a word is not broken before it.
_JOINED = _MARK[1:-1] + "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_LONG_WORD = re.compile(rf"\S{{{WORD_LIMIT}}}(?:(?<=\u200d)\S|\u200d\S|[{_JOINED}]){{0,20}}(?=\S)(?![{_JOINED}\u200d])")
_MARKS = "*_`~$\\[|<"
# All but the scripts and signs that people write every day in great numbers.
_RARE = (
    "[^\x00-\u058f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u11ff\u1e00-\u27bf\u2900-\u2bff\u2e80-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufdcf\ufdf0-\uffff\U0001d400-\U0001d7ff\U0001f000-\U0001faff]"
)
_ANY_RARE = re.compile(_RARE)
_ANY_MARK = re.compile(rf"[*_`~$\\\[|<]|(?P<rare>{_RARE})")
# Invisible letters, but for those that make the flag of a part of a country.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]+")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)")


def clean(text: str) -> str:
    """Replace what no font can show and what Qt would take for its own marks."""
    if not text.isascii() or any(separator in text for separator in "\r\x0b\x0c"):
        text = _SEPARATORS.sub("\n", text)
    text = _FORBIDDEN.sub("\ufffd", text)
    if text.isascii():
        return text
    # Python knows fewer emoji than the fonts do; elsewhere what it does not know is no character yet.
    unknown = {ord(sign): "\ufffd" for sign in set(text) if "\u0370" < sign < "\U00010000" and category(sign) == "Cn"}
    if unknown:
        text = text.translate(unknown)
    return _STACKED.sub(r"\1", _TAGS.sub(r"\1", text))


def breakable(text: str) -> str:
    """Give words longer than WORD_LIMIT places to break (U+200B), so that a layout stays quick."""
    return _LONG_WORD.sub(lambda match: match.group() + "\u200b", text)


def preload() -> None:
    """Import what the first message with markup needs, some 30 ms of it. Safe from any thread."""
    from personadesk.ui.chat.markdown_parser import parse_markdown

    parse_markdown("*ready*")


def parse(text: str) -> Parsed:
    """Parse cleaned text. Takes at most some 50 ms, whatever the text."""
    blocks: list[Block] = []
    budget = TEXT_LIMIT
    last_start = 0
    for start, segment in _segments(text):
        if budget <= 0:
            blocks.append(Folded(len(text)))
            return Parsed(tuple(blocks), last_start)
        if isinstance(segment, Code):
            blocks.append(segment)
            budget -= len(segment.shown) + LINE_COST * (segment.shown.count("\n") + 1) + _rare_cost(segment.shown)
            last_start = start
            continue
        kept = _within(segment, budget)
        budget -= len(kept) + LINE_COST * (kept.count("\n") + 1) + _signs_cost(kept, 0, len(kept))
        found, at = _parse_text(kept)
        if found:
            blocks.extend(found)
            last_start = start + at
        if len(kept) < len(segment):
            blocks.append(Folded(len(text)))
            return Parsed(tuple(blocks), last_start)
    return Parsed(tuple(blocks), last_start)


def code_block(language: str, text: str) -> Code:
    """Fold code to what a bubble shows."""
    lines = text.count("\n") + 1
    shown = "\n".join(text.split("\n", CODE_LINES)[:CODE_LINES]) if lines > CODE_LINES else text
    return Code(language=language[:40], text=text, shown=_affordable(shown, CODE_CHARACTERS), lines=lines)


def _affordable(text: str, limit: int) -> str:
    """The start of a text that is shown for no more than so many letters would be."""
    kept = text[:limit]
    if kept.isascii() or len(kept) + _rare_cost(kept) <= limit:
        return kept
    spent = 0
    for at, character in enumerate(kept):
        spent += 1 + (RARE_COST if _ANY_RARE.match(character) else 0)
        if spent > limit:
            return kept[:at]
    return kept


def _within(text: str, budget: int) -> str:
    """The start of `text` that the budget pays for, cut at a line or a word."""
    spent = at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end + 1
        room = max(0, budget - spent - LINE_COST)
        cost = end - at + LINE_COST
        if cost <= room + LINE_COST:
            cost += _signs_cost(text, at, end)
        if spent + cost > budget:
            if at == 0 or room > 2_000:
                paid = _paid(text, at, room)
                space = text.rfind(" ", at, paid)
                return text[: space if space > at else paid]
            return text[:at]
        spent += cost
        at = end
    return text


def _signs_cost(text: str, start: int, end: int) -> int:
    """What marks and rare characters cost beside their being characters."""
    marks = sum(text.count(mark, start, end) for mark in _MARKS)
    return MARK_COST * marks + (0 if text.isascii() else _rare_cost(text[start:end]))


def _rare_cost(text: str) -> int:
    return 0 if text.isascii() else RARE_COST * len(_ANY_RARE.findall(text))


def _paid(text: str, start: int, room: int) -> int:
    """Where what `room` pays for ends within one line."""
    end = start + room
    for mark in _ANY_MARK.finditer(text, start, end):
        end -= RARE_COST if mark["rare"] else MARK_COST
        if mark.start() >= end:
            return mark.start()
    return end


def _segments(text: str) -> list[tuple[int, str | Code]]:
    """Split off the fenced code that begins in the first column: it ends every list and quote around it.

    A block of 5,000 lines is thus never parsed. Fences that are indented are left to the parser.
    """
    if "```" not in text and "~~~" not in text:
        return [(0, text)]
    found: list[tuple[int, str | Code]] = []
    at = plain = 0
    while at <= len(text):
        fence = _FENCE.match(text, at)
        if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
            at = _next_line(text, at)
            continue
        if plain < at:
            found.append((plain, text[plain:at]))
        body = min(fence.end() + 1, len(text))
        closing = re.compile(rf"^ {{0,3}}{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE).search(text, body)
        end = closing.start() if closing else len(text)
        words = fence[2].split()
        found.append((at, code_block(words[0] if words else "", text[body:end].removesuffix("\n"))))
        at = plain = _next_line(text, closing.end()) if closing else len(text) + 1
    if plain < len(text):
        found.append((plain, text[plain:]))
    return found


def _next_line(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) + 1 if newline < 0 else newline + 1


_SPECIAL = re.compile(r"[*_`~<>\[\]#|!&$\\\t]|://|^(?: |[-+]|\d{1,9}[.)])| $", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{2,}")


def _parse_text(text: str) -> tuple[list[Block], int]:
    """Blocks of text without first-column fences, and where the last one begins."""
    if _SPECIAL.search(text):
        from personadesk.ui.chat.markdown_parser import parse_markdown

        return parse_markdown(text)
    blocks: list[Block] = []
    at = last = 0
    for part in _EMPTY_LINES.split(text):
        if lines := [line for line in part.split("\n") if line]:
            last = text.index(part, at)
            at = last + len(part)
            inlines: list[Inline] = [Span(breakable(lines[0]))]
            for line in lines[1:]:
                inlines += (LineBreak(), Span(breakable(line)))
            blocks.append(Paragraph(tuple(inlines)))
    return blocks, last
