"""A reply that takes long to show is shown less often, and its newest words always in the end."""

import time

from pytestqt.qtbot import QtBot

from personadesk.domain.events import ReplyGrew
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, SwipeId
from personadesk.ui.chat.reply_pace import LONG_MS, ReplyPace


def grown(text: str, message: int = 1) -> ReplyGrew:
    return ReplyGrew(PersonaId(1), ConversationId(1), MessageId(message), SwipeId(1), text)


def work(milliseconds: float) -> None:
    ends = time.thread_time() + milliseconds / 1_000
    while time.thread_time() < ends:
        pass


def test_what_is_shown_quickly_is_shown_every_time(qtbot: QtBot) -> None:
    shown: list[str] = []
    pace = ReplyPace(lambda event: shown.append(event.text))

    for text in ("a", "ab", "abc"):
        pace.take(grown(text))

    assert shown == ["a", "ab", "abc"]


def test_after_what_took_long_only_the_newest_is_shown(qtbot: QtBot) -> None:
    shown: list[str] = []

    def show(event: ReplyGrew) -> None:
        shown.append(event.text)
        work(3 * LONG_MS)

    pace = ReplyPace(show)
    for text in ("a", "ab", "abc", "abcd"):
        pace.take(grown(text))

    assert shown == ["a"]
    qtbot.waitUntil(lambda: shown == ["a", "abcd"])


def test_what_is_out_of_date_is_not_shown_any_more(qtbot: QtBot) -> None:
    shown: list[str] = []

    def show(event: ReplyGrew) -> None:
        shown.append(event.text)
        work(3 * LONG_MS)

    pace = ReplyPace(show)
    pace.take(grown("a"))
    pace.take(grown("ab"))
    pace.drop(MessageId(2))
    pace.drop(MessageId(1))
    pace.take(grown("other", 2))

    qtbot.waitUntil(lambda: shown == ["a", "other"])
