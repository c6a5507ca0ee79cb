"""The lorebook shelf: kept, shared, copied, put away and brought back; out into files and in again; and tried."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.errors import InvalidInput, NotFound, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.services.lorebook import Cause, Reason
from personadesk.services.lorebooks import LorebookService, LoreFile
from tests.scripted_model import INFO, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

DRAGON = LoreEntry("0", keys=("dragon",), content="Dragons sleep under the hill.")
BOOK = Lorebook(name="The hill", entries=(DRAGON,))


class Shelf(LorebookService):
    def __init__(self, desk: ChatDesk, model: ScriptedModel) -> None:
        super().__init__(database=desk.disk, publish=desk.events.append, model=model)
        self.desk = desk
        self.model = model

    async def names(self) -> list[str]:
        return [book.name for book in await self.shelf()]


@asynccontextmanager
async def open_shelf(open_chat: OpenDesk) -> AsyncIterator[Shelf]:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        yield Shelf(desk, model)


def world(*entries: dict[str, Any]) -> bytes:
    """A SillyTavern world file, with a key that no other program knows."""
    return json.dumps({"entries": {str(uid): entry for uid, entry in enumerate(entries)}, "colour": "teal"}).encode()


class TestKeeping:
    @on_loop
    async def test_what_is_saved_is_there_when_it_is_opened_again(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            made = await shelf.create("The hill")
            await shelf.save(made.id, BOOK)
            opened = await shelf.open(made.id)
            assert [entry.content for entry in opened.book.entries] == [DRAGON.content]
            assert opened.shelved.entries == 1

    @on_loop
    async def test_every_write_is_told(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            made = await shelf.create("The hill")
            await shelf.set_enabled(made.id, False)
            told = [event for event in shelf.desk.events if isinstance(event, ChangeSet) and event.lorebooks]
            assert len(told) == 2
            assert not (await shelf.shelf())[0].enabled

    @on_loop
    async def test_a_new_name_stands_in_the_file_too(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            brought = await shelf.import_file(world({"key": ["a"], "content": "b"}), "hill.json")
            await shelf.rename(brought.id, "The  hill ")
            assert await shelf.names() == ["The hill"]
            assert json.loads(await shelf.export(brought.id, LoreFile.SILLYTAVERN))["name"] == "The hill"

    @on_loop
    async def test_a_book_without_a_name_is_refused(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            with pytest.raises(InvalidInput) as refused:
                await shelf.create("  ")
            assert refused.value.field == "name"

    @on_loop
    async def test_what_is_in_the_trash_comes_back_with_its_readers(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            nora = await shelf.desk.persona("Nora")
            made = await shelf.create("The hill")
            await shelf.set_readers(made.id, {nora})
            await shelf.trash(made.id)
            assert await shelf.names() == []
            with pytest.raises(NotFound):
                await shelf.open(made.id)
            await shelf.restore(made.id)
            assert (await shelf.shelf())[0].shared_with == {nora}

    @on_loop
    async def test_a_copy_is_a_shared_book_of_a_free_name(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            nora = await shelf.desk.persona("Nora")
            own = await shelf.save_own(nora, BOOK)
            first = await shelf.duplicate(own.id)
            second = await shelf.duplicate(own.id)
            assert [first.name, second.name] == ["The hill (2)", "The hill (3)"]
            assert first.persona_id is None
            assert (await shelf.open(first.id)).book.entries[0].content == DRAGON.content


class TestReading:
    @on_loop
    async def test_a_personas_own_book_is_made_at_the_first_save(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            nora = await shelf.desk.persona("Nora")
            assert await shelf.own(nora) is None
            await shelf.save_own(nora, replace(BOOK, name=""))
            await shelf.save_own(nora, replace(BOOK, name=""))
            own = await shelf.own(nora)
            assert own is not None
            assert (own.shelved.name, len(own.book.entries), len(await shelf.shelf())) == ("Nora", 1, 1)

    @on_loop
    async def test_only_those_who_were_chosen_read_a_shared_book(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            nora, emil = await shelf.desk.persona("Nora"), await shelf.desk.persona("Emil")
            made = await shelf.create("The hill")
            await shelf.set_reads(made.id, nora, True)
            await shelf.set_reads(made.id, emil, True)
            await shelf.set_reads(made.id, emil, False)
            assert [opened.book.name for opened in await shelf.read_by(nora)] == ["The hill"]
            assert await shelf.read_by(emil) == []


class TestFiles:
    @on_loop
    async def test_an_imported_book_goes_out_as_it_came(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            content = world({"key": ["dragon"], "content": "Under the hill.", "vectorized": True})
            brought = await shelf.import_file(content, "C:\\worlds\\hill.json")
            assert (brought.name, brought.entries) == ("hill", 1)
            out = json.loads(await shelf.export(brought.id, LoreFile.SILLYTAVERN))
            assert out["entries"]["0"]["vectorized"] is True
            assert out["colour"] == "teal"
            standalone = json.loads(await shelf.export(brought.id, LoreFile.STANDALONE))
            assert standalone["spec"] == "lorebook_v3"
            assert standalone["data"]["entries"][0]["keys"] == ["dragon"]

    @on_loop
    async def test_a_file_without_a_book_leaves_nothing_behind(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            with pytest.raises(UserFacingError):
                await shelf.import_file(b'{"name": "no book"}', "card.json")
            assert await shelf.names() == []


class TestTrying:
    @on_loop
    async def test_a_test_says_what_fires_and_what_was_left_out(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            never = LoreEntry("1", keys=("hill",), content="Never told.", probability=0)
            off = LoreEntry("2", keys=("dragon",), content="Off.", enabled=False)
            tried = await shelf.test([replace(BOOK, entries=(DRAGON, never, off))], "A DRAGON on the hill")
            assert [(fired.entry.uid, fired.why.cause, fired.why.key) for fired in tried.fired] == [
                ("0", Cause.KEY, "dragon")
            ]
            assert {idle.entry.uid: idle.reason for idle in tried.idle} == {
                "1": Reason.PROBABILITY,
                "2": Reason.DISABLED,
            }
            assert tried.tokens > 0

    @on_loop
    async def test_the_conversation_is_looked_through_too(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            conversation = await shelf.desk.begin()
            await shelf.desk.say(conversation, "I saw a dragon.")
            scene = await shelf.scene(conversation.persona_id)
            assert [line.text for line in scene.lines] == ["I saw a dragon.", "Indeed."]
            tried = await shelf.test([BOOK], "", scene)
            assert [fired.why.message for fired in tried.fired] == [1]

    @on_loop
    async def test_a_model_at_rest_is_not_woken(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            counted: list[object] = []
            shelf.model.status = ModelStatus(INFO, ModelState.RESTING)
            shelf.model.count_tokens = counted.append  # type: ignore[assignment, method-assign]
            tried = await shelf.test([BOOK], "dragon")
            assert counted == []
            assert tried.tokens == 8

    @on_loop
    async def test_nothing_to_look_through_calls_nothing(self, open_chat: OpenDesk) -> None:
        async with open_shelf(open_chat) as shelf:
            constant = replace(DRAGON, constant=True)
            assert (await shelf.test([replace(BOOK, entries=(constant,))], " ")).fired == ()
