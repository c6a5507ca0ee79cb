"""The rows of a conversation: counted, asked for when seen, kept in step, let go when far away."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import BLOCK_POSITIONS, SwipeState
from personadesk.domain.ids import ConversationId, MessageId, SwipeId
from personadesk.ui.chat.transcript_model import BLOCKS_KEPT, TranscriptModel
from tests.ui.transcripts import START, block_of, conversation, long_transcript, message, prose, transcript

ONE = ConversationId(1)


@pytest.fixture
def model(qtbot: QtBot) -> TranscriptModel:
    model = TranscriptModel()
    model.tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return model


def held(model: TranscriptModel) -> int:
    return sum(model.message_at(row) is not None for row in range(model.rowCount()))


def test_a_long_conversation_is_counted_and_not_held(model: TranscriptModel) -> None:
    model.open(long_transcript(100_000))

    assert model.rowCount() == 100_000
    assert model.message_at(99_999) == message(99_999, prose(99_999))
    assert model.message_at(50_000) is None
    assert sum(rows for rows, _ in model.outline()) == 100_000


def test_a_block_in_view_is_asked_for_once(model: TranscriptModel, qtbot: QtBot) -> None:
    model.open(long_transcript(5_000))
    asked: list[int] = []
    model.block_wanted.connect(asked.append)

    with qtbot.waitSignal(model.block_wanted):
        model.look_at(1_000, 1_010)
    with qtbot.waitSignal(model.block_wanted):
        model.look_at(1_000, 1_100)

    assert asked == [3, 4]


def test_blocks_that_were_only_passed_are_not_asked_for(model: TranscriptModel, qtbot: QtBot) -> None:
    model.open(long_transcript(5_000))
    asked: list[int] = []
    model.block_wanted.connect(asked.append)

    with qtbot.waitSignal(model.block_wanted):
        for first in range(0, 4_000, 100):
            model.look_at(first, first + 10)

    assert asked == [3_900 // BLOCK_POSITIONS]


def test_a_block_that_could_not_be_read_is_asked_for_again(model: TranscriptModel, qtbot: QtBot) -> None:
    model.open(long_transcript(5_000))
    with qtbot.waitSignal(model.block_wanted):
        model.look_at(0, 10)

    model.drop_request(0)

    with qtbot.waitSignal(model.block_wanted):
        model.look_at(0, 10)


def test_an_answer_fills_its_rows(model: TranscriptModel) -> None:
    model.open(long_transcript(5_000))

    model.accept_block(ONE, 3, block_of(3, 5_000))

    assert model.message_at(3 * BLOCK_POSITIONS) == message(3 * BLOCK_POSITIONS, prose(3 * BLOCK_POSITIONS))
    assert model.row_of(MessageId(3 * BLOCK_POSITIONS + 1)) == 3 * BLOCK_POSITIONS
    assert model.rowCount() == 5_000


def test_an_answer_for_another_conversation_is_dropped(model: TranscriptModel) -> None:
    model.open(long_transcript(5_000))

    model.accept_block(ConversationId(2), 3, block_of(3, 5_000))

    assert model.message_at(3 * BLOCK_POSITIONS) is None


def test_an_answer_after_closing_is_dropped(model: TranscriptModel) -> None:
    model.open(long_transcript(500))
    model.clear()

    model.accept_block(ONE, 0, block_of(0, 500))

    assert model.rowCount() == 0


def test_blocks_far_away_are_let_go(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.open(long_transcript(20_000))

    for index in range(60):
        model.accept_block(ONE, index, block_of(index, 20_000))

    assert held(model) <= (BLOCKS_KEPT + 2) * BLOCK_POSITIONS
    assert model.message_at(19_999) is not None
    assert model.message_at(0) is None


def test_an_older_answer_does_not_undo_what_grew_meanwhile(model: TranscriptModel) -> None:
    live = message(2, "", state=SwipeState.STREAMING)
    model.open(transcript([message(0), message(1), live], tail=1))
    model.grow(live.id, live.swipe_id, "Half a")

    model.accept_block(ONE, 0, [message(0), message(1), live])

    assert [model.message_at(row).text for row in range(3)] == ["Words.", "Words.", "Half a"]


def test_an_older_answer_does_not_bring_back_what_was_removed(model: TranscriptModel) -> None:
    model.open(transcript([message(at) for at in range(4)], tail=2))
    model.remove(MessageId(4))

    model.accept_block(ONE, 0, [message(at) for at in range(4)])

    assert model.rowCount() == 3
    assert model.row_of(MessageId(4)) == -1


def test_an_answer_with_fewer_messages_than_counted_takes_rows_away(model: TranscriptModel) -> None:
    model.open(long_transcript(1_000))

    model.accept_block(ONE, 0, block_of(0, 1_000)[:200])

    assert model.rowCount() == 1_000 - BLOCK_POSITIONS + 200
    assert model.message_at(model.rowCount() - 1) == message(999, prose(999))


def test_messages_are_appended_across_blocks(model: TranscriptModel) -> None:
    model.open(transcript([message(at) for at in range(250)]))

    for position in range(250, 270):
        model.append(message(position, f"new {position}"))

    assert model.rowCount() == 270
    assert model.message_at(269).text == "new 269"
    assert model.row_of(MessageId(270)) == 269


def test_a_message_is_appended_once_and_only_to_its_own_conversation(model: TranscriptModel) -> None:
    model.open(transcript([message(0)]))

    model.append(message(1))
    model.append(message(1))
    model.append(message(2, conversation_id=ConversationId(9)))

    assert model.rowCount() == 2


def test_text_grows_only_in_the_reply_it_belongs_to(model: TranscriptModel, qtbot: QtBot) -> None:
    live = message(2, "", state=SwipeState.STREAMING)
    model.open(transcript([message(0), message(1), live]))

    with qtbot.waitSignal(model.message_grew) as grew:
        model.grow(live.id, live.swipe_id, "It begins")
    model.grow(live.id, SwipeId(77), "another swipe")
    model.grow(MessageId(1), SwipeId(1), "a finished one")
    model.grow(MessageId(99), SwipeId(99), "one that is not here")

    assert grew.args == [2]
    assert [model.message_at(row).text for row in range(3)] == ["Words.", "Words.", "It begins"]


def test_a_change_is_told_and_shown(model: TranscriptModel, qtbot: QtBot) -> None:
    model.open(transcript([message(0), message(1)]))

    with qtbot.waitSignal(model.dataChanged):
        model.change(replace(message(1), text="Another", edited=True))

    assert model.message_at(1).text == "Another"


def test_what_is_removed_closes_the_gap(model: TranscriptModel) -> None:
    model.open(transcript([message(at) for at in range(3)]))

    model.remove(MessageId(2))

    assert [model.message_at(row).id for row in range(model.rowCount())] == [1, 3]


def test_a_position_is_found_even_where_positions_have_gaps(model: TranscriptModel) -> None:
    model.open(transcript([message(at) for at in (0, 5, 9, 300)]))

    assert [model.row_of_position(position) for position in (0, 5, 300)] == [0, 1, 3]
    assert model.row_of_position(9_999) == -1


def test_the_first_message_of_a_day_carries_its_date(model: TranscriptModel) -> None:
    days = [0, 0, 1, 3]
    model.open(transcript([message(at, created_at=START + timedelta(days=day)) for at, day in enumerate(days)]))

    marks = [model.begins_day(row) for row in range(4)]

    first = START.astimezone().date()
    assert marks == [first, None, first + timedelta(days=1), first + timedelta(days=3)]


def test_a_screen_reader_hears_who_when_and_what(model: TranscriptModel) -> None:
    model.set_persona_name("Ada")
    model.open(transcript([message(0, "Hello\ud800 there"), message(1, "Hi")]))

    spoken = [model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]

    assert spoken[0].startswith("Ada, ")
    assert spoken[0].endswith(": Hello\ufffd there")
    assert spoken[1].startswith("You, ")


def test_another_conversation_starts_clean(model: TranscriptModel) -> None:
    model.open(transcript([message(at) for at in range(3)]))
    model.remove(MessageId(1))

    model.open(replace(transcript([message(0)]), conversation=conversation(2)))

    assert model.conversation_id == ConversationId(2)
    assert model.message_at(0).id == MessageId(1)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["append", "remove", "accept", "change", "grow", "look"]), st.integers(0, 3_000)),
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(1, 700), ACTIONS)
def test_rows_agree_with_the_path_whatever_happens(qtbot: QtBot, length: int, actions: list[tuple[str, int]]) -> None:
    model = TranscriptModel()
    path = [message(position, prose(position)) for position in range(length)]
    model.open(transcript(path, tail=20))
    fresh = count(9_000)
    for kind, number in actions:
        known = path[number % len(path)] if path else None
        if kind == "append":
            after = (path[-1].position if path else -1) + 1 + number % 3
            path.append(message(after, "new", id=MessageId(next(fresh))))
            model.append(path[-1])
        elif known is None:
            continue
        elif kind == "remove" and model.row_of(known.id) >= 0:
            path.remove(known)
            model.remove(known.id)
        elif kind == "accept":
            index = known.position // BLOCK_POSITIONS
            model.accept_block(ONE, index, [item for item in path if item.position // BLOCK_POSITIONS == index])
        elif kind == "change" and model.row_of(known.id) >= 0:
            path[path.index(known)] = changed = replace(known, text="changed")
            model.change(changed)
        elif kind == "look":
            model.look_at(number % len(path), number % len(path) + 20)

    assert model.rowCount() == len(path)
    for row, expected in enumerate(path):
        assert model.message_at(row) in (None, expected)
