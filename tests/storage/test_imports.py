import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from personadesk.domain.conversation import Role
from personadesk.domain.ids import PersonaId, PersonId
from personadesk.domain.incoming import (
    Incoming,
    IncomingChat,
    IncomingLorebook,
    IncomingMemories,
    IncomingMemory,
    IncomingMessage,
    IncomingProfile,
)
from personadesk.domain.memory import MemoryKind
from personadesk.domain.migration import Part, PlanRow, SourceKind, Verdict
from personadesk.domain.persona import PersonaCard
from personadesk.services.migration_ports import RunWriter
from personadesk.services.ports import Store
from tests.storage.conftest import Desk

WHEN = datetime(2024, 5, 1, 12, tzinfo=UTC)
ODD = "luna/user_\udcff\ud83d.json"


def row(path: str, content: bytes = b"{}", part: Part = Part.PROFILE, key: str = "discord:1") -> PlanRow:
    digest = hashlib.sha256(content).digest()
    return PlanRow(path, part, Verdict.IMPORT, "luna", key, 1, len(content), digest)


def profile(key: str = "discord:1", *texts: str, **more: object) -> IncomingProfile:
    memories = tuple(IncomingMemory(MemoryKind.FACT, text, learned_at=WHEN) for text in texts)
    return replace(IncomingProfile(key, "Robin", memories), **more)  # type: ignore[arg-type]


def begin(store: Store, uuid: str = "run-1") -> RunWriter:
    return store.imports.begin(uuid=uuid, source=Path("/bots/\udcff"), kind=SourceKind.PROFILES)


def bring(
    writer: RunWriter, file: PlanRow, incoming: Incoming, persona_id: PersonaId, content: bytes = b"{}"
) -> tuple[int, PersonId]:
    with writer.file():
        person_id = writer.person(file.person_key, "Robin")
        file_id = writer.keep_file(file, content, persona_id, person_id)
        return writer.bring(file_id, incoming, persona_id, person_id), person_id


