"""The sentence that is being said, marked in the transcript."""

from pathlib import Path

import pytest
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import Role
from personadesk.paths import find_resources
from personadesk.services.ports import NewSwipe, Store
from personadesk.services.speech.streaming import said_lines
from personadesk.ui.chat.markdown_document import MessageDocument
from personadesk.ui.chat.markdown_ink import persona_ink
from personadesk.ui.chat.spoken_place import find_spoken
from personadesk.ui.theme.tokens import load_theme
from tests.ui.desk import Desk

THEME: Path = find_resources() / "themes" / "dark.toml"


@pytest.mark.parametrize(
    ("markdown", "marked"),
    [
        ("**Good** evening. *It* is un*believ*able! Tea?", ["Good evening.", "It is unbelievable!", "Tea?"]),
        ("Yes. No. Yes. “No.” Yes.", ["Yes.", "No.", "Yes.", "“No.”", "Yes."]),
        ("😀 See [the docs](https://a.b/see?x=docs). Then 🎉 go.", ["See the docs", "Then 🎉 go."]),
        ("1. Tea for two\n2. Cake `now`\n\n> He said *so*.", ["Tea for two", "Cake now", "He said so."]),
        ("| a | b |\n|---|---|\n| one | two |", ["ab", "onetwo"]),
        ("Look:\n```\ncode\n```\nDone.", ["Look:", "", "Done."]),
        ("See https://www.example.org/a?b=c now.", ["See https://www.example.org/a?b=c now."]),
        ("今日は。元気です。", ["今日は。", "元気です。"]),
    ],
)
def test_each_sentence_is_found_where_it_is_shown(qtbot: QtBot, markdown: str, marked: list[str]) -> None:
    document = MessageDocument(persona_ink(load_theme(THEME), QFont()))
    document.show_text(markdown)

    found = [find_spoken(document, markdown, *line.source(0, len(line.text))) for line in said_lines(markdown)]

    assert [document.plain_text(*place) if place else "" for place in found] == marked


def test_the_view_follows_the_voice_until_one_looks_elsewhere(desk: Desk) -> None:
    things = ("table", "garden", "river", "letter", "window", "candle", "orchard", "lantern", "harbour", "willow")
    text = "\n\n".join(f"Today the {thing} number {n} looks different." for n in range(12) for thing in things)
    desk.make("Ann", greeting=text)
    desk.open("Ann")
    view, message = desk.chat.transcript, desk.last()
    places = [line.source(0, len(line.text)) for line in said_lines(text)]

    view.spoken.show(message.swipe_id, *places[0])
    at_first = view.verticalOffset()
    view.spoken.show(message.swipe_id, *places[40])
    further = view.verticalOffset()
    view.scroll_to_latest()
    view.spoken.show(message.swipe_id, *places[41])
    away = view.verticalOffset()

    assert at_first < further < away
    assert view.at_latest


def test_what_is_said_is_painted_and_then_no_longer(desk: Desk) -> None:
    desk.make("Ann", greeting="Good evening. The moon is up.")
    desk.open("Ann")
    view, message = desk.chat.transcript, desk.last()
    plain = view.viewport().grab().toImage()

    view.spoken.show(message.swipe_id, 0, 13)
    marked = view.viewport().grab().toImage()
    view.spoken.clear()

    assert marked != plain
    assert view.viewport().grab().toImage() == plain


def test_the_view_goes_on_to_the_next_message_that_is_said(desk: Desk) -> None:
    ann = desk.make("Ann", greeting="Good evening.")
    desk.open("Ann")
    conversation = desk.chat.conversation_id
    assert conversation is not None

    def write(store: Store) -> None:
        chat = store.for_persona(ann)
        for number in range(40):
            chat.append_message(conversation, Role.PERSONA, [NewSwipe(f"Message {number} has some words.\n\n" * 4)])

    desk.write(write)
    desk.open("Luna")
    desk.open("Ann")
    desk.until(lambda: desk.chat.model.rowCount() == 41)
    view, model = desk.chat.transcript, desk.chat.model
    messages = [message for row in range(41) if (message := model.message_at(row)) is not None]
    view.show_row(1)

    for message in messages[1:20]:
        view.spoken.show(message.swipe_id, 0, 27)
        assert view.seen.placed(model.row_of(message.id)) is not None
    view.show_row(0)
    view.spoken.show(messages[20].swipe_id, 0, 27)

    assert view.verticalOffset() == 0
