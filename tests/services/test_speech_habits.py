"""How one likes to be spoken to, and what a persona says behind a message: in a real store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from personadesk.domain.conversation import Message, Role
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.clock import SystemClock
from personadesk.services.ports import NewSwipe, Store
from personadesk.services.speech.following import Following
from personadesk.services.speech.habits import KeptHabits, SpeechHabits
from personadesk.storage.database import SqliteDatabase, open_database


@pytest.fixture
def database(data_dir: Path) -> Iterator[SqliteDatabase]:
    opened = open_database(data_dir, clock=SystemClock())
    yield opened
    opened.close()


def test_a_persona_that_is_deleted_for_good_is_forgotten_and_one_in_the_trash_is_not(database: SqliteDatabase):
    def make(store: Store) -> tuple[PersonaId, PersonaId, PersonaId]:
        ann, ben, cid = (store.personas.create(PersonaCard(name=name)).id for name in ("Ann", "Ben", "Cid"))
        store.personas.trash(ben)
        return ann, ben, cid

    ann, ben, cid = database.submit_write(make).result(10)
    kept = KeptHabits(database=database)

    async def scenario() -> tuple[SpeechHabits, SpeechHabits]:
        before = await kept.read()
        await kept.change(speed=1.5, personas=frozenset({ann, ben, cid}))
        await kept.change(goes_on=True)
        await database.write(lambda store: store.trash.purge(store.personas.trash(cid)))
        return before, await kept.read()

    before, after = asyncio.run(scenario())

    assert before == SpeechHabits()
    assert after == SpeechHabits(1.5, goes_on=True, personas=frozenset({ann, ben}))


def test_what_follows_is_read_on_through_a_long_conversation(database: SqliteDatabase):
    def make(store: Store) -> list[Message]:
        chat = store.for_persona(store.personas.create(PersonaCard(name="Ann")).id)
        conversation = chat.create_conversation(store.people.you().id)
        return [
            chat.append_message(conversation.id, Role.USER if at % 2 else Role.PERSONA, [NewSwipe(f"Message {at}")])
            for at in range(600)
        ]

    made = database.submit_write(make).result(60)

    async def read() -> list[str]:
        following = Following(made[250], database=database)
        found = []
        while (message := await following.next()) is not None:
            found.append(message.text)
        return found

    assert asyncio.run(read()) == [f"Message {at}" for at in range(252, 600, 2)]
