"""Making, changing, arranging and deleting personas."""

import pytest

from personadesk.domain.conversation import SwipeState
from personadesk.domain.errors import InvalidInput, NotFound, Protected
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import NAME_LIMIT, Origin, PersonaCard
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop


async def built_in(desk: ChatDesk, name: str = "Luna") -> PersonaId:
    made = await desk.disk.write(
        lambda store: store.personas.create(PersonaCard(name), origin=Origin.BUILT_IN, built_in_key=name.lower())
    )
    return made.id


async def pins(desk: ChatDesk) -> list[str]:
    found = [item for item in (await desk.personas.listing()).personas if item.pin_position is not None]
    return [item.name for item in sorted(found, key=lambda item: item.pin_position or 0)]


@on_loop
async def test_a_persona_is_made_found_and_changed(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        made = await desk.personas.create(PersonaCard("Nora", description="Knits."))

        await desk.personas.update(made.id, PersonaCard("Nora", description="Knits and sails."))

        found = await desk.personas.find_by_name("nORA")
        assert found is not None
        assert (found.id, found.card.description) == (made.id, "Knits and sails.")
        assert await desk.personas.get(made.id) == found
        whose = frozenset({made.id})
        assert desk.events == [ChangeSet(personas=whose), ChangeSet(personas=whose, cards=whose)]


@on_loop
async def test_a_taken_name_is_refused(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        await desk.persona("Nora")

        with pytest.raises(InvalidInput) as refused:
            await desk.persona("NORA")

        assert refused.value.field == "name"


@on_loop
async def test_a_built_in_can_be_duplicated_and_neither_changed_nor_deleted(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        luna = await built_in(desk)

        with pytest.raises(Protected, match="built in"):
            await desk.personas.update(luna, PersonaCard("Luna", description="Mine"))
        with pytest.raises(Protected):
            await desk.personas.trash(luna)
        copy = await desk.personas.duplicate(luna)

        assert (copy.card.name, copy.origin) == ("Luna 2", Origin.CUSTOM)
        await desk.personas.update(copy.id, PersonaCard("My Luna"))


@on_loop
async def test_a_copy_takes_the_next_free_name_and_nothing_of_the_memory(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora", greeting="Hello.")
        await desk.say(conversation, "My secret is 42.")

        first = await desk.personas.duplicate(conversation.persona_id)
        second = await desk.personas.duplicate(conversation.persona_id)

        assert [first.card.name, second.card.name] == ["Nora 2", "Nora 3"]
        opened = await desk.chat.open(first.id)
        assert [message.text for message in opened.transcript.tail] == ["Hello."]


@on_loop
async def test_a_copy_of_the_longest_name_has_a_name_that_fits(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        longest = await desk.persona("n" * NAME_LIMIT)

        copy = await desk.personas.duplicate(longest)

        assert copy.card.name == "n" * (NAME_LIMIT - 2) + " 2"


@on_loop
async def test_a_deleted_persona_waits_in_the_trash_with_all_that_was_said(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "Remember me.")

        trash_id = await desk.personas.trash(conversation.persona_id)
        listing = await desk.personas.listing()
        with pytest.raises(NotFound):
            await desk.chat.open(conversation.persona_id)
        await desk.personas.restore(trash_id)

        assert (listing.personas, [(entry, item.name) for entry, item in listing.trashed]) == ((), [(trash_id, "Nora")])
        assert await desk.texts(conversation) == ["Remember me.", "Indeed."]


@on_loop
async def test_a_persona_deleted_for_good_leaves_its_id_to_nobody(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "Remember me.")

        await desk.personas.purge(await desk.personas.trash(conversation.persona_id))
        heir = await desk.begin("Nora")

        assert heir.persona_id != conversation.persona_id
        assert heir.id != conversation.id
        assert await desk.texts(heir) == []


@on_loop
async def test_a_name_taken_since_stops_the_way_back_from_the_trash(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        trash_id = await desk.personas.trash(await desk.persona("Nora"))
        await desk.persona("Nora")

        with pytest.raises(InvalidInput) as refused:
            await desk.personas.restore(trash_id)

        assert refused.value.field == "name"


@on_loop
async def test_pins_keep_the_order_they_were_given(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        one, two, three = [await desk.persona(name) for name in ("One", "Two", "Three")]

        for persona in (two, one, three, two):
            await desk.personas.set_pinned(persona, True)
        in_turn = await pins(desk)
        await desk.personas.arrange_pins([three, one])
        arranged = await pins(desk)
        await desk.personas.set_pinned(three, False)

        assert in_turn == ["One", "Three", "Two"]
        assert arranged == ["Three", "One"]
        assert await pins(desk) == ["One"]


@on_loop
async def test_a_favourite_and_your_own_name_are_kept(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        nora = await desk.persona("Nora")
        await desk.chat.open(nora)

        await desk.personas.set_favourite(nora, True)
        await desk.personas.rename_you("Kim")

        assert (await desk.personas.summary(nora)).favourite
        assert (await desk.personas.listing()).your_name == "Kim"
        assert desk.events[-1] == ChangeSet(people=True)


@on_loop
async def test_a_persona_that_is_refused_the_trash_stops_talking_all_the_same_and_keeps_its_words(
    open_chat: OpenDesk,
) -> None:
    async with open_chat() as desk:
        luna = await built_in(desk)
        conversation = (await desk.chat.open(luna)).transcript.conversation
        reply = await desk.say(conversation, "Hi!")

        with pytest.raises(Protected):
            await desk.personas.trash(luna)

        assert reply.state is SwipeState.COMPLETE
        assert await desk.texts(conversation) == ["Hi!", "Indeed."]
