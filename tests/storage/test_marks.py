from datetime import timedelta

import pytest

from personadesk.domain.conversation import Conversation, Role, SearchFilter, SearchOrder
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.services.ports import NewSwipe, PersonaStore, Store
from personadesk.storage.checks import check_store
from personadesk.storage.places import ASSETS_NAME
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.conversation(desk.persona("Luna").id)


def chat(store: Store, conversation: Conversation) -> PersonaStore:
    return store.for_persona(conversation.persona_id)


def test_marks_stay_with_their_message_until_they_are_taken_away(desk: Desk, conversation: Conversation) -> None:
    first, second, _ = desk.say(conversation, "one", "two", "three")

    desk.write(lambda store: chat(store, conversation).mark_message(second.id, starred=True, note=" remember "))
    desk.write(lambda store: chat(store, conversation).mark_message(second.id, pinned=True))
    marked = desk.read(lambda store: chat(store, conversation).message(second.id))
    listed = desk.read(lambda store: chat(store, conversation).marked(conversation.id))
    desk.write(lambda store: chat(store, conversation).mark_message(second.id, starred=False, pinned=False, note=""))

    assert (marked.starred, marked.pinned, marked.note) == (True, True, "remember")
    assert [(hit.message_id, hit.snippet) for hit in listed] == [(second.id, "two")]
    assert desk.read(lambda store: chat(store, conversation).marked(conversation.id)) == []
    assert not desk.read(lambda store: chat(store, conversation).message(first.id)).starred


def test_a_note_that_is_too_long_is_refused(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "one")

    with pytest.raises(InvalidInput, match="characters"):
        desk.write(lambda store: chat(store, conversation).mark_message(message.id, note="x" * 5_001))


def test_a_model_names_a_conversation_only_until_the_user_does(desk: Desk, conversation: Conversation) -> None:
    named = desk.write(lambda store: chat(store, conversation).name_by_model(conversation.id, "A walk\nby the sea"))
    by_model = desk.read(lambda store: chat(store, conversation).conversation(conversation.id))
    desk.write(lambda store: chat(store, conversation).rename_conversation(conversation.id, "The sea"))
    again = desk.write(lambda store: chat(store, conversation).name_by_model(conversation.id, "Another"))

    by_user = desk.read(lambda store: chat(store, conversation).conversation(conversation.id))
    assert (named, by_model.title, by_model.named_by_model) == (True, "A walk by the sea", True)
    assert (again, by_user.title, by_user.named_by_model) == (False, "The sea", False)


def test_an_archived_conversation_says_so_and_comes_back(desk: Desk, conversation: Conversation) -> None:
    desk.write(lambda store: chat(store, conversation).archive_conversation(conversation.id, True))
    [archived] = desk.read(lambda store: chat(store, conversation).conversations())
    desk.write(lambda store: chat(store, conversation).archive_conversation(conversation.id, False))

    [back] = desk.read(lambda store: chat(store, conversation).conversations())
    assert (archived.archived, back.archived) == (True, False)


def test_a_summary_is_kept_and_can_be_taken_away(desk: Desk, conversation: Conversation) -> None:
    desk.write(lambda store: chat(store, conversation).save_summary(conversation.id, "They met.", 4))
    desk.write(lambda store: chat(store, conversation).save_summary(conversation.id, "They met.", 9, edited=True))
    kept = desk.read(lambda store: chat(store, conversation).summary(conversation.id))
    desk.write(lambda store: chat(store, conversation).save_summary(conversation.id, "", 9))

    assert kept is not None
    assert (kept.text, kept.until_position, kept.edited) == ("They met.", 9, True)
    assert desk.read(lambda store: chat(store, conversation).summary(conversation.id)) is None


def test_an_edited_message_keeps_every_text_it_had(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "frist")
    desk.write(lambda store: chat(store, conversation).edit_message(message.id, "first"))

    texts = desk.read(lambda store: chat(store, conversation).texts_of(message.id))

    assert [(written.text, written.edited) for written in texts] == [("frist", False), ("first", True)]


def test_the_first_message_of_a_day_is_found(desk: Desk, conversation: Conversation, clock: FakeClock) -> None:
    desk.say(conversation, "one")
    clock.advance(days=2)
    [second] = desk.say(conversation, "two")

    def at(days: int) -> int | None:
        moment = clock.now() + timedelta(days=days)
        return desk.read(lambda store: chat(store, conversation).position_at(conversation.id, moment))

    assert [at(-10), at(-1), at(0), at(5)] == [0, second.position, second.position, second.position]
    days = desk.read(lambda store: chat(store, conversation).spoken_days(conversation.id))
    today = clock.now().astimezone().date()
    assert days == {today - timedelta(days=2): 1, today: 1}


