"""The roster: every persona's summary, shared by sidebar, library and palette."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.bridge import Bridge

if TYPE_CHECKING:
    # Imported when the store is: not on the way to the first picture.
    from personadesk.services.personas import LibraryListing, PersonaService
    from personadesk.ui.roster_feed import RosterFeed


class Roster(QObject):
    """GUI thread. `reset` when personas came or went, `persona_changed` when one looks different."""

    reset = Signal()
    persona_changed = Signal(object)  # PersonaId

    def __init__(self, *, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._feed: RosterFeed | None = None
        self.personas: dict[PersonaId, PersonaSummary] = {}
        self.trashed: tuple[tuple[TrashId, PersonaSummary], ...] = ()
        self.your_name = ""
        self.replying: frozenset[PersonaId] = frozenset()
        self.loaded = False

    def attach(self, service: "PersonaService") -> None:
        """Follow what the service changes, once the store is open."""
        from personadesk.ui.roster_feed import RosterFeed

        if self._feed is not None:
            self._feed.deleteLater()
        self._feed = RosterFeed(bridge=self._bridge, service=service, roster=self)

    def fill(self, listing: "LibraryListing") -> None:
        self.trashed = listing.trashed
        self.show_personas(listing.personas, listing.your_name)

    def show_personas(self, personas: "tuple[PersonaSummary, ...]", your_name: str) -> None:
        """Show these: all that is known before the store is quite open."""
        self.personas = {summary.id: summary for summary in personas}
        self.your_name = your_name
        self.loaded = True
        self.reset.emit()

    def replace(self, summary: PersonaSummary) -> None:
        if self.personas.get(summary.id) != summary:
            self.personas[summary.id] = summary
            self.persona_changed.emit(summary.id)

    def mark(self, persona_id: PersonaId, *, replying: bool) -> None:
        """Note whether a persona is writing a reply."""
        marked = self.replying | {persona_id} if replying else self.replying - {persona_id}
        if marked != self.replying:
            self.replying = marked
            self.persona_changed.emit(persona_id)

    def pinned(self) -> list[PersonaId]:
        """The pinned personas, in their order."""
        pins = [(item.pin_position, item.id) for item in self.personas.values() if item.pin_position is not None]
        return [persona_id for _, persona_id in sorted(pins)]

    def most_recent(self) -> PersonaSummary | None:
        """The persona that was talked to last, or None before the first word."""
        met = [item for item in self.personas.values() if item.last_message_at is not None]
        return max(met, key=lambda item: item.last_message_at or item.created_at, default=None)
