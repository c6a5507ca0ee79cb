"""What colours code is imported and compiled on a thread of its own: some languages take a fifth of a second."""

import re
import threading

_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[ \t]*([^\s`~]{1,40})", re.MULTILINE)


class CodeLexers:
    """Knows which languages can be highlighted at once. Used by one thread."""

    def __init__(self) -> None:
        self._ready: set[str] = set()
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def ready_for(self, text: str) -> bool:
        """Whether every language that a text names can be highlighted; where not, that is begun."""
        if "```" not in text and "~~~" not in text:
            return True
        named = {match[1].lower() for match in _FENCE.finditer(text)}
        with self._lock:
            missing = named - self._ready
            new = missing - self._asked
            self._asked |= new
        if new:
            threading.Thread(target=self._prepare, args=(sorted(new),), name="code-lexers", daemon=True).start()
        return not missing

    def _prepare(self, names: list[str]) -> None:
        from personadesk.ui.chat.markdown_highlight import prepare

        for name in names:
            try:
                prepare(name)
            finally:
                # Also where that went wrong: its message must not wait for ever.
                with self._lock:
                    self._ready.add(name)


lexers = CodeLexers()
"""One for the process: what is imported is there for every transcript."""
