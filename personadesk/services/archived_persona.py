"""A persona with what belongs to it, read out of the store for an archive."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from personadesk.domain.archive import ArchivedVoice, PersonaArchive
from personadesk.domain.conversation import Message, Person, SwipeText, models_of
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import PersonaId, PersonId
from personadesk.domain.incoming import (
    IncomingChat,
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
from personadesk.services.ports import PersonaStore, Store

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
        chats=tuple(_chats(store.for_persona(persona_id), people)) if chats else (),
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


def _chats(store: PersonaStore, people: dict[PersonId, Person]) -> Iterator[IncomingChat]:
    for conversation in reversed(store.conversations()):
        swipes = store.swipes(conversation.id)
        messages = [
            IncomingMessage(
                message.role,
                tuple(swipe.text for swipe in kept),
                shown,
                message.created_at,
                models=models_of(kept),
                starred=message.starred,
                pinned=message.pinned,
                note=message.note,
            )
            for message in store.path_tail(conversation.id, WHOLE)
            for kept, shown in (_texts(message, swipes.get(message.id, ())),)
            if kept
        ]
        if messages:
            yield IncomingChat(
                title=conversation.title,
                messages=tuple(messages),
                person_key=person_key(people[conversation.person_id]),
                started_at=conversation.created_at,
            )


def _texts(message: Message, swipes: Sequence[SwipeText]) -> tuple[list[SwipeText], int]:
    """What was written and which of it is shown.

    An archive holds no files of messages, so that their names stand with the words.
    """
    places = [place for place, swipe in enumerate(swipes) if swipe.text.strip()]
    kept = [swipes[place] for place in places]
    # Where the shown one has no words, as a reply that failed, the newest that has some is.
    shown = places.index(message.swipe_index) if message.swipe_index in places else max(len(kept) - 1, 0)
    if not message.attachments:
        return kept, shown
    named = f"[Attached: {', '.join(file.name for file in message.attachments)}]"
    return [SwipeText(f"{swipe.text}\n\n{named}", swipe.model) for swipe in kept] or [SwipeText(named)], shown


def person_key(person: Person) -> str:
    """How an archive tells a person: "" for You, whoever that is where it is opened."""
    return "" if person.is_you else f"personadesk:{person.uuid}"
