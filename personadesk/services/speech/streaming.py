"""A message that is still being written, cut into sentences that can be said already."""

import re

from personadesk.services.speech.passages import passages, sentence_breaks
from personadesk.services.speech.spoken_text import SpokenText, SpokenWords, spoken_text

LINE_LIMIT = 240
_OPEN_LIMIT = 2_000
"""A mark that is open for longer than this is taken for an ordinary sign."""
_TAIL = 48

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,8}|~{3,8})[^\n]*\n.*?^[ \t]{0,3}\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_FENCE_OPEN = re.compile(r"^[ \t]{0,3}(?:`{3,8}|~{3,8})[^\n]*", re.MULTILINE)
_FENCE_BEGUN = re.compile(r"^[ \t]{0,3}(?:`{1,8}|~{1,8})$", re.MULTILINE)
_CODE = re.compile(r"(?<!`)(`{1,3})[^`\n]{1,500}\1(?!`)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_TARGET = re.compile(r"\]\([^()\n]{0,2000}\)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]*_]", re.IGNORECASE)
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
_PAIRS = (
    re.compile(r"(\*\*\*?|__)(?=\S)(.{1,2000}?)(?<=\S)\1", re.DOTALL),
    re.compile(r"(~~)(?=\S)(.{1,500}?)(?<=\S)\1", re.DOTALL),
    re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?!\w)"),
)
_OPEN_IN_PARAGRAPH = re.compile(r"(?<!\w)(?:\*\*|__|~~)(?=\S)|<!--")
_OPEN_IN_LINE = re.compile(r"`|(?<![\w*])[*_](?=\S)|\[[^\]]{0,300}$|\]\([^)]*$|<[A-Za-z/][^<>]{0,200}$")


class SentenceCutter:
    """Gives each sentence once, in order, whatever becomes of the text behind it."""

    def __init__(self, words: SpokenWords | None = None, *, given: str = "") -> None:
        """`given` is the start of the text that need not be said."""
        self._words = words
        self._given = given

    def grow(self, text: str, *, settled: bool = False) -> list[SpokenText]:
        """What has become whole in the text so far. `settled` says that nothing has come for a moment.

        What stands in markdown that is open still (code, a link, emphasis) waits for its end.
        """
        start = self._start(text)
        end = _whole(text[start:], settled=settled)
        if not end:
            return []
        self._given = text[: start + end]
        return said_lines(text[start : start + end], self._words, at=start)

    def finish(self, text: str) -> list[SpokenText]:
        """The rest, of a text to which nothing more comes."""
        start = self._start(text)
        return said_lines(text[start:], self._words, at=start)

    def _start(self, text: str) -> int:
        """Where what was not given yet begins, also where what was given has moved in the text."""
        given = self._given
        if text.startswith(given):
            return len(given)
        tail = given.strip()[-_TAIL:]
        found = text.rfind(tail, 0, len(given) + _TAIL)
        return found + len(tail) if found >= 0 else min(len(given), len(text))


def said_lines(message: str, words: SpokenWords | None = None, *, at: int = 0) -> list[SpokenText]:
    """What is said of a message, a sentence each; `at` is where it stands in the text that places count in."""
    spoken = spoken_text(message, words=words)
    return [
        SpokenText(piece, tuple(place + at for place in spoken.places[start : start + len(piece)]))
        for piece, start in passages(spoken.text, limit=LINE_LIMIT)
    ]


def _whole(text: str, *, settled: bool) -> int:
    """How much of a growing text is made of whole sentences with nothing open in them."""
    limit = _fence_begun(text)
    masked = _masked(text[:limit])
    ends = sentence_breaks(masked, settled=settled and limit == len(text))
    for end in reversed(ends):
        if end > _OPEN_LIMIT or _is_closed(masked[:end]):
            return end
    return 0


def _fence_begun(text: str) -> int:
    """Where code begins that does not end yet; the text's length where there is none."""
    hidden = _FENCE.sub(lambda match: "x" * len(match[0]), text)
    begun = _FENCE_OPEN.search(hidden)
    if begun is None:
        last = hidden.rfind("\n") + 1
        begun = _FENCE_BEGUN.search(hidden, last)
    return begun.start() if begun is not None else len(text)


def _masked(text: str) -> str:
    """The same length, with signs that end no sentence in place of what is not read word by word."""
    for pattern in (_FENCE, _COMMENT, _ESCAPE, _CODE, _TAG, _TARGET, _ADDRESS):
        text = pattern.sub(lambda match: "x" * len(match[0]), text)
    return text


def _is_closed(text: str) -> bool:
    paragraph = text[text.rfind("\n\n") + 1 :]
    for pair in _PAIRS:
        paragraph = pair.sub(r"\2", paragraph)
    line = paragraph[paragraph.rstrip("\n").rfind("\n") + 1 :]
    return not _OPEN_IN_PARAGRAPH.search(paragraph.rstrip()) and (
        line.endswith("\n") or not _OPEN_IN_LINE.search(line.rstrip())
    )
