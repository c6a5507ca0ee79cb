"""Making, changing, arranging and deleting personas."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from personadesk.domain.errors import Protected
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.library import TagLook
from personadesk.domain.persona import NAME_LIMIT, Origin, Persona, PersonaCard, PersonaSummary
from personadesk.services.card_pictures import wait_like
from personadesk.services.library_ports import TrashEntry
from personadesk.services.ports import Database, PersonaDirectory, Publish, Store
from personadesk.services.tag_looks import read_looks
from personadesk.services.unsaved_edits import drop_gone_edits


@dataclass(frozen=True, slots=True)
class LibraryListing:
    """Everything the library shows: personas, what is in the trash, and the name of "You"."""

    personas: tuple[PersonaSummary, ...]
    trashed: tuple[tuple[TrashId, PersonaSummary], ...]
    your_name: str
    tag_looks: Mapping[str, TagLook] = field(default_factory=dict)


class Silence(Protocol):
    """Ends what a persona is saying, wherever it says it, and keeps what has come."""

    async def __call__(self, persona_id: PersonaId) -> None: ...


class PersonaService:
    """Asynchronous, for the engine thread. Every write publishes a ChangeSet."""

    def __init__(self, *, database: Database, publish: Publish, silence: Silence) -> None:
        self._database = database
        self._publish = publish
        self._silence = silence

    async def listing(self) -> LibraryListing:
        return await self._database.read(read_listing)

    async def delta(self, persona_ids: Collection[PersonaId]) -> LibraryListing:
        """How these stand now: `listing` with them alone. Who is in neither part is gone for good."""
        return await self._database.read(lambda store: read_delta(store, persona_ids))

    async def summary(self, persona_id: PersonaId) -> PersonaSummary:
        return await self._database.read(lambda store: store.personas.summary(persona_id))

    async def get(self, persona_id: PersonaId) -> Persona:
        return await self._database.read(lambda store: store.personas.get(persona_id))

    async def find_by_name(self, name: str) -> Persona | None:
        return await self._database.read(lambda store: store.personas.find_by_name(name))

    async def create(self, card: PersonaCard) -> Persona:
        persona = await self._database.write(lambda store: store.personas.create(card))
        self._changed(persona.id)
        return persona

    async def update(self, persona_id: PersonaId, card: PersonaCard) -> Persona:
        """Raises Protected for a built-in, InvalidInput where a field can't be stored."""

        def work(store: Store) -> Persona:
            _refuse_built_in(store.personas.get(persona_id))
            return store.personas.update_card(persona_id, card)

        persona = await self._database.write(work)
        touched = frozenset({persona_id})
        self._publish(ChangeSet(personas=touched, cards=touched))
        return persona

    async def duplicate(self, persona_id: PersonaId) -> Persona:
        """Copy the card and the avatar, never the memory, under the next free name."""

        def work(store: Store) -> Persona:
            return copy_persona(store, persona_id)

        copy = await self._database.write(work)
        self._changed(copy.id)
        return copy

    async def trash(self, persona_id: PersonaId) -> TrashId:
        """Move a persona to the trash; a reply it is writing is stopped and kept. Raises Protected."""
        await self._silence(persona_id)

        def work(store: Store) -> TrashId:
            _refuse_built_in(store.personas.get(persona_id))
            return store.personas.trash(persona_id)

        trash_id = await self._database.write(work)
        self._changed(persona_id, trash=True)
        return trash_id

    async def restore(self, trash_id: TrashId) -> TrashEntry:
        """Raises InvalidInput(field="name") where the name has been taken since."""
        entry = await self._database.write(lambda store: store.trash.restore(trash_id))
        self._changed(entry.persona_id, trash=True)
        return entry

    async def purge(self, trash_id: TrashId) -> None:
        """Delete for good, with everything the persona ever said and heard."""

        def work(store: Store) -> TrashEntry:
            purged = store.trash.purge(trash_id)
            drop_gone_edits(store)
            return purged

        entry = await self._database.write(work)
        self._changed(entry.persona_id, trash=True)

    async def set_favourite(self, persona_id: PersonaId, favourite: bool) -> None:
        await self._database.write(lambda store: store.personas.set_favourite(persona_id, favourite))
        self._changed(persona_id)

    async def set_pinned(self, persona_id: PersonaId, pinned: bool) -> None:
        """Pin after the pinned ones, or take the pin away."""

        def work(store: Store) -> None:
            pins = _pins(store.personas)
            others = [item for item in pins if item != persona_id]
            store.personas.set_pins([*others, persona_id] if pinned else others)

        await self._database.write(work)
        self._changed(persona_id)

    async def arrange_pins(self, persona_ids: Sequence[PersonaId]) -> None:
        await self._database.write(lambda store: store.personas.set_pins(persona_ids))
        self._publish(ChangeSet(personas=frozenset(persona_ids)))

    async def rename_you(self, name: str) -> None:
        await self._database.write(lambda store: store.people.rename(store.people.you().id, name))
        self._publish(ChangeSet(people=True))

    def _changed(self, persona_id: PersonaId, *, trash: bool = False) -> None:
        self._publish(ChangeSet(personas=frozenset({persona_id}), trash=trash))


