"""A persona with what belongs to it, read out of the store for an archive."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from personadesk.domain.archive import ArchivedVoice, PersonaArchive
from personadesk.domain.conversation import Attachment, Message, Person, SwipeText, models_of
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import PersonaId, PersonId
from personadesk.domain.incoming import (
    IncomingChat,
    IncomingFile,
    IncomingLorebook,
    IncomingMemories,
    IncomingMemory,
    IncomingMessage,
)
from personadesk.domain.memory import Memory
from personadesk.domain.voice import VoiceChoice
from personadesk.formats.card_book import with_book
from personadesk.formats.character_card import write_card_json
from personadesk.formats.picture_heads import picture_type
from personadesk.services.attached_files import with_names
from personadesk.services.ports import PersonaStore, Store

FILES_LIMIT_BYTES = 128 * 1024 * 1024
"""Of the files in conversations, the first that fit: an archive may unpack to 200 MB."""
WHOLE = 1_000_000
"""More messages than a conversation has."""


def read_persona(store: Store, persona_id: PersonaId, *, memories: bool, chats: bool) -> PersonaArchive:
    """Runs within one read of the store. What is in the trash stays out."""
    persona = store.personas.get(persona_id)
    card = persona.card
    books = store.lorebooks.own(persona_id)
    received = store.versions.received(persona_id)
    avatar = store.assets.path(persona.avatar).read_bytes() if persona.avatar else b""
    people = {person.id: person for person in store.people.all()}
    return PersonaArchive(
        card_json=with_book(write_card_json(card), books[0].raw_json if books else None),
        avatar=avatar,
        media_type=picture_type(avatar) or ("image/svg+xml" if avatar else ""),
        original=store.assets.path(received.sha256).read_bytes() if received else b"",
        original_name=received.name if received else "",
        lorebooks=tuple(IncomingLorebook(book.name, book.raw_json, book.entries) for book in books[1:]),
        voice=_voice(store, card.voice),
        memories=tuple(_memories(store.memories(persona_id).memories(), people)) if memories else (),
        chats=tuple(_chats(store.for_persona(persona_id), people, _Files(store))) if chats else (),
    )


def _voice(store: Store, voice: VoiceChoice) -> ArchivedVoice | None:
    if voice == VoiceChoice():
        return None
    try:
        sample = store.assets.path(voice.sample).read_bytes() if voice.sample else b""
    except NotFound:
        sample = b""  # all else of the persona is not lost with it
    return ArchivedVoice(json.dumps(asdict(voice)), sample, voice.sample_name)


def _memories(known: list[Memory], people: dict[PersonId, Person]) -> Iterator[IncomingMemories]:
    by_person: dict[PersonId | None, list[Memory]] = {}
    for memory in known:
        by_person.setdefault(memory.person_id, []).append(memory)
    for person_id, theirs in by_person.items():
        person = None if person_id is None else people[person_id]
        key = None if person is None else person_key(person)
        told = tuple(
            IncomingMemory(
                kind=memory.kind,
                text=memory.text,
                source=memory.source,
                learned_at=memory.learned_at or memory.created_at,
                context=memory.context,
                category=memory.category,
                times_observed=memory.times_observed,
            )
            for memory in theirs
        )
        yield IncomingMemories(told, key, "" if person is None or person.is_you else person.name)


class _Files:
    """The files of messages, as far as they are there and an archive takes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._room = FILES_LIMIT_BYTES
        self._known: dict[str, bytes] = {}

    def with_message(
        self, message: Message, swipes: Sequence[SwipeText], attached: Sequence[Attachment]
    ) -> IncomingMessage | None:
        """A message with its files; None where it holds neither words nor files."""
        found = [(file.name, self._of(file)) for file in attached]
        kept, shown = _texts(message, swipes, [name for name, file in found if file is None])
        if not kept:
            return None
        return IncomingMessage(
            message.role,
            tuple(swipe.text for swipe in kept),
            shown,
            message.created_at,
            models=models_of(kept),
            starred=message.starred,
            pinned=message.pinned,
            note=message.note,
            files=tuple(file for _, file in found if file is not None),
        )

    def _of(self, attachment: Attachment) -> IncomingFile | None:
        content = self._known.get(attachment.sha256)
        if content is None:
            try:
                content = self._store.assets.path(attachment.sha256).read_bytes()
            except (NotFound, OSError):
                return None  # all else of the conversation is not lost with it
            if len(content) > self._room:
                return None
            self._room -= len(content)
            self._known[attachment.sha256] = content
        return IncomingFile(attachment.name, attachment.media_type, content, attachment.text)


def _chats(store: PersonaStore, people: dict[PersonId, Person], files: _Files) -> Iterator[IncomingChat]:
    for conversation in reversed(store.conversations()):
        swipes = store.swipes(conversation.id)
        path = store.path_tail(conversation.id, WHOLE)
        attached = store.attachments_of([message.id for message in path if message.attachments])
        messages = [
            archived
            for message in path
            if (archived := files.with_message(message, swipes.get(message.id, ()), attached.get(message.id, ())))
        ]
        if messages:
            yield IncomingChat(
                title=conversation.title,
                messages=tuple(messages),
                person_key=person_key(people[conversation.person_id]),
                started_at=conversation.created_at,
            )


def _texts(message: Message, swipes: Sequence[SwipeText], left_out: list[str]) -> tuple[list[SwipeText], int]:
    """What was written, with the names of the files that don't come along, and which of it is shown."""
    places = [place for place, swipe in enumerate(swipes) if swipe.text.strip()]
    kept = [swipes[place] for place in places]
    # Where the shown one has no words, as a reply that failed, the newest that has some is.
    shown = places.index(message.swipe_index) if message.swipe_index in places else max(len(kept) - 1, 0)
    if not kept and message.attachments:
        kept = [SwipeText("")]
    return [SwipeText(with_names(swipe.text, left_out), swipe.model) for swipe in kept], shown


def person_key(person: Person) -> str:
    """How an archive tells a person: "" for You, whoever that is where it is opened."""
    return "" if person.is_you else f"personadesk:{person.uuid}"
