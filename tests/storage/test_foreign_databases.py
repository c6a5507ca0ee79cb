import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import (
    Incoming,
    IncomingChat,
    IncomingMemories,
    IncomingMemory,
    IncomingPersona,
)
from personadesk.domain.memory import MemoryKind
from personadesk.domain.migration import SourceKind
from personadesk.storage.foreign_databases import SqliteForeignDatabases

NAME = "foreign.db"

MYBELLA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password_hash TEXT);
CREATE TABLE persona_profiles (
    id INTEGER PRIMARY KEY, name VARCHAR(50), display_name, description TEXT, profile_picture, personality_traits TEXT,
    voice_id, custom_voice_url, is_custom BOOLEAN, user_id INTEGER
);
CREATE TABLE chat_messages (
    id INTEGER PRIMARY KEY, user_id INTEGER, memory_id INTEGER, persona_id INTEGER, role TEXT, content TEXT,
    persona TEXT, timestamp DATETIME, tokens INTEGER, model, has_crisis_keywords BOOLEAN, sentiment
);
CREATE TABLE conversation_memories (
    id INTEGER PRIMARY KEY, user_id INTEGER, persona TEXT, persona_id INTEGER, started_at, last_updated,
    summary TEXT, key_topics TEXT, user_mood, important_facts TEXT, message_count
);
CREATE TABLE user_preferences (
    id INTEGER PRIMARY KEY, user_id INTEGER, persona_id INTEGER, category, key, value, confidence FLOAT,
    learned_from, first_observed, last_confirmed, times_observed INTEGER
);
CREATE TABLE chats (id INTEGER PRIMARY KEY, user_id, title TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY, user_id, chat_id, role, content, persona, timestamp);
INSERT INTO users VALUES (1, 'Robin', 'robin@example.invalid', 'pbkdf2:secret');
INSERT INTO persona_profiles (id, name, display_name, description, personality_traits, voice_id) VALUES
    (1, 'Isabella', NULL, 'Warm.', 'kind, curious', NULL),
    (2, 'Luna', 'Luna the Motivator', 'Loud.', 'loud', 'v1');
"""

MEMU = """
CREATE TABLE resources (id TEXT, user_id TEXT, agent_id TEXT, url, modality, local_path, caption, created_at);
CREATE TABLE memory_items (
    id TEXT PRIMARY KEY, user_id TEXT, agent_id TEXT, resource_id TEXT, memory_type TEXT, summary TEXT, created_at
);
CREATE TABLE categories (id TEXT PRIMARY KEY, user_id, agent_id, name TEXT, description, summary, created_at);
CREATE TABLE category_items (item_id TEXT, category_id TEXT, user_id, agent_id);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def make(folder: Path, *scripts: str, name: str = NAME) -> None:
    with closing(dbapi2.connect(str(folder / name))) as connection:
        for script in scripts:
            connection.executescript(script)


def brought(folder: Path, kind: SourceKind = SourceKind.MYBELLA, name: str = NAME) -> list[tuple[str, Incoming]]:
    return list(SqliteForeignDatabases().bring(folder, name, kind))


def sniffed(folder: Path, name: str = NAME) -> SourceKind | None:
    return SqliteForeignDatabases().sniff(folder, name)


def chats(found: list[tuple[str, Incoming]]) -> Iterator[tuple[str, IncomingChat]]:
    return ((persona, each) for persona, each in found if isinstance(each, IncomingChat))


def memories(found: list[tuple[str, Incoming]]) -> Iterator[tuple[str, IncomingMemories]]:
    return ((persona, each) for persona, each in found if isinstance(each, IncomingMemories))


def said(chat: IncomingChat) -> list[str]:
    return [message.swipes[0] for message in chat.messages]


# MyBella


def test_mybellas_personas_become_cards(folder: Path) -> None:
    make(folder, MYBELLA)

    found = dict(brought(folder))

    assert sniffed(folder) is SourceKind.MYBELLA
    luna = found["Luna"]
    assert isinstance(luna, IncomingPersona)
    assert (luna.card.display_name, luna.card.description, luna.card.traits) == (
        "Luna the Motivator",
        "Loud.",
        ("loud",),
    )
    assert '"voice_id": "v1"' in luna.card.raw_json
    isabella = found["Isabella"]
    assert isinstance(isabella, IncomingPersona)
    assert isabella.card.traits == ("kind", "curious")


