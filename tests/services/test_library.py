"""Arranging many personas at once: tags and their looks, favourites, copies, the trash."""

import pytest

from personadesk.domain.errors import InvalidInput
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.library import TagLook
from personadesk.domain.persona import Origin, PersonaCard
from personadesk.services.library import LibraryService
from personadesk.services.tag_looks import TAG_LOOKS
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop


def arranging(desk: ChatDesk) -> LibraryService:
    return LibraryService(database=desk.disk, publish=desk.events.append, silence=desk.chat.silence)


async def built_in(desk: ChatDesk, *tags: str) -> PersonaId:
    card = PersonaCard("Luna", tags=tags)
    made = await desk.disk.write(lambda store: store.personas.create(card, origin=Origin.BUILT_IN, built_in_key="luna"))
    return made.id


async def tags(desk: ChatDesk) -> dict[str, tuple[str, ...]]:
    return {item.name: item.tags for item in (await desk.personas.listing()).personas}


@on_loop
async def test_tags_are_added_and_removed_in_one_change_each_and_both_are_undone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        nora, omar = await desk.persona("Nora", tags=("sea",)), await desk.persona("Omar")
        desk.events.clear()

        added = await library.add_tags([nora, omar], [" sea ", "work"])
        assert await tags(desk) == {"Nora": ("sea", "work"), "Omar": ("sea", "work")}
        removed = await library.remove_tags([nora, omar], ["sea"])
        assert await tags(desk) == {"Nora": ("work",), "Omar": ("work",)}
        assert desk.events == [ChangeSet(personas=frozenset({nora, omar}))] * 2

        await library.undo_tags(removed)
        await library.undo_tags(added)
        assert await tags(desk) == {"Nora": ("sea",), "Omar": ()}


@on_loop
async def test_what_changed_since_stays_when_a_change_of_tags_is_undone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        nora, omar = await desk.persona("Nora"), await desk.persona("Omar")
        added = await library.add_tags([nora, omar], ["work"])
        await library.add_tags([omar], ["night"])

        await library.undo_tags(added)

        assert await tags(desk) == {"Nora": (), "Omar": ("work", "night")}


