"""Keeps the roster fresh: every change set names what to read again, and only that is read."""

from concurrent.futures import Future

from PySide6.QtCore import QObject

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event, ReplyEnded, ReplyStarted
from personadesk.domain.ids import PersonaId
from personadesk.services.personas import LibraryListing, PersonaService
from personadesk.services.tag_looks import TAG_LOOKS
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster

MANY = 2_000
"""From here the whole library is read as quickly."""


class RosterFeed(QObject):
    """Made once the store is open; until then nothing changes.

    One reading at a time: what changes meanwhile is read after it, so that none comes late.
    """

    def __init__(self, *, bridge: Bridge, service: PersonaService, roster: Roster) -> None:
        super().__init__(roster)
        self._bridge = bridge
        self._service = service
        self._roster = roster
        self._wanted: set[PersonaId] = set()
        self._due = False
        self._whole = False
        self._reading: Future[LibraryListing] | None = None
        bridge.events.connect(self._take_event)

    def reload(self) -> None:
        """Read the whole library again."""
        self._whole = self._due = True
        self._read()

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet):
            self._refresh(event)
        elif isinstance(event, ReplyStarted):
            self._roster.mark(event.persona_id, replying=True)
        elif isinstance(event, ReplyEnded):
            self._roster.mark(event.message.persona_id, replying=False)

    def _refresh(self, change: ChangeSet) -> None:
        if change.trash and not change.personas:
            self.reload()
        elif change.personas or change.people or TAG_LOOKS in change.settings:
            self._wanted |= change.personas
            self._due = True
            self._read()

    def _read(self) -> None:
        if not self._due or (self._reading is not None and not self._reading.done()):
            return
        self._due = False
        asked, self._wanted = frozenset(self._wanted), set()
        whole, self._whole = self._whole or len(asked) > MANY, False
        if whole:
            self._reading = self._bridge.run(self._service.listing(), owner=self, then=self._fill, failed=self._give_up)
        else:
            self._reading = self._bridge.run(
                self._service.delta(asked),
                owner=self,
                then=lambda delta: self._apply(asked, delta),
                failed=self._give_up,
            )

    def _fill(self, listing: LibraryListing) -> None:
        self._roster.fill(listing)
        self._read()

    def _apply(self, asked: frozenset[PersonaId], delta: LibraryListing) -> None:
        self._roster.apply(asked, delta)
        self._read()

    def _give_up(self, problem: UserFacingError) -> None:
        self._bridge.failed.emit(problem)
        self._read()