def test_traits_that_are_prose_become_the_personality(folder: Path) -> None:
    prose = "She is someone who listens before she says anything at all, ever"
    make(folder, MYBELLA, f"UPDATE persona_profiles SET personality_traits = '{prose}' WHERE id = 1")

    isabella = dict(brought(folder))["Isabella"]

    assert isinstance(isabella, IncomingPersona)
    assert (isabella.card.personality, isabella.card.traits) == (prose, ())


def test_a_message_belongs_to_the_persona_it_names_not_to_a_reused_id(folder: Path) -> None:
    make(
        folder,
        MYBELLA,
        """INSERT INTO chat_messages (id, user_id, memory_id, persona_id, role, content, persona, timestamp) VALUES
            (1, 1, 5, 2, 'user', 'to Isabella', 'isabella', '2025-01-01 10:00:00.000000'),
            (2, 1, 5, 2, 'assistant', 'to you', 'Luna the Motivator', '2025-01-01 10:00:01.000000'),
            (3, 1, 5, 2, 'user', 'no name', NULL, '2025-01-01 10:00:02.000000'),
            (4, 1, 5, 2, 'user', 'to one who is gone', 'Maya', '2025-01-01 10:00:03.000000'),
            (5, 1, NULL, 99, 'user', 'to nobody', '', NULL)""",
    )

    found = {persona: said(chat) for persona, chat in chats(brought(folder))}

    assert found == {
        "Isabella": ["to Isabella"],
        "Luna": ["to you", "no name"],
        "Maya": ["to one who is gone"],
        "": ["to nobody"],
    }


def test_a_chat_is_one_thread_with_one_user_oldest_first(folder: Path) -> None:
    make(
        folder,
        MYBELLA,
        """INSERT INTO chat_messages (id, user_id, memory_id, role, content, persona, timestamp) VALUES
            (1, 1, 1, 'assistant', 'second', 'Luna', '2025-01-01 10:00:09'),
            (2, 1, 1, 'user', 'third', 'Luna', NULL),
            (3, 1, 1, 'user', 'first', 'Luna', '2025-01-01 10:00:00'),
            (4, 1, 2, 'user', 'another thread', 'Luna', '2025-01-01 10:00:00'),
            (5, 2, 1, 'user', 'another user', 'Luna', '2025-01-01 10:00:00'),
            (6, 1, 1, 'system', 'hidden', 'Luna', NULL),
            (7, 1, 1, 'user', NULL, 'Luna', NULL)""",
    )

    found = [chat for _, chat in chats(brought(folder))]

    assert [(chat.person_key, said(chat)) for chat in found] == [
        ("mybella:1", ["first", "second", "third"]),
        ("mybella:1", ["another thread"]),
        ("mybella:2", ["another user"]),
    ]
    assert [message.role for message in found[0].messages] == [Role.USER, Role.PERSONA, Role.USER]
    assert found[0].started_at == datetime(2025, 1, 1, 10, tzinfo=UTC)


def test_the_older_messages_come_too_and_a_single_user_is_you(folder: Path) -> None:
    make(
        folder,
        MYBELLA,
        """INSERT INTO chats VALUES (3, 1, 'Evening');
        INSERT INTO messages VALUES (1, 1, 3, 'user', 'Hi', 'Luna', '2024-01-01 00:00:00'),
            (2, 1, 3, 'bot', 'Hello', 'Luna', '2024-01-01 00:00:01')""",
    )

    ((persona, chat),) = chats(brought(folder))

    assert (persona, chat.title, chat.person_key, said(chat)) == ("Luna", "Evening", "", ["Hi", "Hello"])
    assert chat.messages[1].role is Role.PERSONA


