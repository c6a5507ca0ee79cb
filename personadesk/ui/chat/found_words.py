"""Where the words that are looked for stand in the messages on screen."""

import re

from personadesk.ui.chat.message_layout import MessageLayout

MOST_IN_MESSAGE = 200
_CJK = "\u2e80"


class FoundWords:
    """The words begin a word of the text; in scripts without spaces they stand anywhere."""

    def __init__(self) -> None:
        self._pattern: re.Pattern[str] | None = None

    def look_for(self, words: str) -> bool:
        """Look for these from now on, "" for none; says whether that changes anything."""
        wanted = sorted({word for part in words.split() if (word := part.strip('"'))}, key=len, reverse=True)
        pattern = "|".join(("" if word[0] >= _CJK else r"(?<!\w)") + re.escape(word) for word in wanted)
        before, self._pattern = self._pattern, re.compile(pattern, re.IGNORECASE) if pattern else None
        return before != self._pattern

    def ranges_in(self, made: MessageLayout) -> tuple[tuple[int, int], ...]:
        """Ranges of the document, in the units that Qt counts."""
        if self._pattern is None or made.waiting:
            return ()
        text = made.document.toPlainText()
        found = []
        at, place = 0, 0
        for match in self._pattern.finditer(text):
            place += _units(text[at : match.start()])
            at, first = match.end(), place
            place += _units(match[0])
            found.append((first, place))
            if len(found) == MOST_IN_MESSAGE:
                break
        return tuple(found)


def _units(text: str) -> int:
    """Qt counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
