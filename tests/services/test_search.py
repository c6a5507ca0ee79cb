"""The user's search, over everyone or one persona."""

from datetime import UTC, datetime, timedelta

import pytest

from personadesk.domain.conversation import Role, SearchFilter
from personadesk.domain.search import SearchQuery
from personadesk.services.ports import Store
from personadesk.services.search import SearchService
from personadesk.services.search_query import read_query
from tests.services.chat_desk import OpenDesk, on_loop

DAY = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("old lamp", SearchQuery("old lamp")),
        ("lamp from:me has:code", SearchQuery("lamp", SearchFilter(role=Role.USER, has_code=True))),
        ("is:starred", SearchQuery("", SearchFilter(starred=True))),
        ('in:"Old Luna" lamp', SearchQuery("lamp", within="Old Luna")),
        ("from:Luna lamp", SearchQuery("lamp", SearchFilter(role=Role.PERSONA), "Luna")),
        ("before:2026-01-31", SearchQuery("", SearchFilter(before=DAY))),
        ("after:2026-01-30", SearchQuery("", SearchFilter(since=DAY))),
        ("on:2026-01-31", SearchQuery("", SearchFilter(since=DAY, before=DAY + timedelta(days=1)))),
        ("before:tomorrow http://a.example", SearchQuery("before:tomorrow http://a.example")),
        ("on:9999-12-31 has:wings", SearchQuery("on:9999-12-31 has:wings")),
    ],
)
def test_marks_narrow_and_all_else_is_words(typed: str, query: SearchQuery) -> None:
    assert read_query(typed, zone=UTC) == query


@on_loop
async def test_messages_titles_and_memories_are_found_of_everyone_or_one(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        search = SearchService(database=desk.disk)
        luna = await desk.begin("Luna")
        sam = await desk.begin("Sam")
        await desk.say(luna, "The red kite flies")
        await desk.chat.rename_conversation(sam.persona_id, sam.id, "Kites and wind")

        def learn(store: Store) -> None:
            store.memories(sam.persona_id).add("Builds KITES at night", person_id=store.people.you().id)

        await desk.disk.write(learn)
        everywhere = await search.find("kite")
        of_luna = await search.find("kite", persona_id=luna.persona_id)
        only_mine = await search.find("kite", only=SearchFilter(role=Role.USER))

        assert [hit.persona_id for hit in everywhere.messages] == [luna.persona_id]
        assert [found.title for found in everywhere.conversations] == ["Kites and wind"]
        assert [found.text for found in everywhere.memories] == ["Builds KITES at night"]
        assert (len(of_luna.messages), of_luna.conversations, of_luna.memories) == (1, (), ())
        assert (len(only_mine.messages), only_mine.conversations) == (1, ())


@on_loop
async def test_what_is_in_the_trash_is_not_found(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        search = SearchService(database=desk.disk)
        luna = await desk.begin("Luna")
        await desk.say(luna, "The red kite")
        await desk.chat.rename_conversation(luna.persona_id, luna.id, "Kite")
        await desk.personas.trash(luna.persona_id)

        found = await search.find("kite")

        assert (found.messages, found.conversations, found.memories) == ((), (), ())
