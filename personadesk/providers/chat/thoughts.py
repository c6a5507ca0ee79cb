"""A model's thoughts where they are sent as the beginning of its reply, between <think> and </think>."""

import re

_OPENING = re.compile(r"\s*<(think|thinking)>", re.IGNORECASE)
_OPENINGS = ("<think>", "<thinking>")
_LONGEST_MARK = len("</thinking>")


class LeadingThoughts:
    """Drops thoughts before the first word of one reply. What stands later, in code for example, is the reply's own."""

    def __init__(self) -> None:
        self._pending = ""
        self._end: re.Pattern[str] | None = None
        self._began = False
        self.dropped = False
        """Whether something was thought."""

    def feed(self, text: str) -> str:
        """Take a piece and give what is the reply's; "" while it is thought, or can't be told yet."""
        if self._began:
            return text
        self._pending += text
        while self._skip_one():
            pass
        return "" if self._end is not None or self._may_open() else self._begin()

    def rest(self) -> str:
        """What is still held back at the reply's end; never a thought."""
        return "" if self._end is not None or self._began else self._begin()

    def _skip_one(self) -> bool:
        """Go past a mark that begins or ends a thought; False where none has come."""
        if self._end is None:
            mark = _OPENING.match(self._pending)
            if mark is None:
                return False
            self._end, self.dropped = re.compile(f"</{mark[1]}>", re.IGNORECASE), True
        else:
            mark = self._end.search(self._pending)
            if mark is None:
                # The mark's own beginning may be there already.
                self._pending = self._pending[-_LONGEST_MARK:]
                return False
            self._end = None
        self._pending = self._pending[mark.end() :]
        return True

    def _may_open(self) -> bool:
        start = self._pending.lstrip().lower()
        return any(opening.startswith(start) for opening in _OPENINGS)

    def _begin(self) -> str:
        self._began = True
        text, self._pending = self._pending, ""
        return text.lstrip() if self.dropped else text
