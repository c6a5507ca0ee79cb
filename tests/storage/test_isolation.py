"""No persona ever sees another's row: through repositories, search or SQL."""

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlcipher3 import dbapi2

from personadesk.domain.conversation import Conversation, Message, Role, SwipeState
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, TrashId
from personadesk.services.ports import NewSwipe, PersonaStore, Store
from personadesk.storage.checks import check_store
from personadesk.storage.database import open_database
from personadesk.storage.places import DATABASE_NAME
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


def raw_connection(data_dir: Path) -> Any:
    connection = dbapi2.connect(str(data_dir / DATABASE_NAME), isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@dataclass(frozen=True, slots=True)
class Pair:
    """Two personas, each with a conversation of two messages."""

    desk: Desk
    mine: tuple[Conversation, list[Message]]
    other: tuple[Conversation, list[Message]]


@pytest.fixture
def pair(desk: Desk) -> Pair:
    sides = []
    for name in ("mine", "other"):
        conversation = desk.conversation(desk.persona(name).id)
        sides.append((conversation, desk.say(conversation, f"{name} one", f"{name} two")))
    return Pair(desk, sides[0], sides[1])


MESSAGE_COLUMNS = (
    "INSERT INTO messages (persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe,"
    " characters, created_at)"
)
SWIPE_COLUMNS = (
    "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
    " created_at, text)"
)


@pytest.mark.parametrize(
    "sql",
    [
        f"{MESSAGE_COLUMNS} VALUES (:mine, :other_conversation, NULL, 9, 1, 'user', 0, 0, 0)",
        f"{MESSAGE_COLUMNS} VALUES (:mine, :my_conversation, :other_message, 9, 1, 'user', 0, 0, 0)",
        f"{SWIPE_COLUMNS} VALUES (:mine, :other_message, 1, 'complete', '', '', 0, 1, 0, 'x')",
        "UPDATE messages SET persona_id = :mine WHERE id = :other_message",
        "UPDATE messages SET persona_id = :mine, conversation_id = :my_conversation, parent_id = NULL, position = 77"
        " WHERE id = :other_message",
        "UPDATE messages SET parent_id = :my_message WHERE id = :other_last",
        "UPDATE conversations SET persona_id = :mine WHERE id = :other_conversation",
        "UPDATE swipes SET persona_id = :mine WHERE message_id = :other_message",
        "UPDATE swipes SET message_id = :my_message, ordinal = 9 WHERE message_id = :other_message",
        "UPDATE personas SET id = 99 WHERE id = :mine",
        "UPDATE personas SET rowid = 99 WHERE id = :mine",
        "UPDATE personas SET uuid = 'stolen' WHERE id = :mine",
        "INSERT INTO path_blocks VALUES (:mine, :other_conversation, 5, 1, 1)",
        "INSERT INTO trash (kind, label, persona_id, conversation_id, deleted_at)"
        " VALUES ('conversation', '', :mine, :other_conversation, 0)",
        "INSERT INTO trash (kind, label, persona_id, conversation_id, message_id, deleted_at)"
        " VALUES ('message', '', :mine, :my_conversation, :other_message, 0)",
        "DELETE FROM personas WHERE id = :other",
        "DELETE FROM conversations WHERE id = :other_conversation",
        "DELETE FROM swipes WHERE message_id = :other_message",
        "INSERT OR REPLACE INTO messages SELECT id, :mine, :my_conversation, NULL, 50, 1, role, 0, 0, 0, NULL"
        " FROM messages WHERE id = :other_message",
        "INSERT OR REPLACE INTO personas SELECT id, 'stolen', origin, built_in_key, fingerprint, name, name_key,"
        " display_name, tagline, avatar, favourite, pin_position, unread, created_at, updated_at, deleted_at, traits,"
        " tags, description, card, raw_json FROM personas WHERE id = :other",
        "UPDATE messages SET shown_swipe = 7 WHERE id = :my_message",
    ],
)
def test_sql_cannot_store_a_row_that_points_across_personas(pair: Pair, sql: str) -> None:
    (mine, my_messages), (other, other_messages) = pair.mine, pair.other
    values = {
        "mine": mine.persona_id,
        "other": other.persona_id,
        "my_conversation": mine.id,
        "other_conversation": other.id,
        "my_message": my_messages[0].id,
        "other_message": other_messages[0].id,
        "other_last": other_messages[1].id,
    }
    connection = raw_connection(pair.desk.database.data_dir)

    with contextlib.closing(connection), pytest.raises(dbapi2.IntegrityError):
        connection.execute(sql, values)

    assert pair.desk.texts(mine) == ["mine one", "mine two"]
    assert pair.desk.texts(other) == ["other one", "other two"]
    assert check_store(pair.desk.database.data_dir).problems == ()


def test_the_id_of_a_persona_that_is_gone_cannot_be_taken_by_sql(desk: Desk) -> None:
    gone = desk.persona("gone")
    trash_id = desk.write(lambda store: store.personas.trash(gone.id))
    desk.write(lambda store: store.trash.purge(trash_id))
    heir = desk.persona("heir")
    connection = raw_connection(desk.database.data_dir)

    with contextlib.closing(connection), pytest.raises(dbapi2.IntegrityError, match="never used again"):
        connection.execute(
            "INSERT INTO personas SELECT ?, 'u', origin, '', '', 'new', 'new', '', '', NULL, 0, NULL, 0, 0, 0, NULL,"
            " '[]', '[]', '', '{}', '' FROM personas WHERE id = ?",
            (gone.id, heir.id),
        )


class Asks(Protocol):
    def __call__(self, own: PersonaStore, other: Conversation, message: Message) -> object: ...


@pytest.mark.parametrize(
    "ask",
    [
        lambda own, other, _: own.conversation(other.id),
        lambda own, other, _: own.transcript(other.id, 5),
        lambda own, other, _: own.block(other.id, 0),
        lambda own, other, _: own.path_tail(other.id, 5),
        lambda own, other, _: own.rename_conversation(other.id, "x"),
        lambda own, other, _: own.save_draft(other.id, "x"),
        lambda own, other, _: own.trash_conversation(other.id),
        lambda own, other, _: own.append_message(other.id, Role.USER, [NewSwipe("x")]),
        lambda own, _, message: own.message(message.id),
        lambda own, _, message: own.add_swipe(message.id, NewSwipe("x")),
        lambda own, _, message: own.show_swipe(message.id, 0),
        lambda own, _, message: own.update_swipe(message.swipe_id, "x", SwipeState.COMPLETE),
        lambda own, _, message: own.edit_message(message.id, "x"),
        lambda own, _, message: own.trash_message(message.id),
        lambda own, _, message: own.truncate_after(message.id),
    ],
)
def test_a_store_of_one_persona_does_not_know_anothers_ids(pair: Pair, ask: Asks) -> None:
    other, messages = pair.other

    with pytest.raises(NotFound):
        pair.desk.write(lambda store: ask(store.for_persona(pair.mine[0].persona_id), other, messages[0]))

    assert pair.desk.texts(other) == ["other one", "other two"]


def test_searching_in_anothers_conversation_finds_nothing(pair: Pair) -> None:
    mine, other = pair.mine[0], pair.other[0]

    hits = pair.desk.read(lambda store: store.for_persona(mine.persona_id).search("one", conversation_id=other.id))

    assert hits == []


@dataclass(slots=True)
class Known:
    """What a persona should hold: `path` is the visible active path of each of its conversations."""

    secret: str
    path: dict[ConversationId, list[tuple[MessageId, str]]] = field(default_factory=dict)
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)


