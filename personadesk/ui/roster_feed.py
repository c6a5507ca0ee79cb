"""Keeps the roster fresh: every change set names what to read again."""

from PySide6.QtCore import QObject

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event, ReplyEnded, ReplyStarted
from personadesk.domain.persona import PersonaSummary
from personadesk.services.personas import PersonaService
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster


class RosterFeed(QObject):
    """Made once the store is open; until then nothing changes."""

    def __init__(self, *, bridge: Bridge, service: PersonaService, roster: Roster) -> None:
        super().__init__(roster)
        self._bridge = bridge
        self._service = service
        self._roster = roster
        bridge.events.connect(self._take_event)

    def reload(self) -> None:
        """Read the whole library again."""
        self._bridge.run(self._service.listing(), owner=self, then=self._roster.fill)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet):
            self._refresh(event)
        elif isinstance(event, ReplyStarted):
            self._roster.mark(event.persona_id, replying=True)
        elif isinstance(event, ReplyEnded):
            self._roster.mark(event.message.persona_id, replying=False)

    def _refresh(self, change: ChangeSet) -> None:
        if change.trash or change.people or not change.personas <= self._roster.personas.keys():
            self.reload()
            return
        for persona_id in change.personas:
            self._bridge.run(
                self._service.summary(persona_id), owner=self, then=self._replace, failed=self._reload_after
            )

    def _replace(self, summary: PersonaSummary) -> None:
        self._roster.replace(summary)

    def _reload_after(self, _problem: UserFacingError) -> None:
        self.reload()