def test_hundreds_of_memories_come_once_each_whatever_their_number(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    numbers = {"discord:1": 1, "discord:3": 3, "discord:343": 256 + 64 + 16 + 4 + 3}
    texts = {key: {f"{key} said {said}" for said in range(number)} for key, number in numbers.items()}

    def work(store: Store) -> None:
        writer = begin(store)
        files = [row(f"luna/{key}.json", key=key) for key in numbers]
        for file in files:
            bring(writer, file, profile(file.person_key, *texts[file.person_key]), luna)
        writer.finish(files, None, None)

    desk.write(work)
    people = desk.read(lambda store: store.imports.person_keys())
    for key, said in texts.items():
        kept = desk.read(lambda store, key=key: store.memories(luna).memories(people[key]))  # type: ignore[misc]
        assert sorted(memory.text for memory in kept) == sorted(said)
        assert {(memory.learned_at, memory.times_observed) for memory in kept} == {(WHEN, 1)}


def test_a_profile_is_kept_with_its_bytes_and_can_be_listed(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    file, left = row(ODD, b"\xff\x00{}"), row("luna/x.bin", part=Part.OTHER, key="")
    left = replace(left, verdict=Verdict.ATTENTION, reason="Broken \ud83d.", sha256=b"")

    def work(store: Store) -> int:
        writer = begin(store)
        said = profile("discord:1", "Likes boats", "likes  BOATS", "Has a cat \ud83d", affection=41.5, stage="friend")
        count, _ = bring(writer, file, said, luna, b"\xff\x00{}")
        writer.finish([replace(file, count=count), left], Path("/b/\udcfe.tar"), None)
        return count

    assert desk.write(work) == 2
    person = desk.read(lambda store: store.imports.person_keys())["discord:1"]
    memories = desk.read(lambda store: store.memories(luna).memories(person))
    assert {m.text: m.times_observed for m in memories} == {"Likes boats": 2, "Has a cat \ufffd": 1}
    assert all(m.learned_at == WHEN for m in memories)
    stands = desk.read(lambda store: store.memories(luna).acquaintance(person))
    assert stands is not None
    assert (stands.affection, stands.stage, stands.known_as) == (41.5, "friend", "Robin")
    [known] = desk.read(lambda store: list(store.imports.known()))
    assert (known.path, known.sha256, known.persona_id, known.person_key) == (ODD, file.sha256, luna, "discord:1")
    assert desk.read(lambda store: store.imports.original(luna, "discord:1")) == b"\xff\x00{}"
    assert desk.read(lambda store: list(store.imports.originals())) == [(ODD, b"\xff\x00{}")]
    [run] = desk.read(lambda store: store.imports.runs())
    assert (run.files, run.imported, run.attention, str(run.source)) == (2, 1, 1, "/bots/\udcff")
    assert str(run.backup) == "/b/\udcfe.tar"
    listed = desk.read(lambda store: store.imports.rows(run.id))
    assert {r.path: (r.verdict, r.count) for r in listed} == {
        ODD: (Verdict.IMPORT, 2), "luna/x.bin": (Verdict.ATTENTION, 1)
    }  # fmt: skip


def test_a_file_that_fails_leaves_nothing_and_the_others_stay(desk: Desk) -> None:
    luna = desk.persona("Luna").id

    def fail(writer: RunWriter, path: str, key: str, incoming: Incoming) -> None:
        with suppress(RuntimeError), writer.file():
            person_id = writer.person(key, "Kim")
            made = writer.persona(None, PersonaCard("Half")) if isinstance(incoming, IncomingChat) else luna
            writer.bring(writer.keep_file(row(path, key=key), b"x", made, person_id), incoming, made, person_id)
            raise RuntimeError

    def work(store: Store) -> PersonId:
        writer = begin(store)
        bring(writer, row("a"), profile("discord:1", "one"), luna)
        fail(writer, "b", "discord:2", profile("discord:2", "two"))
        fail(writer, "c", "discord:3", IncomingChat("Talk", (IncomingMessage(Role.USER, ("hello",)),)))
        # The third person stays: another file names them too.
        _, person_id = bring(writer, row("d", key="discord:3"), profile("discord:3", "two"), luna)
        writer.finish([row("a"), row("d", key="discord:3")], None, None)
        return person_id

    person_id = desk.write(work)

    assert {m.text for m in desk.read(lambda store: store.memories(luna).memories())} == {"one", "two"}
    assert [p.name for p in desk.read(lambda store: store.personas.summaries())] == ["Luna"]
    keys = desk.read(lambda store: store.imports.person_keys())
    assert keys["discord:3"] == person_id
    assert set(keys) == {"discord:1", "discord:3"}
    assert [k.path for k in desk.read(lambda store: list(store.imports.known()))] == ["a", "d"]


def test_profiles_of_one_person_are_merged(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    older = profile(
        "discord:1", "one", affection=10.0, interactions=9, first_met=WHEN, last_updated=WHEN,
        details_json='{"id": 123456789012345678901, "a": 1, "n": {"total": 7}}',
    )  # fmt: skip
    newer = profile(
        "discord:1", "One", affection=70.0, interactions=3, first_met=WHEN + timedelta(days=2),
        last_updated=WHEN + timedelta(days=3), known_as="Rob", details_json='{"a": 2, "n": {"total": 3}}',
    )  # fmt: skip

    def work(store: Store) -> PersonId:
        writer = begin(store)
        assert bring(writer, row("new"), newer, luna)[0] == 1
        count, person_id = bring(writer, row("old"), older, luna)
        assert count == 0
        writer.finish([row("new"), row("old")], None, None)
        return person_id

    person_id = desk.write(work)
    stands = desk.read(lambda store: store.memories(luna).acquaintance(person_id))
    assert stands is not None
    assert (stands.known_as, stands.affection, stands.interactions, stands.first_met) == ("Rob", 70.0, 9, WHEN)
    assert "123456789012345678901" in stands.details_json
    assert '"total": 7' in stands.details_json


def test_what_was_forgotten_does_not_come_back_with_the_next_import(desk: Desk) -> None:
    luna = desk.persona("Luna").id

    def work(store: Store, uuid: str) -> None:
        writer = begin(store, uuid)
        bring(writer, row(uuid), profile("discord:1", "Old job"), luna)
        writer.finish([row(uuid)], None, None)

    desk.write(lambda store: work(store, "first"))
    [memory] = desk.read(lambda store: store.memories(luna).memories())
    desk.write(lambda store: store.memories(luna).forget(memory.id))
    desk.write(lambda store: work(store, "second"))

    assert desk.read(lambda store: store.memories(luna).memories()) == []


def test_a_chat_can_be_read_searched_and_swiped(desk: Desk) -> None:
    chat = IncomingChat(
        "An  old talk",
        (
            IncomingMessage(Role.PERSONA, ("Hello sailor",), sent_at=WHEN),
            IncomingMessage(Role.USER, ("Where are the boats?",)),
            IncomingMessage(Role.PERSONA, ("Here", "Over there \ud83d"), shown=1, sent_at=WHEN + timedelta(hours=1)),
        ),
    )
    luna = desk.persona("Luna").id

    def work(store: Store) -> None:
        writer = begin(store)
        with writer.file():
            assert writer.bring(writer.keep_file(row("c"), b"", luna, None), chat, luna, None) == 3
        writer.finish([row("c")], None, None)

    desk.write(work)
    [conversation] = desk.read(lambda store: store.for_persona(luna).conversations())
    transcript = desk.read(lambda store: store.for_persona(luna).transcript(conversation.id, 10))
    assert conversation.title == "An old talk"
    assert [m.text for m in transcript.tail] == ["Hello sailor", "Where are the boats?", "Over there \ufffd"]
    assert [m.created_at for m in transcript.tail] == [WHEN, WHEN, WHEN + timedelta(hours=1)]
    assert (transcript.tail[2].swipe_index, transcript.tail[2].swipe_count, transcript.message_count) == (1, 2, 3)
    assert desk.found(luna, "boats") == ["Where are the boats?"]
    desk.say(conversation, "And on")
    assert desk.texts(conversation)[-1] == "And on"


def test_you_keep_your_name_and_a_taken_persona_name_gets_a_number(desk: Desk) -> None:
    you = desk.read(lambda store: store.people.you())
    desk.persona("Luna")

    def work(store: Store) -> PersonaId:
        writer = begin(store)
        assert writer.person("discord:9", "Someone Else", is_you=True) == you.id
        assert writer.person("", "", is_you=True) == you.id
        with writer.file():
            file_id = writer.keep_file(row("luna.png", part=Part.CARD, key=""), b"png", None, None)
            luna = writer.persona(file_id, PersonaCard("luna"), b"picture", "image/png")
            writer.bring(file_id, IncomingMemories((IncomingMemory(MemoryKind.EVENT, "met"),)), luna, None)
            assert writer.bring(file_id, IncomingLorebook("World", "{}", 4), luna, None) == 4
        writer.finish([row("luna.png", part=Part.CARD, key="")], None, None)
        return luna

    luna = desk.write(work)
    assert desk.read(lambda store: store.people.you()) == you
    assert desk.read(lambda store: store.imports.person_keys()) == {"discord:9": you.id}
    made = desk.read(lambda store: store.personas.get(luna))
    assert made.card.name == "luna (2)"
    assert desk.read(lambda store: store.assets.path(made.avatar)).read_bytes() == b"picture"
    assert [k.persona_id for k in desk.read(lambda store: list(store.imports.known()))] == [luna]


def test_thousands_of_profiles_are_stored_and_undone(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    content = b"x" * 2_700

    def work(store: Store) -> None:
        writer = begin(store)
        rows = []
        for number in range(2_000):
            key = f"discord:{number}"
            file = row(f"luna/user_{number}.json", content, key=key)
            bring(writer, file, profile(key, *(f"Fact {n} about {number}" for n in range(8))), luna, content)
            rows.append(file)
        writer.finish(rows, None, None)

    desk.write(work)

    assert len(desk.read(lambda store: store.memories(luna).memories())) == 16_000
    [run] = desk.read(lambda store: store.imports.runs())
    assert desk.write(lambda store: store.imports.undo(run.id)).memories == 16_000
