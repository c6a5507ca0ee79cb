import pytest

from personadesk.domain.conversation import Conversation, Message, Role
from personadesk.domain.errors import NotFound
from personadesk.services.ports import NewSwipe, PersonaStore, Store
from personadesk.storage.checks import check_store
from tests.storage.conftest import Desk


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.conversation(desk.persona("Luna").id)


def chat(store: Store, conversation: Conversation) -> PersonaStore:
    return store.for_persona(conversation.persona_id)


def branch_off(desk: Desk, conversation: Conversation, after: Message, *texts: str) -> list[Message]:
    desk.write(lambda store: chat(store, conversation).truncate_after(after.id))
    return desk.say(conversation, *texts)


def show(desk: Desk, conversation: Conversation, message: Message) -> list[str]:
    desk.write(lambda store: chat(store, conversation).show_branch(message.id))
    return desk.texts(conversation)


def test_a_branch_leaves_what_came_after_where_it_can_be_come_back_to(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three", "four")
    other = branch_off(desk, conversation, said[1], "another three", "another four")

    on_other = desk.texts(conversation)
    back = show(desk, conversation, said[2])
    again = show(desk, conversation, other[0])

    assert on_other == again == ["one", "two", "another three", "another four"]
    assert back == ["one", "two", "three", "four"]
    assert check_store(desk.database.data_dir).problems == ()


def test_messages_know_which_of_their_branches_they_are(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")
    branch_off(desk, conversation, said[0], "another two")
    [third] = branch_off(desk, conversation, said[0], "a third two")

    def work(store: Store) -> tuple[list[Message], list[tuple[str, int, bool]]]:
        own = chat(store, conversation)
        ways = [(branch.opening, branch.messages, branch.on_path) for branch in own.siblings(third.id)]
        return own.path_tail(conversation.id, 10), ways

    tail, ways = desk.read(work)
    assert [(message.branch_index, message.branch_count) for message in tail] == [(0, 1), (2, 3)]
    assert ways == [("two", 2, False), ("another two", 1, False), ("a third two", 1, True)]


def test_a_branch_may_begin_with_the_first_message(desk: Desk, conversation: Conversation) -> None:
    [first, _] = desk.say(conversation, "one", "two")
    desk.write(lambda store: chat(store, conversation).truncate_before(first.id))
    desk.say(conversation, "another one")

    texts = desk.texts(conversation)

    assert texts == ["another one"]
    assert show(desk, conversation, first) == ["one", "two"]


def test_what_was_cut_off_can_be_taken_up_again(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")
    desk.write(lambda store: chat(store, conversation).truncate_after(said[0].id))

    [way] = desk.read(lambda store: chat(store, conversation).branches(said[0].id))

    assert (way.first, way.messages, way.on_path) == (said[1].id, 2, False)
    assert show(desk, conversation, said[1]) == ["one", "two", "three"]


def test_a_branch_goes_on_to_its_newest_leaf(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three")
    deeper = branch_off(desk, conversation, said[1], "newer three", "newer four")
    branch_off(desk, conversation, said[0], "another two")

    assert show(desk, conversation, said[1]) == ["one", "two", "newer three", "newer four"]
    assert show(desk, conversation, deeper[0]) == ["one", "two", "newer three", "newer four"]


def test_branches_hold_where_a_message_between_was_deleted_for_good(desk: Desk, conversation: Conversation) -> None:
    said = desk.say(conversation, "one", "two", "three", "four")
    trash_id = desk.write(lambda store: chat(store, conversation).trash_message(said[1].id))
    desk.write(lambda store: store.trash.purge(trash_id))
    [other] = branch_off(desk, conversation, said[0], "another way")

    assert show(desk, conversation, said[2]) == ["one", "three", "four"]
    assert show(desk, conversation, other) == ["one", "another way"]
    assert check_store(desk.database.data_dir).problems == ()


def test_another_personas_branches_are_not_there(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "one")
    other = desk.persona("Sam").id

    for act in ("branches", "siblings", "show_branch", "truncate_before", "texts_of", "mark_message"):
        with pytest.raises(NotFound):
            desk.write(lambda store, act=act: getattr(store.for_persona(other), act)(message.id))


def test_a_long_branch_is_shown_whole(desk: Desk, conversation: Conversation) -> None:
    def work(store: Store) -> Message:
        own = chat(store, conversation)
        first = own.append_message(conversation.id, Role.USER, [NewSwipe("first")])
        for number in range(600):
            own.append_message(conversation.id, Role.USER, [NewSwipe(f"{number}")])
        second = own.path_tail(conversation.id, 600)[0]
        own.truncate_after(first.id)
        own.append_message(conversation.id, Role.USER, [NewSwipe("short")])
        return second

    second = desk.write(work)

    assert len(show(desk, conversation, second)) == 601
    transcript = desk.read(lambda store: chat(store, conversation).transcript(conversation.id, 1))
    assert transcript.message_count == 601
    assert check_store(desk.database.data_dir).problems == ()