def test_what_it_noted_becomes_memories(folder: Path) -> None:
    make(
        folder,
        MYBELLA,
        """INSERT INTO conversation_memories VALUES
            (1, 1, 'Luna', 1, '2025-01-01', '2025-01-02 08:00:00', 'They ran.', 'sport, health', 'happy',
             '["Runs daily", {"fact": "Has a dog"}, {"pet": 1}]', 9),
            (2, 1, 'Luna', 1, NULL, NULL, NULL, NULL, NULL, '{"city": "Bern"}', 0),
            (3, 1, 'Luna', 1, NULL, NULL, '', '["a", "b"]', NULL, '- Likes tea', 0);
        INSERT INTO user_preferences VALUES
            (1, 1, 2, 'topics', 'music', 'jazz', 0.9, 'conversation', NULL, '2025-02-01', 4),
            (2, 1, NULL, 'style', 'tone', 'brief', 1.0, NULL, 'x', NULL, 'many')""",
    )

    found = list(memories(brought(folder)))

    assert [(persona, each.person_key) for persona, each in found] == [("Luna", ""), ("", "")]
    at = datetime(2025, 1, 2, 8, tzinfo=UTC)
    topics = "sport, health"
    assert found[0][1].memories == (
        IncomingMemory(MemoryKind.SUMMARY, "They ran.", "conversation", at, "happy", topics),
        IncomingMemory(MemoryKind.FACT, "Runs daily", "conversation", at, "", topics),
        IncomingMemory(MemoryKind.FACT, "Has a dog", "conversation", at, "", topics),
        IncomingMemory(MemoryKind.FACT, '{"pet": 1}', "conversation", at, "", topics),
        IncomingMemory(MemoryKind.FACT, "city: Bern", "conversation"),
        IncomingMemory(MemoryKind.FACT, "Likes tea", "conversation", category="a, b"),
        IncomingMemory(
            MemoryKind.PREFERENCE,
            "music: jazz",
            "conversation",
            datetime(2025, 2, 1, tzinfo=UTC),
            category="topics",
            times_observed=4,
        ),
    )
    assert found[1][1].memories == (IncomingMemory(MemoryKind.PREFERENCE, "tone: brief", category="style"),)


def test_nothing_of_the_accounts_comes_along(folder: Path) -> None:
    make(folder, MYBELLA, "INSERT INTO chat_messages (user_id, role, content) VALUES (1, 'user', 'x')")

    everything = repr(brought(folder))

    assert "robin" not in everything.lower()
    assert "secret" not in everything


def test_missing_tables_and_columns_and_odd_values_are_no_matter(folder: Path) -> None:
    make(
        folder,
        """CREATE TABLE chat_messages (role, content, persona);
        INSERT INTO chat_messages VALUES
            ('USER', x'ff41', 5), ('assistant', 7.5, x'00'), (1, 2, 3), ('user', 'x', NULL)""",
    )

    found = {persona: said(chat) for persona, chat in chats(brought(folder))}

    assert found == {"5": ["\ufffdA"], "\ufffd": ["7.5"], "": ["x"]}


def test_text_that_is_no_utf8_is_read(folder: Path) -> None:
    make(folder, MYBELLA, "INSERT INTO chat_messages (role, content) VALUES ('user', CAST(x'41ff' AS TEXT))")

    assert [said(chat) for _, chat in chats(brought(folder))] == [["A\ufffd"]]


# memU


def test_memus_items_become_memories_with_their_categories(folder: Path) -> None:
    make(
        folder,
        MEMU,
        """INSERT INTO memory_items VALUES
            ('1', 'robin', 'Ada', NULL, 'profile', 'Is 30', '2025-01-01 10:00:00'),
            ('2', 'robin', 'Ada', NULL, 'event', 'Went out', NULL),
            ('3', 'robin', 'Ada', NULL, 'knowledge', 'Knows C', 'x'),
            ('4', 'robin', 'Ada', NULL, 'behavior', 'Sleeps late', NULL),
            ('5', 'robin', 'Ada', NULL, NULL, 'Untyped', NULL),
            ('6', 'kim', 'Ada', NULL, 'event', 'Kim came', NULL),
            ('7', NULL, NULL, NULL, 'event', 'Nobody''s', NULL),
            ('8', 'kim', 'Ada', NULL, 'event', NULL, NULL);
        INSERT INTO categories VALUES
            ('c1', NULL, NULL, 'personal_info', '', '', ''), ('c2', '', '', 'habits', '', '', '');
        INSERT INTO category_items VALUES ('1', 'c1', '', ''), ('1', 'c2', '', ''), ('2', 'gone', '', '')""",
    )

    assert sniffed(folder) is SourceKind.MEMU
    found = list(memories(brought(folder, SourceKind.MEMU)))

    assert [(persona, each.person_key, each.person_name) for persona, each in found] == [
        ("Ada", "memu:robin", "robin"),
        ("Ada", "memu:kim", "kim"),
        ("", None, ""),
    ]
    assert [(memory.kind, memory.text, memory.category) for memory in found[0][1].memories] == [
        (MemoryKind.FACT, "Is 30", "personal_info, habits"),
        (MemoryKind.EVENT, "Went out", ""),
        (MemoryKind.KNOWLEDGE, "Knows C", ""),
        (MemoryKind.BEHAVIOR, "Sleeps late", ""),
        (MemoryKind.FACT, "Untyped", ""),
    ]


