"""A running summary tells of turns that stand on the active path, as they stand there."""

from collections.abc import Callable

import pytest

from personadesk.domain.conversation import Conversation, Message, RunningSummary
from personadesk.services.ports import NewSwipe, PersonaStore, Store
from tests.storage.conftest import Desk

UNTIL = 5


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.conversation(desk.persona("Luna").id)


def chat(store: Store, conversation: Conversation) -> PersonaStore:
    return store.for_persona(conversation.persona_id)


def ten_turns(desk: Desk, conversation: Conversation, *, edited: bool = False) -> list[Message]:
    """Of which a summary tells up to the sixth."""
    said = desk.say(conversation, *(f"turn {number}" for number in range(10)))
    sum_up(desk, conversation, edited=edited)
    return said


def sum_up(desk: Desk, conversation: Conversation, *, edited: bool = False) -> None:
    desk.write(lambda store: chat(store, conversation).save_summary(conversation.id, "They met.", UNTIL, edited=edited))


def told(desk: Desk, conversation: Conversation) -> RunningSummary | None:
    return desk.read(lambda store: chat(store, conversation).summary(conversation.id))


Change = Callable[[PersonaStore, Message], object]
CHANGES: dict[str, Change] = {
    "a branch begins behind it": lambda own, message: own.truncate_after(message.id),
    "a branch begins with it": lambda own, message: own.truncate_before(message.id),
    "it says something else": lambda own, message: own.edit_message(message.id, "another turn"),
    "it is answered again": lambda own, message: own.add_swipe(message.id, NewSwipe("another turn")),
    "it is deleted": lambda own, message: own.trash_message(message.id),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_summary_by_the_model_goes_with_the_turns_it_tells_of(
    desk: Desk, conversation: Conversation, change: Change
) -> None:
    said = ten_turns(desk, conversation)

    desk.write(lambda store: change(chat(store, conversation), said[8]))
    beyond = told(desk, conversation)
    desk.write(lambda store: change(chat(store, conversation), said[2]))

    assert beyond is not None
    assert told(desk, conversation) is None


def test_the_users_own_summary_stays_and_stands_for_no_turn(desk: Desk, conversation: Conversation) -> None:
    said = ten_turns(desk, conversation, edited=True)

    desk.write(lambda store: chat(store, conversation).truncate_before(said[2].id))

    kept = told(desk, conversation)
    assert kept is not None
    assert (kept.text, kept.until_position, kept.edited) == ("They met.", -1, True)


def test_a_summary_does_not_follow_onto_another_branch(desk: Desk, conversation: Conversation) -> None:
    said = ten_turns(desk, conversation)
    desk.write(lambda store: chat(store, conversation).truncate_after(said[1].id))
    desk.say(conversation, *(f"another turn {number}" for number in range(10)))
    sum_up(desk, conversation)

    desk.write(lambda store: chat(store, conversation).show_branch(said[2].id))

    assert told(desk, conversation) is None


def test_a_message_that_comes_back_is_not_taken_for_summed_up(desk: Desk, conversation: Conversation) -> None:
    said = ten_turns(desk, conversation)
    trashed = desk.write(lambda store: chat(store, conversation).trash_message(said[2].id))
    sum_up(desk, conversation)

    desk.write(lambda store: store.trash.restore(trashed))

    assert told(desk, conversation) is None


def test_looking_at_another_reply_and_at_the_shown_one(desk: Desk, conversation: Conversation) -> None:
    said = ten_turns(desk, conversation)
    desk.write(lambda store: chat(store, conversation).add_swipe(said[3].id, NewSwipe("another turn")))
    sum_up(desk, conversation)

    desk.write(lambda store: chat(store, conversation).show_swipe(said[3].id, 1))
    same = told(desk, conversation)
    desk.write(lambda store: chat(store, conversation).show_swipe(said[3].id, 0))

    assert same is not None
    assert told(desk, conversation) is None


def test_what_happens_off_the_path_changes_no_summary(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")
    desk.write(lambda store: chat(store, conversation).truncate_after(said[0].id))
    desk.say(conversation, *(f"turn {number}" for number in range(10)))
    sum_up(desk, conversation)

    desk.write(lambda store: chat(store, conversation).edit_message(said[1].id, "another two"))

    assert told(desk, conversation) is not None