def test_a_file_goes_from_the_composer_with_a_message_and_leaves_with_it(
    desk: Desk, conversation: Conversation
) -> None:
    def lay(store: Store) -> None:
        sha256 = store.assets.put(b"hello there", "text/plain")
        chat(store, conversation).attach(
            conversation.id, sha256=sha256, name="a.txt", media_type="text/plain", text="hello there"
        )

    desk.write(lay)
    [waiting] = desk.read(lambda store: chat(store, conversation).waiting(conversation.id))
    [message] = desk.say(conversation, "look at this")
    desk.write(lambda store: chat(store, conversation).send_waiting(conversation.id, message.id))
    sent = desk.read(lambda store: chat(store, conversation).message(message.id))
    texts = desk.read(lambda store: chat(store, conversation).attachments_of([message.id]))

    assert (waiting.name, waiting.text, waiting.characters) == ("a.txt", "hello there", 11)
    assert [file.name for file in sent.attachments] == ["a.txt"]
    assert [file.text for file in texts[message.id]] == ["hello there"]
    assert desk.read(lambda store: chat(store, conversation).waiting(conversation.id)) == []
    with pytest.raises(NotFound):
        desk.write(lambda store: chat(store, conversation).detach(waiting.id))
    trash_id = desk.write(lambda store: chat(store, conversation).trash_message(message.id))
    desk.write(lambda store: store.trash.purge(trash_id))
    assert [file for file in (desk.database.data_dir / ASSETS_NAME).rglob("*") if file.is_file()] == []


def test_a_conversation_with_everything_can_be_deleted_for_good(desk: Desk, conversation: Conversation) -> None:
    [message] = desk.say(conversation, "one")

    def fill(store: Store) -> None:
        own = chat(store, conversation)
        sha256 = store.assets.put(b"x", "text/plain")
        own.attach(conversation.id, sha256=sha256, name="a", media_type="text/plain", text="x")
        own.mark_message(message.id, starred=True)
        own.archive_conversation(conversation.id, True)
        own.save_summary(conversation.id, "short", 0)

    desk.write(fill)
    trash_id = desk.write(lambda store: chat(store, conversation).trash_conversation(conversation.id))

    desk.write(lambda store: store.trash.purge(trash_id))

    assert check_store(desk.database.data_dir).problems == ()


def test_the_users_search_looks_everywhere_or_at_one_persona(desk: Desk, conversation: Conversation) -> None:
    other = desk.conversation(desk.persona("Sam").id)
    desk.say(conversation, "a boat", "no ship")
    desk.say(other, "another boat")

    def found(**narrowed: object) -> list[str]:
        hits = desk.read(lambda store: store.search.messages("boat", **narrowed))  # type: ignore[arg-type]
        return [hit.snippet.replace("\ue000", "").replace("\ue001", "") for hit in hits]

    assert found() == ["another boat", "a boat"]
    assert found(persona_id=other.persona_id) == ["another boat"]
    assert found(limit=1) == ["another boat"]
    assert sorted(found(order=SearchOrder.RELEVANCE)) == ["a boat", "another boat"]


def test_a_search_is_narrowed_by_who_when_code_and_stars(
    desk: Desk, conversation: Conversation, clock: FakeClock
) -> None:
    desk.say(conversation, "boat by me")
    clock.advance(days=3)
    [code] = desk.say(conversation, "boat\n```\ncode\n```", role=Role.PERSONA)
    desk.write(lambda store: chat(store, conversation).mark_message(code.id, starred=True))
    day = clock.now() - timedelta(days=1)

    def found(query: str, only: SearchFilter, order: SearchOrder) -> list[int]:
        return [hit.position for hit in desk.read(lambda store: store.search.messages(query, only=only, order=order))]

    for order in SearchOrder:
        assert found("boat", SearchFilter(role=Role.USER), order) == [0]
        assert found("boat", SearchFilter(since=day), order) == [1]
        assert found("boat", SearchFilter(before=day), order) == [0]
        assert found("boat", SearchFilter(has_code=True), order) == [1]
        assert found("boat", SearchFilter(starred=True), order) == [1]
    assert found("", SearchFilter(starred=True), SearchOrder.NEWEST) == [1]
    assert found("", SearchFilter(), SearchOrder.NEWEST) == []
    assert found("!!", SearchFilter(starred=True), SearchOrder.NEWEST) == []


def test_the_most_fitting_comes_first_however_much_is_hidden(desk: Desk, conversation: Conversation) -> None:
    def work(store: Store) -> None:
        own = chat(store, conversation)
        first = own.append_message(conversation.id, Role.USER, [NewSwipe("boat " + "and other words " * 40)])
        for _ in range(300):
            own.append_message(conversation.id, Role.USER, [NewSwipe("boat boat")])
        own.truncate_after(first.id)

    desk.write(work)

    [hit] = desk.read(lambda store: store.search.messages("boat", order=SearchOrder.RELEVANCE, limit=5))

    assert hit.position == 0
