"""Lorebooks on the shelf: looking, making, changing, sharing, bringing in and giving out, and trying them."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import TypeVar

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.chat import ModelState
from personadesk.domain.conversation import Message, Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import ConversationId, LorebookId, PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.formats.lorebook import read_book, write_book, write_standalone, write_world
from personadesk.formats.lorebook_files import NAME_LIMIT, read_lorebook
from personadesk.services.lorebook import Activation, LoreLine, LoreSettings, LoreState, fire, settle
from personadesk.services.memory_prompt import called
from personadesk.services.ports import ChatModel, Database, Publish, Store
from personadesk.services.prompt_lore import BRIEF_ENTRIES, greeting_index
from personadesk.services.prompt_material import HISTORY_MESSAGES
from personadesk.services.prompt_text import Cast

T = TypeVar("T")

UNNAMED = "Lorebook"


class LoreFile(StrEnum):
    """What a book can be exported as."""

    STANDALONE = "lorebook_v3"
    SILLYTAVERN = "sillytavern"


@dataclass(frozen=True, slots=True)
class LoreScene:
    """Where a conversation stands: what keys are looked for in, oldest first, and what is timed in it."""

    lines: tuple[LoreLine, ...] = ()
    settings: LoreSettings = field(default_factory=LoreSettings)
    state: LoreState = field(default_factory=LoreState)


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A book of the shelf with what is in it."""

    shelved: ShelvedBook
    book: Lorebook


class LorebookService:
    """Asynchronous, for the engine thread. Every write publishes a ChangeSet with `lorebooks`."""

    def __init__(self, *, database: Database, publish: Publish, model: ChatModel) -> None:
        self._database = database
        self._publish = publish
        self._model = model

    # -- looking

    async def shelf(self) -> list[ShelvedBook]:
        """Every book, by name, without its text."""
        return await self._database.read(lambda store: store.lorebooks.shelf())

    async def both(self) -> tuple[list[ShelvedBook], list[ShelvedBook]]:
        """The shelf, and what has been moved to the trash, newest first."""
        return await self._database.read(lambda store: (store.lorebooks.shelf(), store.lorebooks.trashed()))

    async def own(self, persona_id: PersonaId) -> OpenBook | None:
        """The book of the persona's card, or the first of its own; None where it has none."""

        def work(store: Store) -> OpenBook | None:
            own = store.lorebooks.own(persona_id)
            return _opened(own[0]) if own else None

        return await self._database.read(work)

    async def read_by(self, persona_id: PersonaId) -> list[OpenBook]:
        """The enabled books a persona reads: its own first, then the shared ones. One that can't be read is
        left out, as it is from a prompt."""

        def work(store: Store) -> list[OpenBook]:
            books = []
            for shelved in store.lorebooks.for_persona(persona_id):
                with suppress(UserFacingError):
                    books.append(_opened(shelved))
            return books

        return await self._database.read(work)

    async def open(self, lorebook_id: LorebookId) -> OpenBook:
        """Raises NotFound."""
        return await self._database.read(lambda store: _opened(store.lorebooks.get(lorebook_id)))

    async def scene(self, persona_id: PersonaId, conversation_id: ConversationId | None = None) -> LoreScene:
        """The end of a conversation, by default of the one used last; an empty scene where there is none."""

        def work(store: Store) -> LoreScene:
            chat = store.for_persona(persona_id)
            conversations = chat.conversations()
            chosen = conversation_id or next((item.id for item in conversations), None)
            if chosen is None:
                return LoreScene()
            card = store.personas.get(persona_id).card
            person_id = chat.conversation(chosen).person_id
            name = called(store.people.you().name, store.memories(persona_id).acquaintance(person_id))
            cast = Cast.of(card, name)
            path = chat.path_tail(chosen, HISTORY_MESSAGES)
            earlier = path[0].position if path else 0
            settings = LoreSettings(
                earlier=earlier,
                # As a prompt reckons: every other message of those before is the persona's.
                earlier_replies=earlier // 2,
                greeting=greeting_index(card, path),
                macros=cast.macros,
            )
            lines = tuple(_line(message, cast) for message in path if message.text.strip())
            return LoreScene(lines, settings, LoreState.from_json(store.lorebooks.state(persona_id, chosen)))

        return await self._database.read(work)

    def most_told(self) -> int | None:
        """How many entries the model in use is told at most; None for all that find room."""
        return BRIEF_ENTRIES if self._model.info.small else None

    async def test(self, books: Sequence[Lorebook], text: str, scene: LoreScene | None = None) -> Activation:
        """What these books would tell after a text, or after a scene and then the text where there is one.

        Nothing is stored. One text draws the same lots each time. Tokens are counted by the model where
        it is awake, and estimated where it rests.
        """
        scene = scene or LoreScene()
        lines = (*scene.lines, LoreLine(text)) if text.strip() else scene.lines
        if not lines:
            return Activation()
        settings = replace(scene.settings, context_tokens=self._model.info.context_tokens)
        firing = await asyncio.to_thread(
            fire, books, lines, settings=settings, state=scene.state, random=Random(lines[-1].text)
        )
        awake = self._model.status.state is ModelState.READY
        tokens = await self._model.count_tokens(firing.texts) if awake else list(map(rough_tokens, firing.texts))
        return settle(firing, tokens, settings.budget_tokens)

    # -- changing

    async def create(self, name: str, persona_id: PersonaId | None = None) -> ShelvedBook:
        """Put an empty book on the shelf. Raises InvalidInput(field="name")."""
        text = write_book(Lorebook(name=name))
        return await self._write(lambda store: store.lorebooks.create(name, text, 0, persona_id))

    async def save(self, lorebook_id: LorebookId, book: Lorebook) -> ShelvedBook:
        """Lay the edited book over what was received. Raises NotFound, InvalidInput(field="name")."""
        return await self._write(lambda store: _laid(store, store.lorebooks.get(lorebook_id), book))

    async def save_own(self, persona_id: PersonaId, book: Lorebook) -> ShelvedBook:
        """Save a persona's own book; one that has none yet gets it."""

        return await self._write(lambda store: keep_own(store, persona_id, book))

    async def rename(self, lorebook_id: LorebookId, name: str) -> ShelvedBook:
        """Raises InvalidInput(field="name")."""

        def work(store: Store) -> ShelvedBook:
            shelved = store.lorebooks.get(lorebook_id)
            text = write_book(replace(_opened(shelved).book, name=" ".join(name.split())), shelved.raw_json)
            return store.lorebooks.update(lorebook_id, name, text, shelved.entries)

        return await self._write(work)

    async def set_enabled(self, lorebook_id: LorebookId, enabled: bool) -> None:
        await self._write(lambda store: store.lorebooks.set_enabled(lorebook_id, enabled))

    async def set_readers(self, lorebook_id: LorebookId, readers: Collection[PersonaId]) -> None:
        """Open a shared book to exactly these. Raises InvalidInput for a book of one persona's own."""
        await self._write(lambda store: store.lorebooks.set_readers(lorebook_id, readers))

    async def set_reads(self, lorebook_id: LorebookId, persona_id: PersonaId, reads: bool) -> None:
        """Let one persona read a shared book, or no longer."""

        def work(store: Store) -> None:
            readers = store.lorebooks.get(lorebook_id).shared_with
            store.lorebooks.set_readers(lorebook_id, readers | {persona_id} if reads else readers - {persona_id})

        await self._write(work)

    async def trash(self, lorebook_id: LorebookId) -> None:
        """Put a book away; `restore` brings it back."""
        await self._write(lambda store: store.lorebooks.trash(lorebook_id))

    async def restore(self, lorebook_id: LorebookId) -> None:
        await self._write(lambda store: store.lorebooks.restore(lorebook_id))

    async def duplicate(self, lorebook_id: LorebookId) -> ShelvedBook:
        """Copy a book under the next free name; the copy is a shared one that nobody reads yet."""

        def work(store: Store) -> ShelvedBook:
            shelved = store.lorebooks.get(lorebook_id)
            name = _free_name(shelved.name, {item.name.casefold() for item in store.lorebooks.shelf()})
            text = write_book(replace(_opened(shelved).book, name=name), shelved.raw_json)
            return store.lorebooks.create(name, text, shelved.entries)

        return await self._write(work)

    # -- files

    async def import_file(self, content: bytes, name: str, persona_id: PersonaId | None = None) -> ShelvedBook:
        """Put a file's book on the shelf, as received. Raises UserFacingError for what is no lorebook."""

        incoming = await asyncio.to_thread(read_lorebook, content, name)

        def work(store: Store) -> ShelvedBook:
            return store.lorebooks.create(incoming.name or UNNAMED, incoming.raw_json, incoming.entries, persona_id)

        return await self._write(work)

    async def export(self, lorebook_id: LorebookId, kind: LoreFile) -> bytes:
        """The book in a file of its own: Character Card V3's, or SillyTavern's."""

        def work(store: Store) -> bytes:
            book = _opened(store.lorebooks.get(lorebook_id)).book
            text = write_world(book) if kind is LoreFile.SILLYTAVERN else write_standalone(book)
            return text.encode("utf-8")

        return await self._database.read(work)

    # -- inside

    async def _write(self, work: Callable[[Store], T]) -> T:
        result = await self._database.write(work)
        self._publish(ChangeSet(lorebooks=True))
        return result


