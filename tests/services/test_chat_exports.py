"""Conversations out and in as files."""

import pytest

from personadesk.domain.chat import FinishReason
from personadesk.domain.chat_file import ChatFormat
from personadesk.domain.conversation import Role
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.services.chat_exports import ChatExports
from personadesk.services.ports import NewSwipe, Store
from tests.scripted_model import ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

END = FinishReason.STOP


def exports(desk: ChatDesk) -> ChatExports:
    return ChatExports(database=desk.disk, publish=desk.events.append)


@on_loop
async def test_a_conversation_goes_out_and_comes_in_as_another_one(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["Tea.", END], ["Coffee.", END])) as desk:
        conversation = await desk.begin("Nora", greeting="Hi!")
        own = conversation.persona_id
        reply = await desk.say(conversation, "Tea?")
        await desk.chat.regenerate(own, conversation.id, reply.id)
        await desk.ended(conversation.id, 2)

        [_, said, _] = await desk.messages(conversation)
        await desk.disk.write(lambda store: store.for_persona(own).mark_message(said.id, pinned=True, note="Why tea?"))

        file = await exports(desk).write(own, conversation.id, ChatFormat.SILLYTAVERN)
        brought = await exports(desk).bring(own, file.content, file.name)

        assert file.name.startswith("Nora - ")
        assert file.name.endswith(".jsonl")
        assert brought.messages == 3
        assert brought.conversation.id != conversation.id
        messages = await desk.messages(brought.conversation)
        assert [(message.text, message.swipe_count) for message in messages] == [
            ("Hi!", 1),
            ("Tea?", 1),
            ("Coffee.", 2),
        ]
        assert (messages[1].starred, messages[1].pinned, messages[1].note) == (False, True, "Why tea?")
        assert messages[2].model == (await desk.messages(conversation))[2].model != ""


@pytest.mark.parametrize("form", [ChatFormat.SILLYTAVERN, ChatFormat.JSON])
def test_every_swipe_keeps_the_model_that_wrote_it(open_chat: OpenDesk, form: ChatFormat) -> None:
    @on_loop
    async def check() -> None:
        async with open_chat() as desk:
            conversation = await desk.begin("Nora")
            own = conversation.persona_id

            def say(store: Store) -> None:
                swipes = [
                    NewSwipe("Tea.", model="small"),
                    NewSwipe("", model="broken"),
                    NewSwipe("Milk.", model="1a/x"),
                ]
                store.for_persona(own).append_message(conversation.id, Role.PERSONA, swipes, shown=0)

            await desk.disk.write(say)

            file = await exports(desk).write(own, conversation.id, form)
            brought = await exports(desk).bring(own, file.content, file.name)

            message = (await desk.messages(brought.conversation))[-1]
            texts = await desk.disk.read(lambda store: store.for_persona(own).texts_of(message.id))
            assert [(text.text, text.model) for text in texts if text.text] == [("Tea.", "small"), ("Milk.", "1a/x")]
            assert message.text == "Tea."

    check()


@on_loop
async def test_some_messages_go_out_alone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        said = await desk.say(conversation, "one")

        file = await exports(desk).write(
            conversation.persona_id, conversation.id, ChatFormat.TEXT, frozenset({said.id})
        )

        assert "Indeed." in file.content.decode()
        assert "one" not in file.content.decode()


@on_loop
async def test_what_is_no_chat_stores_nothing(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()

        for content in (b"hello", b'{"format": "personadesk-chat", "version": 1, "messages": []}'):
            with pytest.raises(UserFacingError):
                await exports(desk).bring(conversation.persona_id, content, "x")

        assert len((await desk.chat.open(conversation.persona_id)).conversations) == 1


@on_loop
async def test_another_personas_conversation_is_not_written(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        other = await desk.persona("Sam")

        with pytest.raises(NotFound):
            await exports(desk).write(other, conversation.id, ChatFormat.TEXT)
