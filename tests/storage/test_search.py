import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.conversation import Conversation, Message, Role, SearchHit, SearchOrder, SwipeState
from personadesk.domain.ids import PersonaId
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.checks import check_store
from personadesk.storage.search_text import fts_query, snippet
from tests.storage.conftest import Desk


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.conversation(desk.persona("Luna").id)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The lamp on the pier", "lamp"),
        ("The lamp on the pier", "PIER the"),
        ("The lamp on the pier", "la"),
        ("Ein schöner Café-Besuch", "cafe besuch"),
        ("STRASSE oder Straße", "straße"),
        ("don't look", "don't"),
        ("f(x) = x**2 + y", "x**2"),
        ("今日は東京へ行きます", "東京"),
        ("今日は東京へ行きます", "行きます"),
        ("黒い猫", "猫"),
        ("我喜欢喝茶和看书", "喝茶"),
        ("오늘 날씨가 좋아요", "날씨"),
        ("오늘 날씨가 좋아요", "좋아"),
        ("ｶﾞﾗｽの靴", "ガラス"),
        ("Python入門 の本", "python入門"),
        ("ฉันรักภาษาไทย", "ภาษา"),
        ("हिन्दी में बात करें", "हिन्दी"),
        ("أحب القهوة كثيرا", "القهوة"),
        ("Москва слезам", "москва"),
        ("x 🦊 fox", "🦊 fox"),
    ],
)
def test_a_message_is_found_by_its_words(desk: Desk, conversation: Conversation, text: str, query: str) -> None:
    desk.say(conversation, "something else entirely", text)

    assert len(desk.found(conversation.persona_id, query)) == 1


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The lamp on the pier", "lamps"),
        ("The lamp on the pier", "pie lamp"),
        ("The lamp on the pier", "lamp boat"),
        ("東京", "京東"),
        ("今日は東京へ行きます", "東行"),
    ],
)
def test_a_message_without_every_word_is_not_found(
    desk: Desk, conversation: Conversation, text: str, query: str
) -> None:
    desk.say(conversation, text)

    assert desk.found(conversation.persona_id, query) == []


def test_the_newest_comes_first_and_no_more_than_asked_for(desk: Desk, conversation: Conversation) -> None:
    desk.say(conversation, *(f"boat {number}" for number in range(5)))

    hits = desk.read(lambda store: store.for_persona(conversation.persona_id).search("boat", limit=2))

    assert [hit.snippet for hit in hits] == ["\ue000boat\ue001 4", "\ue000boat\ue001 3"]
    assert [hit.position for hit in hits] == [4, 3]


def best(desk: Desk, query: str, persona_id: PersonaId | None = None, limit: int = 50) -> list[str]:
    def work(store: Store) -> list[SearchHit]:
        return store.search.messages(query, persona_id=persona_id, order=SearchOrder.RELEVANCE, limit=limit)

    return [hit.snippet.replace("\ue000", "").replace("\ue001", "") for hit in desk.read(work)]


def test_the_best_comes_first_where_that_is_asked_for(desk: Desk, conversation: Conversation) -> None:
    texts = [
        "A lamp, and another lamp.",
        "The lamp stood there, somewhere behind a great many words that were about other things altogether.",
        "A lamplighter came.",
    ]
    desk.say(conversation, *texts)

    assert best(desk, "lamp", conversation.persona_id) == [texts[0], texts[2], texts[1]]
    assert best(desk, "lamp", conversation.persona_id, limit=1) == [texts[0]]


def test_words_next_to_each_other_come_before_the_same_words_apart(desk: Desk, conversation: Conversation) -> None:
    desk.say(conversation, "The old lamp of the pier", "The lamp is old, the pier is too")

    assert best(desk, "old lamp") == ["The old lamp of the pier", "The lamp is old, the pier is too"]


def test_a_common_words_newest_come_first_whoever_said_them(desk: Desk) -> None:
    """With so many that they are looked for persona by persona."""
    conversations = [desk.conversation(desk.persona(name).id) for name in ("Luna", "Marlow", "Sage")]
    for number in range(30):
        for place, conversation in enumerate(conversations):
            desk.say(conversation, *(f"the {number} {place} {n}" for n in range(25)))
    desk.say(conversations[0], "the last one")

    hits = desk.read(lambda store: store.search.messages("the", limit=30))

    said = [hit.snippet.replace("\ue000", "").replace("\ue001", "") for hit in hits]
    assert said[0] == "the last one"
    assert said[1:26] == [f"the 29 2 {n}" for n in range(24, -1, -1)]
    assert said[26:] == [f"the 29 1 {n}" for n in range(24, 20, -1)]


def test_a_search_can_stay_in_one_conversation(desk: Desk, conversation: Conversation) -> None:
    other = desk.conversation(conversation.persona_id)
    desk.say(conversation, "boat here")
    desk.say(other, "boat there")

    hits = desk.read(
        lambda store: store.for_persona(conversation.persona_id).search("boat", conversation_id=conversation.id)
    )

    assert [hit.conversation_id for hit in hits] == [conversation.id]


def test_search_knows_the_text_that_is_shown_and_no_other(desk: Desk, conversation: Conversation) -> None:
    own = conversation.persona_id
    [message] = desk.say(conversation, "apple", role=Role.PERSONA)

    desk.write(lambda store: store.for_persona(own).add_swipe(message.id, NewSwipe("banana")))
    after_swipe = desk.found(own, "apple"), desk.found(own, "banana")
    desk.write(lambda store: store.for_persona(own).show_swipe(message.id, 0))
    after_return = desk.found(own, "apple"), desk.found(own, "banana")
    desk.write(lambda store: store.for_persona(own).edit_message(message.id, "cherry"))
    after_edit = desk.found(own, "apple"), desk.found(own, "cherry")

    assert after_swipe == ([], ["banana"])
    assert after_return == (["apple"], [])
    assert after_edit == ([], ["cherry"])


