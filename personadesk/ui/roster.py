"""The roster: every persona's summary, kept fresh by change sets, shared by sidebar, library and palette."""

from PySide6.QtCore import QObject, Signal

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event, ReplyEnded, ReplyStarted
from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.persona import PersonaSummary
from personadesk.services.personas import LibraryListing, PersonaService
from personadesk.ui.bridge import Bridge


class Roster(QObject):
    """GUI thread. `reset` when personas came or went, `persona_changed` when one looks different."""

    reset = Signal()
    persona_changed = Signal(object)  # PersonaId

    def __init__(self, *, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._service: PersonaService | None = None
        self.personas: dict[PersonaId, PersonaSummary] = {}
        self.trashed: tuple[tuple[TrashId, PersonaSummary], ...] = ()
        self.your_name = ""
        self.replying: frozenset[PersonaId] = frozenset()
        self.loaded = False
        bridge.events.connect(self._take_event)

    def attach(self, service: PersonaService) -> None:
        """Name the service to read from, once the store is open."""
        self._service = service

    def fill(self, listing: LibraryListing) -> None:
        self.personas = {summary.id: summary for summary in listing.personas}
        self.trashed = listing.trashed
        self.your_name = listing.your_name
        self.loaded = True
        self.reset.emit()

    def reload(self) -> None:
        if self._service is not None:
            self._bridge.run(self._service.listing(), owner=self, then=self.fill)

    def most_recent(self) -> PersonaSummary | None:
        """The persona that was talked to last, or None before the first word."""
        met = [item for item in self.personas.values() if item.last_message_at is not None]
        return max(met, key=lambda item: item.last_message_at or item.created_at, default=None)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet):
            self._refresh(event)
        elif isinstance(event, ReplyStarted):
            self._mark(event.persona_id, replying=True)
        elif isinstance(event, ReplyEnded):
            self._mark(event.message.persona_id, replying=False)

    def _refresh(self, change: ChangeSet) -> None:
        if self._service is None:
            return
        if change.trash or change.people or any(item not in self.personas for item in change.personas):
            self.reload()
            return
        for persona_id in change.personas:
            self._bridge.run(
                self._service.summary(persona_id), owner=self, then=self._replace, failed=self._reload_after
            )

    def _replace(self, summary: PersonaSummary) -> None:
        if self.personas.get(summary.id) != summary:
            self.personas[summary.id] = summary
            self.persona_changed.emit(summary.id)

    def _reload_after(self, _problem: UserFacingError) -> None:
        self.reload()

    def _mark(self, persona_id: PersonaId, *, replying: bool) -> None:
        marked = self.replying | {persona_id} if replying else self.replying - {persona_id}
        if marked != self.replying:
            self.replying = marked
            self.persona_changed.emit(persona_id)
