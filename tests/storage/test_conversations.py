import pytest

from personadesk.domain.conversation import (
    BLOCK_POSITIONS,
    MESSAGE_LIMIT,
    Conversation,
    Role,
    SwipeState,
    TranscriptBlock,
)
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import ConversationId, MessageId, PersonId, SwipeId
from personadesk.services.ports import NewSwipe, PersonaStore, Store
from personadesk.storage.checks import check_store
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.conversation(desk.persona("Luna").id)


def chat(store: Store, conversation: Conversation) -> PersonaStore:
    return store.for_persona(conversation.persona_id)


def test_messages_come_back_in_order_each_after_the_one_before(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")

    transcript = desk.read(lambda store: chat(store, conversation).transcript(conversation.id, 2))

    assert [message.parent_id for message in said] == [None, said[0].id, said[1].id]
    assert transcript.tail == tuple(said[1:])
    assert transcript.message_count == 3
    assert transcript.conversation.message_count == 3


def test_a_long_conversation_is_outlined_in_blocks_that_can_be_read_one_by_one(
    desk: Desk, conversation: Conversation
) -> None:
    texts = [f"{number:04}" + "x" * (number % 7) for number in range(2 * BLOCK_POSITIONS + 10)]
    desk.say(conversation, *texts)

    transcript = desk.read(lambda store: chat(store, conversation).transcript(conversation.id, 5))
    middle = desk.read(lambda store: chat(store, conversation).block(conversation.id, 1))

    expected = [texts[:256], texts[256:512], texts[512:]]
    assert transcript.blocks == tuple(
        TranscriptBlock(index, len(block), sum(map(len, block))) for index, block in enumerate(expected)
    )
    assert [message.text for message in middle] == expected[1]


def test_the_outline_follows_every_change_of_the_path(desk: Desk, conversation: Conversation, clock: FakeClock) -> None:
    said = desk.say(conversation, "one", "two", "three", "four", "five")

    def work(store: Store) -> None:
        own = chat(store, conversation)
        own.edit_message(said[0].id, "a longer one")
        reply = own.add_swipe(said[1].id, NewSwipe("", SwipeState.STREAMING))
        own.update_swipe(reply.swipe_id, "a reply so far", SwipeState.STREAMING)
        own.add_swipe(said[2].id, NewSwipe("another"))
        own.show_swipe(said[2].id, 0)
        own.trash_message(said[3].id)
        own.truncate_after(said[3 - 1].id)
        own.append_message(conversation.id, Role.USER, [NewSwipe("new"), NewSwipe("newer")], shown=1)

    desk.write(work)

    texts = ["a longer one", "a reply so far", "three", "newer"]
    transcript = desk.read(lambda store: chat(store, conversation).transcript(conversation.id, 50))
    assert [message.text for message in transcript.tail] == texts
    assert transcript.blocks == (TranscriptBlock(0, 4, sum(map(len, texts))),)
    assert check_store(desk.database.data_dir).problems == ()


def test_regenerating_adds_a_swipe_and_loses_none(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "first", role=Role.PERSONA)

    second = desk.write(lambda store: chat(store, conversation).add_swipe(message.id, NewSwipe("second", model="m")))
    back = desk.write(lambda store: chat(store, conversation).show_swipe(message.id, 0))

    assert (second.text, second.swipe_index, second.swipe_count, second.model) == ("second", 1, 2, "m")
    assert (back.text, back.swipe_index, back.swipe_count, back.swipe_id) == ("first", 0, 2, message.swipe_id)


def test_a_swipe_that_is_not_there_cannot_be_shown(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "only")

    for index in (-1, 1):
        with pytest.raises(NotFound):
            desk.write(lambda store, index=index: chat(store, conversation).show_swipe(message.id, index))


def test_editing_keeps_the_old_text_as_a_swipe(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "teh")

    edited = desk.write(lambda store: chat(store, conversation).edit_message(message.id, "the"))
    again = desk.write(lambda store: chat(store, conversation).edit_message(message.id, "the"))
    old = desk.write(lambda store: chat(store, conversation).show_swipe(message.id, 0))

    assert (edited.text, edited.edited, edited.swipe_count) == ("the", True, 2)
    assert again == edited
    assert (old.text, old.edited) == ("teh", False)


def test_greetings_are_swipes_of_one_message(desk: Desk, conversation: Conversation) -> None:
    greetings = [NewSwipe("hello"), NewSwipe("hi"), NewSwipe("hey")]

    message = desk.write(
        lambda store: chat(store, conversation).append_message(conversation.id, Role.PERSONA, greetings, shown=1)
    )

    assert (message.text, message.swipe_index, message.swipe_count) == ("hi", 1, 3)


def test_a_reply_is_kept_as_it_grows_and_says_how_it_ended(desk: Desk, conversation: Conversation) -> None:
    streaming = NewSwipe("", SwipeState.STREAMING, model="basic")
    reply = desk.write(
        lambda store: chat(store, conversation).append_message(conversation.id, Role.PERSONA, [streaming])
    )

    def state_after(text: str, state: SwipeState, error: str = "") -> tuple[str, SwipeState, str]:
        desk.write(lambda store: chat(store, conversation).update_swipe(reply.swipe_id, text, state, error))
        message = desk.read(lambda store: chat(store, conversation).message(reply.id))
        return message.text, message.state, message.error

    growing = state_after("On", SwipeState.STREAMING)
    ended = state_after("Once", SwipeState.FAILED, "The model stopped.")

    assert growing == ("On", SwipeState.STREAMING, "")
    assert ended == ("Once", SwipeState.FAILED, "The model stopped.")


def test_what_was_streaming_when_the_program_ended_is_marked_interrupted(
    desk: Desk, conversation: Conversation
) -> None:
    desk.say(conversation, "hello")
    reply = desk.write(
        lambda store: chat(store, conversation).append_message(
            conversation.id, Role.PERSONA, [NewSwipe("half a", SwipeState.STREAMING)]
        )
    )

    marked = desk.write(lambda store: store.interrupt_unfinished())

    message = desk.read(lambda store: chat(store, conversation).message(reply.id))
    assert marked == 1
    assert (message.text, message.state) == ("half a", SwipeState.INTERRUPTED)
    assert message.error
    assert desk.write(lambda store: store.interrupt_unfinished()) == 0


def test_taking_a_message_out_leaves_its_neighbours(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")

    desk.write(lambda store: chat(store, conversation).trash_message(said[1].id))

    assert desk.texts(conversation) == ["one", "three"]
    with pytest.raises(NotFound):
        desk.read(lambda store: chat(store, conversation).message(said[1].id))


def test_a_message_after_a_trashed_leaf_does_not_take_its_place(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two")
    trash_id = desk.write(lambda store: chat(store, conversation).trash_message(said[1].id))
    desk.say(conversation, "three")

    desk.write(lambda store: store.trash.restore(trash_id))

    assert desk.texts(conversation) == ["one", "two", "three"]


def test_truncating_makes_a_message_the_leaf_and_keeps_what_came_after(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")

    desk.write(lambda store: chat(store, conversation).truncate_after(said[0].id))
    [other] = desk.say(conversation, "another two")

    kept = desk.read(lambda store: chat(store, conversation).message(said[2].id))
    assert desk.texts(conversation) == ["one", "another two"]
    assert other.parent_id == said[0].id
    assert kept.text == "three"


def test_the_tail_of_the_path_can_end_with_any_message_on_it(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three", "four")

    def tail(limit: int, until: MessageId) -> list[str]:
        own = desk.read(lambda store: chat(store, conversation).path_tail(conversation.id, limit, until))
        return [message.text for message in own]

    assert tail(2, said[2].id) == ["two", "three"]
    desk.write(lambda store: chat(store, conversation).truncate_after(said[1].id))
    with pytest.raises(NotFound):
        tail(2, said[2].id)


def test_conversations_are_listed_by_last_use(desk: Desk, clock: FakeClock) -> None:
    persona = desk.persona("Luna")
    first = desk.conversation(persona.id, "  First \n talk ")
    clock.advance(minutes=1)
    second = desk.conversation(persona.id)
    clock.advance(minutes=1)
    desk.say(first, "back again")

    listed = desk.read(lambda store: store.for_persona(persona.id).conversations())

    assert [item.id for item in listed] == [first.id, second.id]
    assert listed[0].title == "First talk"


def test_a_draft_and_a_title_are_kept(desk: Desk, conversation: Conversation) -> None:
    draft = "x" * (MESSAGE_LIMIT + 5)

    desk.write(lambda store: chat(store, conversation).save_draft(conversation.id, draft))
    desk.write(lambda store: chat(store, conversation).rename_conversation(conversation.id, "Boats"))

    kept = desk.read(lambda store: chat(store, conversation).conversation(conversation.id))
    assert (kept.draft, kept.title) == (draft, "Boats")


def test_a_message_that_is_too_long_is_refused_in_words(desk: Desk, conversation: Conversation) -> None:
    with pytest.raises(InvalidInput, match="100,001 characters") as caught:
        desk.say(conversation, "x" * (MESSAGE_LIMIT + 1))

    assert caught.value.field == "text"
    assert desk.texts(conversation) == []


def test_a_title_that_is_too_long_is_refused_in_words(desk: Desk, conversation: Conversation) -> None:
    with pytest.raises(InvalidInput, match="201 characters") as caught:
        desk.write(lambda store: chat(store, conversation).rename_conversation(conversation.id, "x" * 201))

    assert caught.value.field == "title"


@pytest.mark.parametrize(("swipes", "shown"), [([], 0), ([NewSwipe("x")], 1), ([NewSwipe("x")], -1)])
def test_a_message_shows_one_of_its_own_swipes(
    desk: Desk, conversation: Conversation, swipes: list[NewSwipe], shown: int
) -> None:
    with pytest.raises(ValueError, match="at least one swipe"):
        desk.write(
            lambda store: chat(store, conversation).append_message(conversation.id, Role.USER, swipes, shown=shown)
        )


def test_a_text_with_anything_in_it_is_kept(desk: Desk, conversation: Conversation) -> None:
    text = "nul \0 in it, \u202e right-to-left, \U0001d54f <script> \r\n ` ' \" %s {0} \ue000"

    desk.say(conversation, text)

    assert desk.texts(conversation) == [text]


def test_stale_ids_find_nothing(desk: Desk, conversation: Conversation) -> None:
    gone = 4_000_000

    for work in (
        lambda own: own.conversation(ConversationId(gone)),
        lambda own: own.transcript(ConversationId(gone), 5),
        lambda own: own.block(ConversationId(gone), 0),
        lambda own: own.append_message(ConversationId(gone), Role.USER, [NewSwipe("x")]),
        lambda own: own.save_draft(ConversationId(gone), "x"),
        lambda own: own.message(MessageId(gone)),
        lambda own: own.update_swipe(SwipeId(gone), "x", SwipeState.COMPLETE),
        lambda own: own.create_conversation(PersonId(gone)),
    ):
        with pytest.raises(NotFound):
            desk.write(lambda store, work=work: work(chat(store, conversation)))