def keep_own(store: Store, persona_id: PersonaId, book: Lorebook) -> ShelvedBook:
    """Lay an edited book over the persona's own; one that has none yet gets it. Raises InvalidInput."""
    own = store.lorebooks.own(persona_id)
    if own:
        return _laid(store, own[0], book)
    name = book.name or store.personas.get(persona_id).card.name
    return store.lorebooks.create(name[:NAME_LIMIT], write_book(book), len(book.entries), persona_id)


def rough_tokens(text: str) -> int:
    """About how many tokens a text has, without asking a model, rather too many than too few.

    Four letters of ASCII to one, two of other alphabets, one of a CJK script.
    """
    if text.isascii():
        return (len(text) + 3) // 4
    wide = sum(1 for letter in text if "\u2e80" <= letter <= "\ud7ff" or letter >= "\U00020000")
    plain = len(text.encode("ascii", "ignore"))
    return wide + (plain + 3) // 4 + (len(text) - wide - plain + 1) // 2


def _line(message: Message, cast: Cast) -> LoreLine:
    from_persona = message.role is Role.PERSONA
    return LoreLine(message.text, cast.char if from_persona else cast.user, from_persona)


def _opened(shelved: ShelvedBook) -> OpenBook:
    return OpenBook(shelved, replace(read_book(shelved.raw_json, shelved.name), uid=shelved.uuid))


def _laid(store: Store, shelved: ShelvedBook, book: Lorebook) -> ShelvedBook:
    text = write_book(book, shelved.raw_json)
    return store.lorebooks.update(shelved.id, book.name or shelved.name, text, len(book.entries))


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    while True:
        mark = f" ({number})"
        free = name[: NAME_LIMIT - len(mark)] + mark
        if free.casefold() not in taken:
            return free
        number += 1
