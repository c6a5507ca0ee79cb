import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from personadesk.domain.chat_file import ChatFormat, WrittenChat, WrittenMessage
from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingMessage
from personadesk.formats.chat_files import HEAD_BYTES, begins_chat, read_chat_file, write_chat

AT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
CHAT = WrittenChat(
    title="By the sea",
    persona="Nora",
    user="Robin",
    started_at=AT,
    messages=(
        WrittenMessage(Role.PERSONA, ("Hello!", "Good day.\n\nAnd you?"), 1, AT, models=("small", "large")),
        WrittenMessage(
            Role.USER,
            ("<b>Look</b> ![x](file:///dev/zero) 🌊",),
            0,
            AT,
            starred=True,
            pinned=True,
            note="a view",
            files=("a.txt",),
        ),
    ),
)


@pytest.mark.parametrize("form", [ChatFormat.SILLYTAVERN, ChatFormat.JSON])
def test_what_was_written_comes_back_with_every_swipe_and_time(form: ChatFormat) -> None:
    chat, notes = read_chat_file(write_chat(CHAT, form), "By the sea.jsonl")

    assert chat.title == "By the sea"
    assert chat.messages == (
        IncomingMessage(Role.PERSONA, ("Hello!", "Good day.\n\nAnd you?"), 1, AT, models=("small", "large")),
        IncomingMessage(Role.USER, (CHAT.messages[1].text,), 0, AT, starred=True, pinned=True, note="a view"),
    )
    assert chat.started_at == AT
    assert all("Robin" in note for note in notes)


def test_a_sillytavern_log_has_a_header_and_a_line_for_each_message_and_no_newline_at_its_end() -> None:
    header, first, second = map(json.loads, write_chat(CHAT, ChatFormat.SILLYTAVERN).decode().split("\n"))

    assert (header["user_name"], header["character_name"], header["chat_metadata"]) == ("Robin", "Nora", {})
    assert first["mes"] == first["swipes"][first["swipe_id"]]
    assert len(first["swipes"]) == len(first["swipe_info"]) == 2
    assert (second["is_user"], second["name"], second["extra"]["personadesk"]["starred"]) == (True, "Robin", True)


def test_a_page_loads_nothing_and_takes_no_markup_from_a_message() -> None:
    page = write_chat(CHAT, ChatFormat.HTML).decode()

    assert "<b>Look" not in page
    assert "&lt;b&gt;Look&lt;/b&gt;" in page
    assert "<img" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("form", [ChatFormat.MARKDOWN, ChatFormat.TEXT])
def test_people_can_read_who_said_what(form: ChatFormat) -> None:
    text = write_chat(CHAT, form).decode()

    assert text.index("By the sea") < text.index("Nora") < text.index("Good day.\n\nAnd you?") < text.index("Robin")
    assert "Hello!" not in text
    assert "a.txt" in text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no chat"),
        (b"\x89PNG\r\n", "holds no chat"),
        (b'{"format": "personadesk-chat", "version": 1, "messages": [', "damaged"),
        (b'{"format": "personadesk-chat", "version": 9, "messages": []}', "newer"),
    ],
)
def test_what_is_no_chat_is_refused_in_words(content: bytes, sentence: str) -> None:
    with pytest.raises(UserFacingError, match=sentence):
        read_chat_file(content, "chat.jsonl")


def test_damaged_messages_of_a_chat_of_ours_are_left_out() -> None:
    content = json.dumps(
        {
            "format": "personadesk-chat",
            "version": 1,
            "messages": [3, {"swipes": "x"}, {"swipes": ["\ud800 ok", 4], "shown": 9, "role": "persona"}],
        }
    ).encode()

    chat, _ = read_chat_file(content, "x")

    assert chat.messages == (IncomingMessage(Role.PERSONA, ("\ufffd ok",), 0, None),)


@pytest.mark.parametrize(
    ("head", "is_chat"),
    [
        (write_chat(CHAT, ChatFormat.JSON), True),
        (write_chat(CHAT, ChatFormat.SILLYTAVERN), True),
        (b'\xef\xbb\xbf\n{"name": "Nora", "is_user": false, "mes": "Hi"}\n', True),
        (b'{"name": "Nora", "is_user": false, "mes": "' + b"x" * HEAD_BYTES, True),
        (b'{"one": 1}\n{"two": 2}\n', False),
        (b'{"entries": {}, "name": "A lorebook"}', False),
        (b'{"spec": "chara_card_v2", "data": {"name": "Nora"}}', False),
        (b"Nora: Hi", False),
        (b"", False),
    ],
)
def test_a_chat_is_told_by_what_is_in_it(head: bytes, is_chat: bool) -> None:
    assert begins_chat(head) is is_chat


def test_a_chat_that_names_the_shown_ones_model_alone_is_read_as_it_is_meant() -> None:
    value = json.loads(write_chat(CHAT, ChatFormat.JSON))
    del value["messages"][0]["models"]

    chat, _ = read_chat_file(json.dumps(value).encode(), "x")

    assert chat.messages[0].models == ("", "large")


def test_a_page_has_boxes_for_tasks_that_can_not_be_clicked() -> None:
    text = "- [ ] buy <i>milk</i>\n- [x] **call**\n- plain\n- [ ]\n\n[x] no item"
    chat = replace(CHAT, messages=(WrittenMessage(Role.PERSONA, (text,), 0, AT),))

    page = write_chat(chat, ChatFormat.HTML).decode()

    assert '<li class="task"><input type="checkbox" disabled> buy &lt;i&gt;' in page
    assert '<li class="task"><input type="checkbox" disabled checked> <strong>call' in page
    assert page.count("<input") == 2
    assert "[x] no item" in page


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("Look:\n```python\nprint(1)", "\n```"),
        ("````\n```\ncode", "\n````"),
        ("~~~\n```\ncode\n", "~~~"),
        ("```", "\n```"),
        ("```\ncode\n    ```", "\n```"),
        ("```\nclosed\n```", ""),
        ("```\nclosed\n`````\n", ""),
        ("```\nclosed\n``` ", ""),
        ("- one\n  ```\n  code", ""),
        ("> ```\n> code", ""),
        ("a ``` b", ""),
    ],
)
def test_code_that_was_cut_off_ends_with_its_message(text: str, end: str) -> None:
    messages = (WrittenMessage(Role.PERSONA, (text,), 0, AT), WrittenMessage(Role.USER, ("And then?",), 0, AT))

    page = write_chat(replace(CHAT, messages=messages), ChatFormat.MARKDOWN).decode()

    assert f"\n\n{text}{end}\n\n**Robin**" in page
    rendered = MarkdownIt("commonmark").render(page)
    assert "<strong>Robin</strong>" in rendered
    assert "<p>And then?</p>" in rendered