class Isolation(RuleBasedStateMachine):
    """Personas that each know one secret word, and whatever may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="pd-isolation-"))
        self.database = open_database(self.folder, clock=FakeClock())
        self.desk = Desk(self.database)
        self.living: dict[PersonaId, Known] = {}
        self.trashed: dict[TrashId, tuple[PersonaId, Known]] = {}
        self.ids: set[PersonaId] = set()

    def teardown(self) -> None:
        try:
            assert check_store(self.folder).problems == ()
        finally:
            self.database.close()
            shutil.rmtree(self.folder)

    def pick(self, data: st.DataObject) -> tuple[PersonaId, Known]:
        return data.draw(st.sampled_from(sorted(self.living.items(), key=lambda item: item[0])), label="persona")

    def pick_message(self, data: st.DataObject) -> tuple[PersonaId, Known, ConversationId, int] | None:
        persona_id, known = self.pick(data)
        places = [(conversation, at) for conversation, path in known.path.items() for at in range(len(path))]
        if not places:
            return None
        conversation, at = data.draw(st.sampled_from(places), label="message")
        return persona_id, known, conversation, at

    @initialize()
    def begin_with_two(self) -> None:
        self.create()
        self.create()

    @rule()
    def create(self) -> None:
        number = len(self.ids)
        persona = self.desk.persona(f"Persona {number}")
        assert persona.id not in self.ids, "an id was given out twice"
        self.ids.add(persona.id)
        self.living[persona.id] = Known(f"secret{number:03}x")
        assert self.desk.read(lambda store: store.for_persona(persona.id).conversations()) == []

    @precondition(lambda self: self.living)
    @rule(data=st.data(), lines=st.integers(1, 3))
    def chat(self, data: st.DataObject, lines: int) -> None:
        persona_id, known = self.pick(data)
        if not known.conversations or data.draw(st.booleans(), label="new conversation"):
            made = self.desk.conversation(persona_id)
            known.conversations[made.id] = made
            known.path[made.id] = []
        conversation = known.conversations[data.draw(st.sampled_from(sorted(known.path)), label="conversation")]
        texts = [f"{known.secret} line {number}" for number in range(lines)]
        said = self.desk.say(conversation, *texts)
        known.path[conversation.id] += [(message.id, message.text) for message in said]

    @precondition(lambda self: self.living)
    @rule(data=st.data(), edit=st.booleans())
    def change(self, data: st.DataObject, edit: bool) -> None:
        if picked := self.pick_message(data):
            persona_id, known, conversation, at = picked
            message_id = known.path[conversation][at][0]
            text = f"{known.secret} {'edited' if edit else 'swiped'}"

            def work(store: Store) -> Message:
                own = store.for_persona(persona_id)
                if edit:
                    return own.edit_message(message_id, text)
                return own.add_swipe(message_id, NewSwipe(text))

            assert self.desk.write(work).text == text
            known.path[conversation][at] = (message_id, text)

    @precondition(lambda self: self.living)
    @rule(data=st.data(), truncate=st.booleans())
    def remove(self, data: st.DataObject, truncate: bool) -> None:
        if picked := self.pick_message(data):
            persona_id, known, conversation, at = picked
            message_id = known.path[conversation][at][0]

            def work(store: Store) -> None:
                own = store.for_persona(persona_id)
                if truncate:
                    own.truncate_after(message_id)
                else:
                    own.trash_message(message_id)

            self.desk.write(work)
            path = known.path[conversation]
            known.path[conversation] = path[: at + 1] if truncate else path[:at] + path[at + 1 :]

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def trash(self, data: st.DataObject) -> None:
        persona_id, known = self.pick(data)
        trash_id = self.desk.write(lambda store: store.personas.trash(persona_id))
        del self.living[persona_id]
        self.trashed[trash_id] = (persona_id, known)

    @precondition(lambda self: self.trashed)
    @rule(data=st.data(), back=st.booleans())
    def restore_or_purge(self, data: st.DataObject, back: bool) -> None:
        trash_id = data.draw(st.sampled_from(sorted(self.trashed)), label="trash")
        persona_id, known = self.trashed.pop(trash_id)
        if back:
            self.desk.write(lambda store: store.trash.restore(trash_id))
            self.living[persona_id] = known
        else:
            self.desk.write(lambda store: store.trash.purge(trash_id))

    @precondition(lambda self: len(self.living) > 1)
    @rule(data=st.data())
    def reach_across_by_sql(self, data: st.DataObject) -> None:
        thief = self.pick(data)[0]
        victim = self.pick_message(data)
        if victim is None or victim[0] == thief:
            return
        connection = raw_connection(self.folder)
        with contextlib.closing(connection):
            for sql, values in (
                ("UPDATE messages SET persona_id = ? WHERE conversation_id = ?", (thief, victim[2])),
                ("UPDATE conversations SET persona_id = ? WHERE id = ?", (thief, victim[2])),
                (f"{MESSAGE_COLUMNS} VALUES (?, ?, NULL, 999, 1, 'user', 0, 0, 0)", (thief, victim[2])),
            ):
                with pytest.raises(dbapi2.IntegrityError):
                    connection.execute(sql, values)

    @invariant()
    def everyone_sees_their_own_and_nothing_else(self) -> None:
        everyone = [*self.living.values(), *(known for _, known in self.trashed.values())]

        def work(store: Store) -> None:
            assert {item.id for item in store.personas.summaries()} == set(self.living)
            for persona_id, known in self.living.items():
                own = store.for_persona(persona_id)
                seen = {
                    item.id: [(message.id, message.text) for message in own.path_tail(item.id, 1_000)]
                    for item in own.conversations()
                }
                assert seen == known.path
                for other in everyone:
                    hits = {hit.message_id for hit in own.search(other.secret, limit=1_000)}
                    expected = {key for path in known.path.values() for key, _ in path} if other is known else set()
                    assert hits == expected

        self.desk.read(work)


IsolationTest = Isolation.TestCase
IsolationTest.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