@on_loop
async def test_a_built_in_takes_tags_beside_its_card_and_gives_them_to_its_copy(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        luna = await built_in(desk, "stars")

        await library.add_tags([luna], ["work"])
        await library.remove_tags([luna], ["stars"])

        assert await tags(desk) == {"Luna": ("work",)}
        assert (await desk.personas.summary(luna)).tags == ("work",)
        assert (await desk.personas.get(luna)).card.tags == ("stars",)
        copy = await desk.personas.duplicate(luna)
        assert copy.card.tags == ("work",)


@on_loop
async def test_renaming_a_tag_to_one_that_is_there_merges_them_and_is_undone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        await desk.persona("Nora", tags=("sea", "ocean", "calm"))
        await desk.persona("Omar", tags=("sea",))
        await built_in(desk, "sea")
        await library.set_tag_look("sea", colour="blue")
        await library.set_tag_look("ocean", folder=True)

        merged = await library.rename_tag("sea", "ocean")

        assert await tags(desk) == {"Nora": ("ocean", "calm"), "Omar": ("ocean",), "Luna": ("ocean",)}
        assert await library.tag_looks() == {"ocean": TagLook(folder=True)}
        await library.undo_tags(merged)
        assert await tags(desk) == {"Nora": ("sea", "ocean", "calm"), "Omar": ("sea",), "Luna": ("sea",)}
        assert await library.tag_looks() == {"sea": TagLook("blue"), "ocean": TagLook(folder=True)}


@on_loop
async def test_a_tag_takes_its_look_along_under_a_new_name_and_away_when_deleted(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        nora = await desk.persona("Nora", tags=("sea",))
        await library.set_tag_look("sea", colour="teal", folder=True)
        desk.events.clear()

        await library.rename_tag("sea", "shore")
        assert await library.tag_looks() == {"shore": TagLook("teal", folder=True)}
        assert desk.events == [ChangeSet(personas=frozenset({nora}), settings=frozenset({TAG_LOOKS}))]

        await library.delete_tag("shore")
        assert (await tags(desk), await library.tag_looks()) == ({"Nora": ()}, {})


@pytest.mark.parametrize("tag", ["", "   ", "x" * 61])
@on_loop
async def test_an_empty_or_endless_tag_is_refused(open_chat: OpenDesk, tag: str) -> None:
    async with open_chat() as desk:
        nora = await desk.persona("Nora", tags=("sea",))

        with pytest.raises(InvalidInput):
            await arranging(desk).add_tags([nora], [tag])
        with pytest.raises(InvalidInput):
            await arranging(desk).rename_tag("sea", tag)

        assert await tags(desk) == {"Nora": ("sea",)}


@on_loop
async def test_many_go_to_the_trash_at_once_but_for_built_ins_and_come_back_at_once(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        nora, omar, luna = await desk.persona("Nora"), await desk.persona("Omar"), await built_in(desk)
        desk.events.clear()

        trashed = await library.trash_many([nora, omar, luna])

        assert (len(trashed.trash_ids), trashed.kept) == (2, (luna,))
        assert list(await tags(desk)) == ["Luna"]
        assert desk.events == [ChangeSet(personas=frozenset({nora, omar}), trash=True)]
        restored = await library.restore_many(trashed.trash_ids)
        assert restored.personas == (nora, omar)
        assert len(await tags(desk)) == 3


@on_loop
async def test_of_many_in_the_trash_only_those_with_a_free_name_come_back(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        first = await library.trash_many([await desk.persona("Nora"), await desk.persona("Omar")])
        second = await library.trash_many([await desk.persona("Omar")])
        await desk.persona("NORA")

        restored = await library.restore_many([*first.trash_ids, *second.trash_ids])

        assert restored.refused == ("Nora", "Omar")
        assert sorted(await tags(desk)) == ["NORA", "Omar"]
        assert len(await library.trash_entries()) == 2


@on_loop
async def test_deleting_many_for_good_takes_them_out_of_the_trash_and_nobody_else(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        trashed = await library.trash_many([await desk.persona(name) for name in ("Nora", "Omar", "Pia")])

        purged = await library.purge_many([*trashed.trash_ids[:2], trashed.trash_ids[0]])

        assert purged == 2
        assert [entry.label for entry in await library.trash_entries()] == ["Pia"]
        delta = await desk.personas.delta([PersonaId(1), PersonaId(2), PersonaId(3)])
        assert [item.name for _, item in delta.trashed] == ["Pia"]


@on_loop
async def test_stars_change_only_where_they_have_to(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        nora, omar = await desk.persona("Nora"), await desk.persona("Omar")
        await desk.personas.set_favourite(nora, True)

        assert await library.set_favourites([nora, omar], True) == (omar,)


@on_loop
async def test_copies_of_many_have_names_of_their_own(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        nora, luna = await desk.persona("Nora"), await built_in(desk)

        copies = await arranging(desk).duplicate_many([nora, luna])

        assert len(copies) == 2
        assert sorted(await tags(desk)) == ["Luna", "Luna 2", "Nora", "Nora 2"]


@on_loop
async def test_a_persona_comes_back_before_what_is_its_own(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        library = arranging(desk)
        conversation = await desk.begin("Nora")
        nora = conversation.persona_id
        await desk.disk.write(lambda store: store.for_persona(nora).trash_conversation(conversation.id))
        await library.trash_many([nora])
        everything = [entry.id for entry in await library.trash_entries()]

        alone = await library.restore_entries([everything[-1]])
        assert (alone.personas, len(alone.refused)) == ((), 1)
        restored = await library.restore_entries(everything)

        assert (restored.personas, restored.refused) == ((nora, nora), ())
        assert await library.trash_entries() == []
