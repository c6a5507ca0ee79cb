import json
from datetime import UTC, datetime

import pytest

from personadesk.domain.conversation import Role
from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.incoming import IncomingChat
from personadesk.domain.memory import MemoryKind
from personadesk.formats.bot_chats import (
    looks_like_chat_history,
    looks_like_summary,
    read_chat_history,
    read_summary,
)
from personadesk.formats.bot_persona import check_persona_id, persona_stem, shown_name

ANA, BO = 111111111111111111, 222222222222222222


def user(text: object, name: str = "Ana", number: int | None = ANA) -> dict[str, object]:
    return {"role": "user", "content": text, "username": name, "user_id": number}


def reply(text: str, persona: str | None = None) -> dict[str, object]:
    said: dict[str, object] = {"role": "assistant", "content": text}
    return said if persona is None else {**said, "username": persona}


def texts(chat: IncomingChat) -> list[str]:
    return [("> " if message.role is Role.PERSONA else "") + message.swipes[0] for message in chat.messages]


def read(*entries: object) -> dict[str, IncomingChat]:
    return dict(read_chat_history(json.dumps(entries).encode(), "987.json"))


def test_a_channel_is_split_by_who_answers() -> None:
    chats = read(
        user("Hail"),
        user("Anyone?"),
        reply("Welcome, Moon-and-Star.", "Dagoth Ur"),
        user("Scav?"),
        reply("Stalker.", "Scav"),
        user("And you?"),
        reply("Come.", "Dagoth Ur"),
        user("Bye"),
    )
    assert {name: texts(chat) for name, chat in chats.items()} == {
        "Dagoth Ur": ["Hail", "Anyone?", "> Welcome, Moon-and-Star.", "And you?", "> Come.", "Bye"],
        "Scav": ["Scav?", "> Stalker."],
    }
    assert {chat.title for chat in chats.values()} == {"Channel 987"}
    assert {chat.person_key for chat in chats.values()} == {f"discord:{ANA}"}


def test_of_several_people_each_is_named() -> None:
    chats = read(user("Hi"), user("Ho", "Bo", BO), reply("Hm.", "Scav"), user("Just me"), reply("So.", "Toad"))
    assert texts(chats["Scav"]) == ["Ana: Hi", "Bo: Ho", "> Hm."]
    assert chats["Scav"].person_key == ""
    assert texts(chats["Toad"]) == ["Just me", "> So."]


def test_replies_without_a_name_belong_to_no_persona() -> None:
    assert {name: texts(chat) for name, chat in read(user("Hi"), reply("Hm.")).items()} == {"": ["Hi", "> Hm."]}
    assert texts(read(user("Alone"))[""]) == ["Alone"]


def test_what_is_no_message_is_passed_over() -> None:
    odd = [
        7,
        None,
        {"role": "system", "content": "x"},
        {"role": 3, "content": "x"},
        user(""),
        user(None),
        user("a\ud83d\0"),
        user([{"type": "text", "text": "in"}, {"type": "image"}, {"type": "text", "text": "parts"}]),
        user({"mood": "odd"}),
    ]
    assert texts(read(*odd, reply("Hm.", "Scav"))["Scav"]) == ["a\ufffd\ufffd", "in\nparts", "mood: odd", "> Hm."]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"[1]", b'[{"role": "user", "content": ""}]', b"[{"])
def test_what_is_no_chat_is_refused(content: bytes) -> None:
    with pytest.raises(UserFacingError):
        read_chat_history(content, "1.json")


SUMMARY = {
    "channel_id": 987654321987654321,
    "timestamp": "2024-05-06T07:08:09",
    "message_count": 40,
    "participants": ["Ana", "Bo"],
    "summary": "They spoke of the moon.",
    "first_message_time": "2024-05-05T01:00:00",
    "last_message_time": "2024-05-06T02:00:00.5",
}


def test_a_summary_is_a_memory_about_nobody() -> None:
    assert looks_like_summary(SUMMARY)
    found = read_summary(json.dumps(SUMMARY).encode(), "summary_1_2.json")
    assert found.person_key is None
    (memory,) = found.memories
    assert (memory.kind, memory.text) == (MemoryKind.SUMMARY, "They spoke of the moon.")
    assert memory.learned_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert memory.context == "Channel 987654321987654321, with Ana, Bo, 40 messages, 2024-05-05 to 2024-05-06"


@pytest.mark.parametrize("change", [{"summary": " "}, {"summary": 5}, {"channel_id": None, "summary": None}])
def test_a_summary_that_says_nothing_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UserFacingError):
        read_summary(json.dumps({**SUMMARY, **change}).encode(), "summary_1_2.json")


def test_a_summary_needs_none_of_its_times() -> None:
    bare = {"channel_id": 1, "summary": "S", "participants": None}
    (memory,) = read_summary(json.dumps(bare).encode(), "summary_1_2.json").memories
    assert memory.learned_at is None
    assert memory.context == "Channel 1"


def test_the_kinds_are_told_apart() -> None:
    chat = [user("Hi")]
    assert looks_like_chat_history(chat)
    assert not looks_like_chat_history(SUMMARY)
    assert not looks_like_chat_history([])
    assert not looks_like_summary(chat)


def test_a_folder_leads_to_its_card() -> None:
    assert persona_stem("dagoth_ur_neuro") == ("dagoth_ur_neuro", "dagoth_ur")
    assert persona_stem("scav") == ("scav",)
    assert persona_stem("_x") == ("_x",)
    assert persona_stem("") == ("",)


@pytest.mark.parametrize(
    ("stem", "name"),
    [("dagoth_ur", "Dagoth Ur"), ("HAL_9000", "HAL 9000"), ("", ""), ("a\x1bb\udcff", "A B\ufffd"), ("éa-b", "Éa B")],
)
def test_a_stem_becomes_a_name(stem: str, name: str) -> None:
    assert shown_name(stem) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "..",
        ". .",
        "...",
        "a/b",
        "../x",
        "a\\b",
        "C:",
        "a\0b",
        "a\nb",
        "a\x7f",
        "\udcff",
        "a" * 101,
        "con",
        "NUL",
        "com1",
        "Lpt9.txt",
        "aux.",
        "con .x",
    ],
)
def test_a_dangerous_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_persona_id(text)
    assert caught.value.field == "persona"


@pytest.mark.parametrize("text", ["dagoth_ur", "d\u00e9j\u00e0 vu", ".hidden", "a" * 100, "console", "com10"])
def test_any_other_id_is_taken(text: str) -> None:
    check_persona_id(text)