def read_listing(store: Store) -> LibraryListing:
    """Read the whole library in one snapshot. Runs on a database thread."""
    trashed = {summary.id: summary for summary in store.personas.trashed()}
    entries = [entry for entry in store.trash.entries() if entry.kind == "persona"]
    return LibraryListing(
        personas=tuple(store.personas.summaries()),
        trashed=tuple((entry.id, trashed[entry.persona_id]) for entry in entries if entry.persona_id in trashed),
        your_name=store.people.you().name,
        tag_looks=read_looks(store.settings),
    )


def read_delta(store: Store, persona_ids: Collection[PersonaId]) -> LibraryListing:
    """Read some of the library in one snapshot. Runs on a database thread."""
    present, trashed = store.personas.summaries_of(persona_ids)
    entries = {entry.persona_id: entry.id for entry in store.trash.entries() if entry.kind == "persona"}
    return LibraryListing(
        personas=tuple(present),
        trashed=tuple((entries[summary.id], summary) for summary in trashed if summary.id in entries),
        your_name=store.people.you().name,
        tag_looks=read_looks(store.settings),
    )


def copy_persona(store: Store, persona_id: PersonaId) -> Persona:
    """Copy the card with its tags in this library, the avatar and the lorebooks, never the memory."""
    original = store.personas.get(persona_id)
    name = free_name(store.personas, original.card.name)
    tags = store.personas.tags([persona_id])[persona_id]
    card = replace(original.card, name=name, display_name="", tags=tags)
    # The books as they are now: the one in the card may be edited or gone.
    copy = store.personas.create(card, avatar=original.avatar, take_book=False)
    for book in store.lorebooks.own(persona_id):
        made = store.lorebooks.create(book.name, book.raw_json, book.entries, copy.id)
        store.lorebooks.set_enabled(made.id, book.enabled)
    store.lorebooks.read_as(persona_id, copy.id)
    wait_like(store, persona_id, copy.id)
    return copy


def free_name(personas: PersonaDirectory, name: str) -> str:
    """Return `name` with the first free number behind it: "Luna 2", "Luna 3" …"""
    number = 2
    while True:
        suffix = f" {number}"
        candidate = name[: NAME_LIMIT - len(suffix)].rstrip() + suffix
        if personas.named(candidate) is None:
            return candidate
        number += 1


def _pins(personas: PersonaDirectory) -> list[PersonaId]:
    summaries = personas.summaries()
    pinned = [(item.pin_position, item.id) for item in summaries if item.pin_position is not None]
    return [persona_id for _, persona_id in sorted(pinned)]


def _refuse_built_in(persona: Persona) -> None:
    if persona.origin is Origin.BUILT_IN:
        raise Protected(
            f"{persona.card.shown_name} is built in and stays as it is.", "Duplicate it and change the copy."
        )
