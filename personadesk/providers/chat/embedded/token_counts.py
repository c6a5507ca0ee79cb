"""Token counts of texts seen before: a history is counted again for every reply."""

from collections import OrderedDict

_TEXTS = 1024
_TEXT_LIMIT = 8192
"""Characters; longer texts are rare, and counting them again is cheaper than keeping them."""


class TokenCounts:
    """The counts of the texts most recently asked for."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def get(self, text: str) -> int | None:
        if text not in self._counts:
            return None
        self._counts.move_to_end(text)
        return self._counts[text]

    def put(self, text: str, count: int) -> None:
        if len(text) > _TEXT_LIMIT:
            return
        self._counts[text] = count
        if len(self._counts) > _TEXTS:
            self._counts.popitem(last=False)
