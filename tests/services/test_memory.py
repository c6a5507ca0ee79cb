"""Memories: kept, changed and forgotten by one persona, and heard of by no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.memory import MEMORY_LIMIT, MemoryKind
from tests.brought import bring_profile
from tests.scripted_model import INFO, ScriptedModel
from tests.services.chat_desk import ChatDesk, on_loop, open_desk


def told(request: ChatRequest) -> str:
    return "\n".join(turn.text for turn in request.turns)


async def bring(desk: ChatDesk, persona: PersonaId, known_as: str, *texts: str) -> None:
    memories = tuple(IncomingMemory(MemoryKind.FACT, text, "conversation") for text in texts)
    profile = IncomingProfile("discord:1", known_as, memories, affection=45.0, interactions=120)
    path = f"profiles/{known_as}/user_1.json"
    await desk.disk.write(lambda store: bring_profile(store, persona, path, profile))


class TestKeeping:
    @on_loop
    async def test_what_is_added_is_listed_pinned_first(self, tmp_path: Path) -> None:
        async with open_desk(tmp_path) as desk:
            nora = await desk.persona("Nora")
            first = await desk.memory.add(nora, "  Plays the cello. ")
            await desk.memory.add(nora, "Has a boat.")
            await desk.memory.pin(nora, first.id, True)
            listing = await desk.memory.listing(nora)
            assert [memory.text for memory in listing.memories] == ["Plays the cello.", "Has a boat."]
            assert listing.memories[0].pinned
            assert listing.forgotten == ()

    @on_loop
    async def test_forgetting_can_be_undone(self, tmp_path: Path) -> None:
        async with open_desk(tmp_path) as desk:
            nora = await desk.persona("Nora")
            memory = await desk.memory.add(nora, "Plays the cello.")
            await desk.memory.forget(nora, memory.id)
            listing = await desk.memory.listing(nora)
            assert listing.memories == ()
            assert [item.id for item in listing.forgotten] == [memory.id]
            await desk.memory.restore(nora, memory.id)
            assert (await desk.memory.listing(nora)).forgotten == ()

    @on_loop
    async def test_each_write_names_the_persona(self, tmp_path: Path) -> None:
        async with open_desk(tmp_path) as desk:
            nora = await desk.persona("Nora")
            desk.events.clear()
            memory = await desk.memory.add(nora, "Plays the cello.")
            await desk.memory.edit(nora, memory.id, "Plays the viola.")
            await desk.memory.pin(nora, memory.id, True)
            await desk.memory.forget(nora, memory.id)
            await desk.memory.restore(nora, memory.id)
            assert desk.events == [ChangeSet(memories=frozenset({nora}))] * 5

    @on_loop
    async def test_nothing_and_too_much_are_refused(self, tmp_path: Path) -> None:
        async with open_desk(tmp_path) as desk:
            nora = await desk.persona("Nora")
            memory = await desk.memory.add(nora, "Plays the cello.")
            for text in (" \n ", "x" * (MEMORY_LIMIT + 1)):
                with pytest.raises(InvalidInput):
                    await desk.memory.add(nora, text)
                with pytest.raises(InvalidInput):
                    await desk.memory.edit(nora, memory.id, text)

    @on_loop
    async def test_another_personas_memory_is_not_there(self, tmp_path: Path) -> None:
        async with open_desk(tmp_path) as desk:
            nora, emil = await desk.persona("Nora"), await desk.persona("Emil")
            memory = await desk.memory.add(nora, "Plays the cello.")
            assert (await desk.memory.listing(emil)).memories == ()
            for attempt in (
                desk.memory.edit(emil, memory.id, "Stolen."),
                desk.memory.pin(emil, memory.id, True),
                desk.memory.forget(emil, memory.id),
                desk.memory.restore(emil, memory.id),
            ):
                with pytest.raises(NotFound):
                    await attempt


class TestInReplies:
    @on_loop
    async def test_a_persona_is_told_what_it_knows_and_nothing_of_anothers(self, tmp_path: Path) -> None:
        model = ScriptedModel()
        async with open_desk(tmp_path, model) as desk:
            nora, emil = await desk.begin("Nora"), await desk.begin("Emil")
            await desk.memory.add(nora.persona_id, "Plays the cello.")
            await desk.memory.add(emil.persona_id, "Owes money.")
            await desk.say(nora, "Hello")
            await desk.say(emil, "Hello")
            first, second = map(told, model.requests)
            assert "Plays the cello." in first
            assert "Owes money." not in first
            assert "Owes money." in second
            assert "cello" not in second

    @on_loop
    async def test_what_is_forgotten_is_told_no_more(self, tmp_path: Path) -> None:
        model = ScriptedModel()
        async with open_desk(tmp_path, model) as desk:
            nora = await desk.begin("Nora")
            memory = await desk.memory.add(nora.persona_id, "Plays the cello.")
            await desk.memory.forget(nora.persona_id, memory.id)
            await desk.say(nora, "Hello")
            assert "cello" not in told(model.requests[0])

    @on_loop
    async def test_each_persona_has_its_own_word_for_you(self, tmp_path: Path) -> None:
        model = ScriptedModel()
        async with open_desk(tmp_path, model) as desk:
            card = {"greeting": "Welcome, {{user}}.", "description": "{{char}} waits for {{user}}."}
            ur, scav = await desk.persona("Dagoth Ur", **card), await desk.persona("Scav", **card)
            plain = await desk.persona("Nora", **card)
            await bring(desk, ur, "Nerevarine", "Carries Moon-and-Star.")
            await bring(desk, scav, "stalker", "Sold a broken detector.")
            await bring(desk, plain, "123456789", "Reads a lot.")
            chats = [(await desk.chat.open(persona)).transcript.conversation for persona in (ur, scav, plain)]
            assert await desk.texts(chats[0]) == ["Welcome, Nerevarine."]
            assert await desk.texts(chats[1]) == ["Welcome, stalker."]
            assert "123456789" not in (await desk.texts(chats[2]))[0]
            for chat in chats:
                await desk.say(chat, "Who am I?")
            dagoth, zone, nora = map(told, model.requests)
            assert "waits for Nerevarine" in dagoth
            assert "What Dagoth Ur knows about Nerevarine:\n- Carries Moon-and-Star." in dagoth
            assert "stalker" not in dagoth
            assert "detector" not in dagoth
            assert "waits for stalker" in zone
            assert "Nerevarine" not in zone
            assert "Moon-and-Star" not in zone
            assert "Nerevarine" not in nora
            assert "stalker" not in nora
            assert "123456789" not in nora
            listing = await desk.memory.listing(ur)
            assert listing.known_as == "Nerevarine"
            assert listing.acquaintance is not None
            assert listing.acquaintance.affection == 45.0

    @on_loop
    async def test_a_small_model_is_told_too(self, tmp_path: Path) -> None:
        model = ScriptedModel(info=replace(INFO, small=True))
        async with open_desk(tmp_path, model) as desk:
            nora = await desk.begin("Nora")
            await desk.memory.add(nora.persona_id, "Plays the cello.")
            await desk.say(nora, "Hello")
            assert "Plays the cello." in told(model.requests[0])