def test_a_reply_is_found_as_it_grows_and_after_it_was_interrupted(desk: Desk, conversation: Conversation) -> None:
    own = conversation.persona_id
    reply = desk.write(
        lambda store: store.for_persona(own).append_message(
            conversation.id, Role.PERSONA, [NewSwipe("", SwipeState.STREAMING)]
        )
    )
    desk.write(lambda store: store.for_persona(own).update_swipe(reply.swipe_id, "a red kite", SwipeState.STREAMING))

    desk.write(lambda store: store.interrupt_unfinished())

    assert desk.found(own, "kite") == ["a red kite"]


def test_a_long_reply_is_found_to_its_last_word_once_it_ended_however_it_did(
    desk: Desk, conversation: Conversation
) -> None:
    own = conversation.persona_id
    grown = "hay " * 10_000

    def grow() -> Message:
        reply = desk.write(
            lambda store: store.for_persona(own).append_message(
                conversation.id, Role.PERSONA, [NewSwipe("", SwipeState.STREAMING)]
            )
        )
        for text in ("first needle", f"first needle {grown}", f"first needle {grown} last pin"):
            desk.write(
                lambda store, text=text: store.for_persona(own).update_swipe(reply.swipe_id, text, SwipeState.STREAMING)
            )
        return reply

    killed = grow()
    found_while_it_grows = len(desk.found(own, "needle"))
    desk.write(lambda store: store.interrupt_unfinished())
    ended = grow()
    whole = f"first needle {grown} last pin."
    desk.write(lambda store: store.for_persona(own).update_swipe(ended.swipe_id, whole, SwipeState.COMPLETE))

    assert found_while_it_grows == 1
    hits = desk.read(lambda store: store.for_persona(own).search("pin"))
    assert {hit.message_id for hit in hits} == {killed.id, ended.id}


def test_what_is_off_the_path_or_in_the_trash_is_not_found_until_it_is_back(
    desk: Desk, conversation: Conversation
) -> None:
    own = conversation.persona_id
    said = desk.say(conversation, "pear one", "pear two", "pear three")

    trash_id = desk.write(lambda store: store.for_persona(own).trash_message(said[1].id))
    desk.write(lambda store: store.for_persona(own).truncate_after(said[0].id))
    only_first = desk.found(own, "pear")
    conversation_trash = desk.write(lambda store: store.for_persona(own).trash_conversation(conversation.id))
    none = desk.found(own, "pear")
    desk.write(lambda store: store.trash.restore(conversation_trash))
    back = desk.found(own, "pear")
    desk.write(lambda store: store.trash.purge(trash_id))

    assert only_first == ["pear one"]
    assert none == []
    assert back == ["pear one"]
    assert check_store(desk.database.data_dir).problems == ()


@pytest.mark.parametrize(
    "query",
    ["", "   ", "*", '"', '""', "'", "AND", "NOT lamp", "lamp OR", "body:lamp", "^lamp", "lamp NEAR(x)", "(", "lamp)",
     "-lamp", "\0", "la\0mp", "🦊", "\u0301", "\ud800", "la\ud800mp", "{x} %s ; DROP TABLE", "a" * 5_000,
     "x " * 5_000, "\\", "+"],
)  # fmt: skip
def test_no_query_is_read_as_syntax(desk: Desk, conversation: Conversation, query: str) -> None:
    desk.say(conversation, "the lamp and not near or drop table body")

    desk.found(conversation.persona_id, query)


def test_words_that_are_operators_elsewhere_are_words_here(desk: Desk, conversation: Conversation) -> None:
    desk.say(conversation, "this and not that", "another thing")

    assert desk.found(conversation.persona_id, "AND NOT") == ["this and not that"]


@given(st.text())
def test_every_query_comes_out_as_balanced_quoted_words(query: str) -> None:
    expression = fts_query(query)

    outside = expression.split('"')[::2]
    assert "".join(outside).replace("*", "").strip() == ""
    assert "\0" not in expression


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("The Lamp on the pier", "lamp", "The [Lamp] on the pier"),
        ("lamp lamps lamppost", "lamp x", "[lamp] lamps lamppost"),
        ("lamp lamps", "lamp", "[lamp] [lamp]s"),
        ("Café, naïve", "cafe naive", "[Café], [naïve]"),
        ("今日は東京へ", "東京", "今日は[東京]へ"),
        ("one\n\n two\tthree", "two", "one [two] three"),
        ("don't stop", "don't", "[don't] stop"),
        ("nothing here", "zebra", "nothing here"),
        ("forged \ue000mark\ue001 here", "here", "forged mark [here]"),
    ],
)
def test_a_snippet_marks_what_was_searched_for(text: str, query: str, marked: str) -> None:
    assert snippet(text, query).replace("\ue000", "[").replace("\ue001", "]") == marked


def test_a_snippet_of_a_long_message_shows_the_words_around_the_match() -> None:
    text = "word " * 2_000 + "needle in it " + "word " * 2_000

    shown = snippet(text, "needle")

    assert shown.startswith("…word")
    assert "\ue000needle\ue001 in it" in shown
    assert shown.endswith("…")
    assert len(shown) < 250
