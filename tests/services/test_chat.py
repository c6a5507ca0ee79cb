"""Talking with a persona: what is said stays, where it was said."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from personadesk.domain.chat import ChatRequest, ChatRole, FinishReason, ReplyPiece
from personadesk.domain.conversation import MESSAGE_LIMIT, Edit, Role, SwipeState
from personadesk.domain.errors import InvalidInput, NotFound, UserFacingError
from personadesk.domain.events import ChangeSet, MessageAppended, MessageChanged, PathChanged, ReplyEnded
from personadesk.storage.places import DATABASE_NAME
from tests.scripted_model import Pause, ScriptedModel
from tests.services.chat_desk import OpenDesk, on_loop

END = FinishReason.STOP


@on_loop
async def test_a_new_persona_begins_with_its_greetings_as_swipes_of_one_message(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin(
            "Nora", greeting="I am {{char}}. And you?", alternate_greetings=("Hello, {{user}}!", " ")
        )

        (greeting,) = await desk.messages(conversation)
        await desk.chat.show_swipe(conversation.persona_id, greeting.id, 1)
        (other,) = await desk.messages(conversation)

        assert (greeting.role, greeting.text, greeting.swipe_count) == (Role.PERSONA, "I am Nora. And you?", 2)
        assert other.text == "Hello, You!"


@on_loop
async def test_a_persona_without_a_greeting_waits_for_the_user(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()

        assert await desk.texts(conversation) == []


@on_loop
async def test_a_persona_opened_twice_in_one_breath_has_one_conversation(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        persona = await desk.persona("Nora", greeting="Hi!")

        one, other = await asyncio.gather(desk.chat.open(persona), desk.chat.open(persona))

        assert one.transcript.conversation.id == other.transcript.conversation.id
        assert len((await desk.chat.open(persona)).conversations) == 1


@on_loop
async def test_a_message_is_on_disk_before_the_model_is_asked(open_chat: OpenDesk, data_dir: Path) -> None:
    pause = Pause()
    model = ScriptedModel([pause, "Hello.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        await desk.chat.send(conversation.persona_id, conversation.id, "Are you there?")

        assert model.requests == []
        with contextlib.closing(dbapi2.connect(f"{data_dir.as_uri()}/{DATABASE_NAME}?mode=ro", uri=True)) as outside:
            assert outside.execute("SELECT text FROM swipes ORDER BY id").fetchall() == [("Are you there?",), ("",)]
        pause.go.set()


@on_loop
async def test_the_model_gets_the_conversation_and_answers_into_it(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Hello", " there.", END], ["Quite well.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        await desk.say(conversation, "  Hi!\n")
        reply = await desk.say(conversation, "How are you?")

        assert await desk.texts(conversation) == ["Hi!", "Hello there.", "How are you?", "Quite well."]
        assert (reply.state, reply.role, reply.model) == (SwipeState.COMPLETE, Role.PERSONA, "scripted")
        turns = [turn for turn in model.requests[-1].turns if turn.role is not ChatRole.SYSTEM]
        assert [turn.text for turn in turns][:2] == ["Hi!", "Hello there."]
        assert turns[-1].text.startswith("How are you?")


@on_loop
async def test_sending_is_told_as_it_happens(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()

        await desk.say(conversation, "Hi!")

        said, reply = desk.of(MessageAppended, conversation.id)
        assert (said.message.text, reply.message.state) == ("Hi!", SwipeState.STREAMING)
        assert [end.message.text for end in desk.of(ReplyEnded, conversation.id)] == ["Indeed."]


@on_loop
async def test_who_hears_of_a_replys_end_can_send_at_once(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "One")

        await desk.ended(conversation.id)
        assert desk.chat.replying() == frozenset()
        await desk.chat.send(conversation.persona_id, conversation.id, "Two")

        await desk.ended(conversation.id, 2)
        assert await desk.texts(conversation) == ["One", "Indeed.", "Two", "Indeed."]


@pytest.mark.parametrize("text", ["", "  \n\t "])
@on_loop
async def test_an_empty_message_is_refused(open_chat: OpenDesk, text: str) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()

        with pytest.raises(InvalidInput, match="nothing to send"):
            await desk.chat.send(conversation.persona_id, conversation.id, text)

        assert await desk.texts(conversation) == []


@on_loop
async def test_a_message_of_the_longest_length_is_kept_whole_and_a_longer_one_refused(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        longest = "ab " * (MESSAGE_LIMIT // 3) + "c" * (MESSAGE_LIMIT % 3)

        await desk.say(conversation, longest)
        with pytest.raises(InvalidInput, match="100,001 characters") as refused:
            await desk.chat.send(conversation.persona_id, conversation.id, longest + "d")

        assert (await desk.texts(conversation))[0] == longest
        assert refused.value.next_step == "Send it in parts."


@on_loop
async def test_a_second_message_during_a_reply_is_refused_with_a_sentence(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Well", pause, ".", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "One")
        await pause.reached.wait()

        with pytest.raises(UserFacingError, match="still being written") as refused:
            await desk.chat.send(conversation.persona_id, conversation.id, "Two")

        assert "Stop" in refused.value.next_step
        pause.go.set()
        await desk.ended(conversation.id)
        assert await desk.texts(conversation) == ["One", "Well."]


@on_loop
async def test_of_two_messages_sent_in_one_breath_one_is_refused(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id

        results = await asyncio.gather(
            desk.chat.send(persona, conversation.id, "One"),
            desk.chat.send(persona, conversation.id, "Two"),
            return_exceptions=True,
        )

        await desk.ended(conversation.id)
        assert isinstance(results[1], UserFacingError)
        assert await desk.texts(conversation) == ["One", "Indeed."]


@on_loop
async def test_a_persona_cannot_send_into_anothers_conversation(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation, other = await desk.begin("Nora"), await desk.begin("Ole")

        with pytest.raises(NotFound):
            await desk.chat.send(other.persona_id, conversation.id, "Hi!")

        assert await desk.texts(conversation) == []
        assert desk.chat.replying() == frozenset()


@on_loop
async def test_a_reply_goes_on_in_its_own_conversation_while_another_is_on_screen(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["First", pause, " answer.", END])) as desk:
        conversation, other = await desk.begin("Nora"), await desk.begin("Ole")
        await desk.chat.set_visible(conversation.persona_id, conversation.id)
        await desk.chat.send(conversation.persona_id, conversation.id, "Hi Nora!")
        await pause.reached.wait()

        await desk.chat.set_visible(other.persona_id, other.id)
        await desk.say(other, "Hi Ole!")
        assert (await desk.chat.open(conversation.persona_id)).replying is not None
        pause.go.set()
        await desk.ended(conversation.id)

        assert await desk.texts(conversation) == ["Hi Nora!", "First answer."]
        assert await desk.texts(other) == ["Hi Ole!", "Indeed."]


@on_loop
async def test_a_reply_that_ends_off_screen_is_unread_until_its_chat_is_shown(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id
        await desk.say(conversation, "Hi!")
        await desk.until(lambda: isinstance(desk.events[-1], ChangeSet) or None)
        before = await desk.unread(persona)
        desk.events.clear()

        await desk.chat.set_visible(persona, conversation.id)

        assert (before, await desk.unread(persona)) == (1, 0)
        assert desk.events == [ChangeSet(personas=frozenset({persona}))]


@on_loop
async def test_a_chat_shown_in_the_moment_its_reply_ends_is_read(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id
        await desk.say(conversation, "Hi!")

        await desk.chat.set_visible(persona, conversation.id)
        await desk.chat.close()

        assert await desk.unread(persona) == 0


@on_loop
async def test_an_unread_reply_is_counted_for_its_own_persona(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation, other = await desk.begin("Nora"), await desk.begin("Ole")
        await desk.chat.set_visible(other.persona_id, other.id)

        await desk.say(conversation, "Hi!")
        await desk.chat.close()

        assert await desk.unread(conversation.persona_id) == 1
        assert await desk.unread(other.persona_id) == 0


@on_loop
async def test_a_reply_that_ends_on_screen_is_read(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.chat.set_visible(conversation.persona_id, conversation.id)

        await desk.say(conversation, "Hi!")
        await desk.chat.close()

        assert await desk.unread(conversation.persona_id) == 0


@on_loop
async def test_a_draft_is_kept_and_goes_when_it_is_sent(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id

        await desk.chat.save_draft(persona, conversation.id, "Half a tho")
        kept = (await desk.chat.open(persona)).transcript.conversation.draft
        await desk.say(conversation, "Half a thought")

        assert kept == "Half a tho"
        assert (await desk.chat.open(persona)).transcript.conversation.draft == ""


@on_loop
async def test_an_edit_that_is_not_saved_is_kept_until_it_or_its_message_goes(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora", greeting="Hello.")
        persona = conversation.persona_id
        await desk.say(conversation, "Helo")
        greeting, said = (await desk.messages(conversation))[:2]

        await desk.chat.keep_edit(Edit(said, "Hello, Nora", instead=True))
        await desk.chat.forget_edit(greeting)
        kept = (await desk.chat.open(persona)).edit
        await desk.chat.keep_edit(Edit(greeting, "Good day."))
        newer = (await desk.chat.open(persona)).edit
        await desk.chat.forget_edit(greeting)
        forgotten = (await desk.chat.open(persona)).edit
        await desk.chat.keep_edit(Edit(said, "Hello again"))
        await desk.chat.delete_message(said)

        assert kept == Edit(said, "Hello, Nora", instead=True)
        assert newer == Edit(greeting, "Good day.")
        assert forgotten is None
        assert (await desk.chat.open(persona)).edit is None


@on_loop
async def test_a_message_that_is_refused_leaves_the_draft(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id
        await desk.chat.save_draft(persona, conversation.id, "x" * 150_000)

        with pytest.raises(InvalidInput):
            await desk.chat.send(persona, conversation.id, "x" * 150_000)

        assert len((await desk.chat.open(persona)).transcript.conversation.draft) == 150_000


@on_loop
async def test_an_edited_message_is_shown_and_reaches_the_next_prompt(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "I like tea.")
        said = (await desk.messages(conversation))[0]

        await desk.chat.edit(conversation.persona_id, said.id, "I like coffee.")
        await desk.say(conversation, "What do I like?")

        assert (await desk.messages(conversation))[0].edited
        asked = "\n".join(turn.text for turn in model.requests[-1].turns)
        assert "coffee" in asked
        assert "tea" not in asked


@on_loop
async def test_a_message_cannot_be_edited_to_nothing(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "Hi!")
        said = (await desk.messages(conversation))[0]

        with pytest.raises(InvalidInput):
            await desk.chat.edit(conversation.persona_id, said.id, " ")

        assert (await desk.texts(conversation))[0] == "Hi!"


@on_loop
async def test_a_reply_cannot_be_edited_while_it_is_written(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Well", pause, "!", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Hi!")
        await pause.reached.wait()
        reply = (await desk.messages(conversation))[1]

        with pytest.raises(UserFacingError, match="still being written"):
            await desk.chat.edit(conversation.persona_id, reply.id, "Mine")

        pause.go.set()
        await desk.ended(conversation.id)
        assert await desk.texts(conversation) == ["Hi!", "Well!"]


@on_loop
async def test_regenerating_adds_a_swipe_and_keeps_the_old_one(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["One.", END], ["Two.", END])) as desk:
        conversation = await desk.begin()
        reply = await desk.say(conversation, "Hi!")

        await desk.chat.regenerate(conversation.persona_id, conversation.id, reply.id)
        again = await desk.ended(conversation.id, 2)
        await desk.chat.show_swipe(conversation.persona_id, reply.id, 0)

        assert (again.id, again.text, again.swipe_index, again.swipe_count) == (reply.id, "Two.", 1, 2)
        assert await desk.texts(conversation) == ["Hi!", "One."]


@on_loop
async def test_a_reply_whose_question_was_deleted_can_be_written_again(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["One.", END], ["Two.", END])) as desk:
        conversation = await desk.begin(greeting="Hello.")
        reply = await desk.say(conversation, "Hi!")
        await desk.chat.delete_message((await desk.messages(conversation))[1])

        await desk.chat.regenerate(conversation.persona_id, conversation.id, reply.id)
        again = await desk.ended(conversation.id, 2)

        assert (again.text, again.state) == ("Two.", SwipeState.COMPLETE)


@on_loop
async def test_what_the_user_said_cannot_be_regenerated(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "Hi!")
        said = (await desk.messages(conversation))[0]

        with pytest.raises(NotFound):
            await desk.chat.regenerate(conversation.persona_id, conversation.id, said.id)

        assert await desk.texts(conversation) == ["Hi!", "Indeed."]


@on_loop
async def test_a_deleted_message_leaves_the_transcript_and_the_prompt_and_comes_back(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "My secret is 42.")
        said = (await desk.messages(conversation))[0]

        trash_id = await desk.chat.delete_message(said)
        await desk.say(conversation, "What is it?")
        without = await desk.texts(conversation)
        await desk.chat.restore(trash_id)

        assert "42" not in str(model.requests[-1])
        assert without == ["Indeed.", "What is it?", "Indeed."]
        assert (await desk.texts(conversation))[0] == "My secret is 42."
        assert len(desk.of(PathChanged, conversation.id)) == 2


@on_loop
async def test_deleting_the_reply_that_is_written_stops_it(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = ScriptedModel(["Well", pause, "!", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Hi!")
        await pause.reached.wait()

        await desk.chat.delete_message((await desk.messages(conversation))[1])

        assert model.open_streams == 0
        assert await desk.texts(conversation) == ["Hi!"]
        assert desk.chat.replying() == frozenset()


@on_loop
async def test_a_deleted_conversation_is_silent_and_comes_back_with_what_was_said(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Well", pause, "!", END])) as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id
        await desk.chat.send(persona, conversation.id, "Hi!")
        await pause.reached.wait()

        trash_id = await desk.chat.delete_conversation(persona, conversation.id)
        with pytest.raises(NotFound):
            await desk.chat.open(persona, conversation.id)
        await desk.chat.restore(trash_id)

        _, reply = await desk.messages(conversation)
        assert (reply.text, reply.state) == ("Well", SwipeState.STOPPED)
        assert await desk.unread(persona) == 0


@on_loop
async def test_a_new_conversation_begins_empty_and_the_old_one_stays(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "Hi!")

        made = await desk.chat.new_conversation(conversation.persona_id)
        await desk.chat.rename_conversation(conversation.persona_id, conversation.id, "  The\nfirst ")

        opened = await desk.chat.open(conversation.persona_id)
        assert await desk.texts(made) == []
        assert await desk.texts(conversation) == ["Hi!", "Indeed."]
        assert {item.title for item in opened.conversations} == {"", "The first"}


@on_loop
async def test_words_are_found_in_their_own_conversation(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["A heron, surely.", END])) as desk:
        conversation, other = await desk.begin("Nora"), await desk.begin("Ole")
        await desk.say(conversation, "Which bird stands in the pond?")

        hits = await desk.chat.search(conversation.persona_id, conversation.id, "heron")

        assert len(hits) == 1
        assert await desk.chat.search(other.persona_id, other.id, "heron") == []


@on_loop
async def test_older_messages_come_in_blocks(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "Hi!")

        block = await desk.chat.block(conversation.persona_id, conversation.id, 0)

        assert [message.text for message in block] == ["Hi!", "Indeed."]


@on_loop
async def test_changing_a_swipe_or_a_text_is_told(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin(greeting="A", alternate_greetings=("B",))
        (greeting,) = await desk.messages(conversation)

        await desk.chat.show_swipe(conversation.persona_id, greeting.id, 1)
        await desk.chat.edit(conversation.persona_id, greeting.id, "C")

        assert [event.message.text for event in desk.of(MessageChanged, conversation.id)] == ["B", "C"]


@on_loop
async def test_fifty_personas_answer_at_once_each_in_its_own_chat(open_chat: OpenDesk) -> None:
    class Echo(ScriptedModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
            said = next(turn.text for turn in reversed(request.turns) if turn.role is ChatRole.USER)
            number = said.split("number ")[1].split()[0]
            self.scripts = [["You are ", f"{number} of fifty", ".", END]]
            async for piece in super().stream(request):
                await asyncio.sleep(0)
                yield piece

    async with open_chat(Echo()) as desk:
        chats = [await desk.begin(f"P{number}") for number in range(50)]

        await asyncio.gather(
            *(
                desk.chat.send(chat.persona_id, chat.id, f"I am number {number} here")
                for number, chat in enumerate(chats)
            )
        )
        for chat in chats:
            await desk.ended(chat.id)

        for number, chat in enumerate(chats):
            assert await desk.texts(chat) == [f"I am number {number} here", f"You are {number} of fifty."]


@on_loop
async def test_a_deleted_reply_can_be_asked_for_again(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Not this.", END], ["Much better.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        reply = await desk.say(conversation, "Hello")
        await desk.chat.delete_message(reply)

        await desk.chat.answer(conversation.persona_id, conversation.id)
        await desk.ended(conversation.id, 2)

        assert await desk.texts(conversation) == ["Hello", "Much better."]
        asked = [turn.text for turn in model.requests[-1].turns if turn.role is not ChatRole.SYSTEM]
        assert any("Hello" in text for text in asked)
        assert not any("Not this" in text for text in asked)


@on_loop
async def test_nothing_is_answered_where_the_persona_spoke_last(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora", greeting="Hi!")

        with pytest.raises(NotFound):
            await desk.chat.answer(conversation.persona_id, conversation.id)

        assert await desk.texts(conversation) == ["Hi!"]


@on_loop
async def test_nothing_stays_of_an_edit_whose_persona_is_deleted_for_good(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora", greeting="Hello.")
        other = await desk.begin("Ben", greeting="Hi.")
        greeting, kept = (await desk.messages(conversation))[0], (await desk.messages(other))[0]
        await desk.chat.keep_edit(Edit(greeting, "A secret"))
        await desk.chat.keep_edit(Edit(kept, "No secret"))

        await desk.personas.purge(await desk.personas.trash(conversation.persona_id))

        stored = await desk.disk.read(lambda store: store.settings.get("chat.edits"))
        assert "A secret" not in str(stored)
        assert "No secret" in str(stored)
