import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingChat, IncomingYou
from personadesk.formats.sillytavern import read_chat, read_moment, read_you

HEADER = {"user_name": "Robin", "character_name": "Ada", "create_date": "2024-06-04T15:00:00Z", "chat_metadata": {}}


def line(mes: str, **fields: object) -> dict[str, object]:
    return {"name": "Ada", "is_user": False, "is_system": False, "mes": mes, **fields}


def read(*lines: object) -> tuple[IncomingChat, tuple[str, ...]]:
    written = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    return read_chat(written.encode("utf-8", "surrogatepass"), "chats/Ada/Ada - 1.jsonl")


def test_a_chat_gives_its_messages_in_their_order() -> None:
    chat, notes = read(HEADER, line("Hello"), line("Hi", is_user=True, name="Robin"))

    assert [(message.role, message.swipes) for message in chat.messages] == [
        (Role.PERSONA, ("Hello",)),
        (Role.USER, ("Hi",)),
    ]
    assert (chat.title, chat.person_key) == ("Ada - 1", "")
    assert chat.started_at == datetime(2024, 6, 4, 15, tzinfo=UTC)
    assert notes == ("The user is called Robin in it.",)


def test_a_first_line_with_a_text_is_a_message() -> None:
    chat, notes = read(line("Hello", user_name="Robin"))

    assert len(chat.messages) == 1
    assert notes == ()


def test_unused_is_nobodys_name() -> None:
    assert read({**HEADER, "user_name": "unused", "character_name": "unused"}, line("Hello"))[1] == ()


def test_swipes_keep_their_order_and_the_shown_one() -> None:
    message = read(line("b", swipes=["a", "b", "c"], swipe_id=1))[0].messages[0]

    assert (message.swipes, message.shown) == (("a", "b", "c"), 1)


@pytest.mark.parametrize("number", [-1, 9, None, "1", 0])
def test_the_text_that_was_shown_stays_shown_whatever_the_number_says(number: object) -> None:
    message = read(line("b", swipes=["a", "", None, "b"], swipe_id=number))[0].messages[0]

    assert message.swipes[message.shown] == "b"
    assert message.swipes == ("a", "b")


def test_an_edited_text_joins_the_swipes() -> None:
    message = read(line("edited", swipes=["a", "b"], swipe_id=0))[0].messages[0]

    assert (message.swipes, message.shown) == (("a", "b", "edited"), 2)


def test_what_is_no_message_is_left_out_and_named_by_its_line() -> None:
    chat, notes = read(
        HEADER,
        "{broken",
        line("one"),
        "[1]",
        line("system", name="SillyTavern System", is_system=True),
        line("  "),
        '"x"',
        line("two"),
    )

    assert [message.swipes[0] for message in chat.messages] == ["one", "two"]
    assert notes[1:] == (
        "3 lines could not be read and were left out: 2, 4, 7.",
        "Line 5 came from the program, not from anyone who speaks and was left out.",
        "Line 6 held no text and was left out.",
    )


@pytest.mark.parametrize("header", [HEADER, {**HEADER, "user_name": "unused", "character_name": "unused"}])
def test_what_was_hidden_from_the_model_there_is_a_message_all_the_same(header: dict[str, object]) -> None:
    chat, notes = read(
        header,
        line("Hello", is_system=True),
        line("Hi", is_user=True, name="Robin", is_system=True),
        line("Another name of mine", is_user=True, name="Captain", is_system=True),
        line("Welcome!", name="SillyTavern System", is_system=True),
        line("A remark", name="Note", is_system=True, extra={"type": "comment"}),
        line("Help", is_system=True, extra={"type": "help"}),
        line("Bye"),
    )

    assert [(message.role, message.swipes[0]) for message in chat.messages] == [
        (Role.PERSONA, "Hello"),
        (Role.USER, "Hi"),
        (Role.USER, "Another name of mine"),
        (Role.PERSONA, "Bye"),
    ]
    assert notes[-2:] == (
        "3 lines came from the program, not from anyone who speaks and were left out: 5, 6, 7.",
        "3 messages were hidden from the model there; here it reads them.",
    )


def test_a_stranger_whom_the_program_speaks_as_is_none_of_the_chat() -> None:
    chat, _ = read(HEADER, line("one"), line("Bookmark created", name="Checkpoints", is_system=True))

    assert [message.swipes[0] for message in chat.messages] == ["one"]


def test_what_has_no_place_here_is_named() -> None:
    metadata = {"note_prompt": "Stay brief.", "variables": {"hp": 3}, "scenario": "", "world_info": "Harbour", "x": 1}
    _, notes = read(
        {**HEADER, "chat_metadata": metadata},
        line("one", extra={"reasoning": "I think.", "image": "user/images/a.png"}),
        line("two", extra={"reasoning": "I think so.", "media": [{"url": "b.png"}], "files": []}),
        line("three", extra={"file": {"url": "c.txt"}, "reasoning": ""}),
    )

    assert notes[1:] == (
        "What SillyTavern keeps beside it was left out: its author's note, its variables, the lorebook chosen for it.",
        "The thoughts before 2 replies were left out.",
        "3 messages had pictures or files, which were left out: lines 2, 3, 4.",
    )


