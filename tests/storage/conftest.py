import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from personadesk.domain.conversation import Conversation, Message, Role
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Persona, PersonaCard
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.database import SqliteDatabase, open_database
from personadesk.storage.places import DATABASE_NAME
from tests.fakes import FakeClock

T = TypeVar("T")


class Desk:
    """A store on a real file, driven from the test's own thread."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database

    def write(self, work: Callable[[Store], T]) -> T:
        return self.database.submit_write(work).result()

    def read(self, work: Callable[[Store], T]) -> T:
        return self.database.submit_read(work).result()

    def persona(self, card: PersonaCard | str) -> Persona:
        return self.write(
            lambda store: store.personas.create(card if isinstance(card, PersonaCard) else PersonaCard(card))
        )

    def conversation(self, persona_id: PersonaId, title: str = "") -> Conversation:
        you = self.read(lambda store: store.people.you())
        return self.write(lambda store: store.for_persona(persona_id).create_conversation(you.id, title))

    def say(self, conversation: Conversation, *texts: str, role: Role = Role.USER) -> list[Message]:
        def work(store: Store) -> list[Message]:
            chat = store.for_persona(conversation.persona_id)
            return [chat.append_message(conversation.id, role, [NewSwipe(text)]) for text in texts]

        return self.write(work)

    def texts(self, conversation: Conversation) -> list[str]:
        def work(store: Store) -> list[Message]:
            return store.for_persona(conversation.persona_id).path_tail(conversation.id, 10_000)

        return [message.text for message in self.read(work)]

    def found(self, persona_id: PersonaId, query: str) -> list[str]:
        """The texts' snippets without their marks, newest first."""
        hits = self.read(lambda store: store.for_persona(persona_id).search(query))
        return [hit.snippet.replace("\ue000", "").replace("\ue001", "") for hit in hits]


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that was just created: copying it is quicker than running the migrations."""
    data_dir = tmp_path_factory.mktemp("new-store")
    open_database(data_dir, clock=FakeClock()).close()
    return data_dir / DATABASE_NAME


@pytest.fixture
def desk(data_dir: Path, clock: FakeClock, new_store: Path) -> Iterator[Desk]:
    shutil.copyfile(new_store, data_dir / DATABASE_NAME)
    database = open_database(data_dir, clock=clock)
    yield Desk(database)
    database.close()
