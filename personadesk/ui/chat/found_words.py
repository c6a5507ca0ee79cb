"""Where the words that are looked for stand in the messages on screen."""

import re
from bisect import bisect_left
from operator import itemgetter
from unicodedata import combining
from weakref import WeakKeyDictionary

from personadesk.ui.chat.markdown_document import MessageDocument
from personadesk.ui.chat.message_layout import MessageLayout

MOST_IN_MESSAGE = 200


class FoundWords:
    """What the search finds: whatever the accents and the case, whole words, and the beginning of the last one."""

    def __init__(self) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._known: WeakKeyDictionary[MessageDocument, tuple[int, tuple[tuple[int, int], ...]]] = WeakKeyDictionary()

    def look_for(self, words: str) -> bool:
        """Look for these from now on, "" for none; says whether that changes anything."""
        from personadesk.domain.search_words import pattern_of

        before, self._pattern = self._pattern, pattern_of(words)
        if before == self._pattern:
            return False
        self._known.clear()
        return True

    def ranges_in(self, made: MessageLayout) -> tuple[tuple[int, int], ...]:
        """Ranges of the document, in the units that Qt counts. What a spoiler hides is not found."""
        if self._pattern is None or made.waiting:
            return ()
        document = made.document
        known = self._known.get(document)
        if known is None or known[0] != document.revision():
            known = self._known[document] = (document.revision(), _found(self._pattern, document))
        return known[1]


def _found(pattern: re.Pattern[str], document: MessageDocument) -> tuple[tuple[int, int], ...]:
    from personadesk.domain.search_words import folded_with_origins

    text = document.toPlainText()
    folded, origins = folded_with_origins(text)
    hidden = document.hidden()
    found: list[tuple[int, int]] = []
    at, place = 0, 0
    for match in pattern.finditer(folded):
        start, end = origins[match.start()], origins[match.end() - 1] + 1
        while end < len(text) and combining(text[end]):
            end += 1
        first = place + _units(text[at:start])
        at, place = end, first + _units(text[start:end])
        before = bisect_left(hidden, place, key=itemgetter(0)) - 1
        if before < 0 or hidden[before][1] <= first:
            found.append((first, place))
        if len(found) == MOST_IN_MESSAGE:
            break
    return tuple(found)


def _units(text: str) -> int:
    """Qt counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