# Files


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {place.name: (place.read_bytes(), place.stat().st_mtime_ns) for place in folder.iterdir()}


def test_what_stands_in_the_log_beside_it_is_read_and_nothing_is_written(folder: Path) -> None:
    live, copy = folder / "live", folder / "copy"
    live.mkdir()
    copy.mkdir()
    with closing(dbapi2.connect(str(live / NAME))) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(MYBELLA)
        connection.execute("INSERT INTO chat_messages (role, content, persona) VALUES ('user', 'late', 'Luna')")
        connection.commit()
        for place in live.iterdir():
            if not place.name.endswith("-shm"):
                shutil.copy(place, copy)
    before = tree(copy)
    assert any(name.endswith("-wal") and content for name, (content, _) in before.items())

    assert sniffed(copy) is SourceKind.MYBELLA
    assert [said(chat) for _, chat in chats(brought(copy))] == [["late"]]
    assert tree(copy) == before


def test_reading_leaves_nothing_beside_the_database(folder: Path) -> None:
    make(folder, "PRAGMA journal_mode = WAL", MYBELLA)
    for ending in ("-wal", "-shm"):
        (folder / f"{NAME}{ending}").unlink(missing_ok=True)
    before = tree(folder)

    assert len(brought(folder)) == 2
    assert tree(folder) == before


def test_a_name_may_hold_what_a_uri_gives_a_meaning(folder: Path) -> None:
    name = "a?mode=rw#100% \u00e9.db"
    make(folder, MYBELLA, name="plain.db")
    (folder / "plain.db").rename(folder / name)

    assert sniffed(folder, name) is SourceKind.MYBELLA


def symlink(folder: Path) -> None:
    make(folder, MYBELLA, name="real.db")
    (folder / NAME).symlink_to(folder / "real.db")


def damaged(folder: Path) -> None:
    make(folder, MYBELLA)
    content = bytearray((folder / NAME).read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    (folder / NAME).write_bytes(content)


def view(folder: Path) -> None:
    make(folder, "CREATE VIEW chat_messages AS SELECT 'user' AS role, 'x' AS content, 'Luna' AS persona")


BAD: dict[str, Callable[[Path], object]] = {
    "not there": lambda folder: None,
    "a folder": lambda folder: (folder / NAME).mkdir(),
    "a pipe": lambda folder: os.mkfifo(folder / NAME),
    "a link": symlink,
    "empty": lambda folder: (folder / NAME).write_bytes(b""),
    "text": lambda folder: (folder / NAME).write_text("not a database"),
    "only a head": lambda folder: (folder / NAME).write_bytes(b"SQLite format 3\0"),
    "damaged": damaged,
    "another program's": lambda folder: make(folder, "CREATE TABLE messages (id, text)"),
    "a view": view,
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_what_is_no_such_database_is_nobodys_and_refused_with_a_reason(
    folder: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(folder)

    assert sniffed(folder) is None
    with pytest.raises(UserFacingError) as refused:
        brought(folder)
    assert refused.value.sentence.endswith(".")


def test_a_link_on_the_way_is_not_followed(folder: Path) -> None:
    (folder / "real").mkdir()
    make(folder / "real", MYBELLA)
    (folder / "link").symlink_to(folder / "real")

    assert sniffed(folder, f"real/{NAME}") is SourceKind.MYBELLA
    assert sniffed(folder, f"link/{NAME}") is None
    assert sniffed(folder, f"real/../real/{NAME}") is None


def test_a_page_that_is_broken_far_inside_brings_nothing(folder: Path) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT"
    make(folder, MYBELLA, f"INSERT INTO chat_messages (role, content) {rows} 'user', 'text number ' || i FROM n")
    content = bytearray((folder / NAME).read_bytes())
    content[-40_000:-4_000] = b"\xff" * 36_000
    (folder / NAME).write_bytes(content)

    with pytest.raises(UserFacingError, match="damaged"):
        brought(folder)


def test_one_programs_database_is_not_read_as_anothers(folder: Path) -> None:
    make(folder, MEMU)

    with pytest.raises(UserFacingError):
        brought(folder, SourceKind.MYBELLA)
