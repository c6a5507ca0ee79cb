"""The roster: every persona's summary, shared by sidebar, library and palette."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.bridge import Bridge

if TYPE_CHECKING:
    # Imported when the store is: not on the way to the first picture.
    from personadesk.domain.library import TagLook
    from personadesk.services.personas import LibraryListing, PersonaService
    from personadesk.ui.roster_feed import RosterFeed

ONE_BY_ONE = 20
"""Of more that look different at once, views hear as of a new list."""


class Roster(QObject):
    """GUI thread. `reset` when personas came or went, `persona_changed` when one looks different."""

    reset = Signal()
    persona_changed = Signal(object)  # PersonaId
    looks_changed = Signal()  # how tags look

    def __init__(self, *, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._feed: RosterFeed | None = None
        self.personas: dict[PersonaId, PersonaSummary] = {}
        self.trashed: tuple[tuple[TrashId, PersonaSummary], ...] = ()
        self.tag_looks: Mapping[str, TagLook] = {}
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
        self.tag_looks = listing.tag_looks
        self.show_personas(listing.personas, listing.your_name)

    def show_personas(self, personas: "tuple[PersonaSummary, ...]", your_name: str) -> None:
        """Show these: all that is known before the store is quite open."""
        self.personas = {summary.id: summary for summary in personas}
        self.your_name = your_name
        self.loaded = True
        self.reset.emit()

    def apply(self, asked: Collection[PersonaId], delta: "LibraryListing") -> None:
        """Take up how those that were asked about stand now; the others stay as they are."""
        changed = [item for item in delta.personas if self.personas.get(item.id) != item]
        listed = {item.id for item in delta.personas}
        gone = [persona_id for persona_id in asked if persona_id not in listed and persona_id in self.personas]
        came = any(item.id not in self.personas for item in changed)
        rest = tuple(pair for pair in self.trashed if pair[1].id not in asked)
        moved = rest != self.trashed or bool(delta.trashed) or self.your_name != delta.your_name
        self.trashed = (*delta.trashed, *rest) if moved else self.trashed
        self.your_name = delta.your_name
        for persona_id in gone:
            del self.personas[persona_id]
        self.personas.update((item.id, item) for item in changed)
        if self.tag_looks != delta.tag_looks:
            self.tag_looks = delta.tag_looks
            self.looks_changed.emit()
        if gone or came or moved or len(changed) > ONE_BY_ONE:
            self.reset.emit()
            return
        for item in changed:
            self.persona_changed.emit(item.id)

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