def test_what_was_never_there_is_not_named() -> None:
    metadata = {"note_prompt": "", "variables": {}, "tainted": True}

    assert read({**HEADER, "chat_metadata": metadata}, line("one", extra={"reasoning": ""}))[1] == (
        "The user is called Robin in it.",
    )


def test_a_groups_speakers_are_named() -> None:
    assert "Several characters speak in it: Ada, Bo." in read(line("x"), line("y", name="Bo"))[1]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]\n{}", b"\xff\xfe\x00", b"not a chat"])
def test_a_file_without_a_chat_is_refused(content: bytes) -> None:
    with pytest.raises(UserFacingError, match="no chat"):
        read_chat(content, "a.jsonl")


def test_a_byte_order_mark_line_ends_and_separators_within_a_text_are_no_matter() -> None:
    written = b"\xef\xbb\xbf" + b"\r\n".join(
        json.dumps(each, ensure_ascii=False).encode() for each in (HEADER, line("a\u2028b"))
    )

    assert read_chat(written, "a.jsonl")[0].messages[0].swipes == ("a\u2028b",)


def test_texts_can_be_stored() -> None:
    chat, _ = read('{"mes": "a\\ud83d\\u0000b", "is_user": false}')

    assert chat.messages[0].swipes == ("a\ufffd\ufffdb",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-06-04T15:46:10.250Z", datetime(2024, 6, 4, 15, 46, 10, 250_000, UTC)),
        ("2024-06-04T17:46:10+02:00", datetime(2024, 6, 4, 15, 46, 10, tzinfo=UTC)),
        ("2024-06-04 15:46:10.250000", datetime(2024, 6, 4, 15, 46, 10, 250_000, UTC)),
        (1717515970250, datetime(2024, 6, 4, 15, 46, 10, 250_000, UTC)),
        ("1717515970250", datetime(2024, 6, 4, 15, 46, 10, 250_000, UTC)),
        (1717515970, datetime(2024, 6, 4, 15, 46, 10, tzinfo=UTC)),
        ("June 4, 2024 3:46pm", datetime(2024, 6, 4, 15, 46, tzinfo=UTC)),
        ("June 4, 2024 12:05am", datetime(2024, 6, 4, 0, 5, tzinfo=UTC)),
        ("2023-5-12 @21h 32m 29s 224ms", datetime(2023, 5, 12, 21, 32, 29, 224_000, UTC)),
        ("2023-5-12@21h32m29s", datetime(2023, 5, 12, 21, 32, 29, tzinfo=UTC)),
        *((nothing, None) for nothing in ("", "soon", "Foo 4, 2024 3:46pm", "2023-13-40 @21h 32m 29s", None, True)),
        *((nothing, None) for nothing in (0, -5, 1e300, float("nan"), [], "0001-01-01T00:00:00+14:00")),
    ],
)
def test_a_time_is_read_in_every_form(written: object, expected: datetime | None) -> None:
    assert read_moment(written) == expected


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers()))
def test_no_time_breaks_the_reader(written: object) -> None:
    moment = read_moment(written)

    assert moment is None or moment.utcoffset() is not None


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_bytes_break_the_reader(lines: list[bytes]) -> None:
    chat, _ = read_chat(b"\n".join([b'{"mes": "x"}', *lines]), "a.jsonl")

    assert chat.messages


def test_the_users_own_personas_come_with_the_default_one_first() -> None:
    settings = {
        "power_user": {
            "personas": {"a.png": "Robin", "b.png": "Captain", "c.png": "", "d.png": 7},
            "default_persona": "b.png",
            "persona_descriptions": {"a.png": {"description": "Likes tea.", "position": 0}, "b.png": "Sails."},
        }
    }

    assert read_you(json.dumps(settings).encode()) == (
        IncomingYou("Captain", "Sails."),
        IncomingYou("Robin", "Likes tea."),
    )


@pytest.mark.parametrize("settings", [b"{}", b"[]", b'{"power_user": []}', b'{"power_user": {"personas": null}}'])
def test_settings_without_personas_give_none(settings: bytes) -> None:
    assert read_you(settings) == ()


def test_settings_that_are_no_json_are_refused() -> None:
    with pytest.raises(UserFacingError):
        read_you(b"{")


def test_every_swipe_is_said_to_be_of_the_model_that_sillytavern_names_for_it() -> None:
    line = {
        "name": "Nora",
        "is_user": False,
        "mes": "Three",
        "swipes": ["One", "", "Three", "Four"],
        "swipe_id": 2,
        "swipe_info": [{"extra": {"model": "a"}}, {"extra": {"model": "b"}}, {"extra": {}}, "damaged"],
        "extra": {"api": "openai", "model": "c"},
    }

    chat, _ = read_chat(json.dumps(line).encode(), "x.jsonl")

    [message] = chat.messages
    assert (message.swipes, message.models, message.shown) == (("One", "Three", "Four"), ("a", "c", ""), 1)
