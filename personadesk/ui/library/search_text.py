"""What a search in the library looks through."""

import re
from unicodedata import normalize

from PySide6.QtCore import QObject, QTimer

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.roster import Roster

MARKS = re.compile("[\u0300-\u036f]")
PREPARED_AT_ONCE = 150
"""Texts prepared between two turns of the event loop: about a millisecond."""


def search_key(text: str) -> str:
    """Text as it is searched: NFKD without marks, so that "Zoe" finds "Zoë", and without capitals."""
    if text.isascii():
        return text.lower()
    return MARKS.sub("", normalize("NFKD", text)).casefold()


def search_text(summary: PersonaSummary) -> str:
    """Everything of a persona that a search looks through, as it is searched."""
    parts = (summary.name, summary.shown_name, summary.tagline, summary.description)
    return search_key(" ".join((*parts, *summary.traits, *summary.tags)))


class SearchTexts(QObject):
    """The search text of everyone in the roster, prepared while the window has nothing else to do."""

    def __init__(self, roster: Roster, parent: QObject) -> None:
        super().__init__(parent)
        self._roster = roster
        self._texts: dict[PersonaId, str] = {}
        self._of: dict[PersonaId, PersonaSummary] = {}
        self._left: list[PersonaId] = []
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._go_on)

    def begin(self) -> None:
        """Look again at everyone: those who are other summaries than before are prepared anew."""
        self._of = {key: item for key, item in self._of.items() if self._roster.personas.get(key) is item}
        self._texts = {key: self._texts[key] for key in self._of}
        self._left = [key for key in self._roster.personas if key not in self._of]
        if self._left:
            self._idle.start()

    def refresh(self, persona_id: PersonaId) -> None:
        if self._of.get(persona_id) is not self._roster.personas.get(persona_id):
            self._prepare([persona_id])

    def all(self) -> dict[PersonaId, str]:
        """Everyone's, also those that were not yet prepared."""
        left, self._left = self._left, []
        self._prepare(left)
        return self._texts

    def _go_on(self) -> None:
        self._prepare(self._left[-PREPARED_AT_ONCE:])
        del self._left[-PREPARED_AT_ONCE:]
        if not self._left:
            self._idle.stop()

    def _prepare(self, persona_ids: list[PersonaId]) -> None:
        for persona_id in persona_ids:
            summary = self._roster.personas.get(persona_id)
            if summary is not None:
                self._texts[persona_id] = search_text(summary)
                self._of[persona_id] = summary
