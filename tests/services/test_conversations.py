"""Branches, marks and titles: what can be done with a conversation beside talking."""

import pytest

from personadesk.domain.chat import FinishReason
from personadesk.domain.errors import InvalidInput, NotFound, UserFacingError
from personadesk.domain.events import MessageChanged, PathChanged
from tests.scripted_model import Pause, ScriptedModel
from tests.services.chat_desk import OpenDesk, on_loop

END = FinishReason.STOP


@on_loop
async def test_what_was_said_can_be_said_differently_and_both_ways_stay(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["Tea.", END], ["Coffee.", END])) as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "What do you drink at noon?")
        first = (await desk.messages(conversation))[0]

        await desk.chat.send_instead(first, "What do you drink in the morning?")
        await desk.ended(conversation.id, 2)
        texts = await desk.texts(conversation)
        again = (await desk.messages(conversation))[0]
        await desk.conversations.step_branch(again, -1)

        assert texts == ["What do you drink in the morning?", "Coffee."]
        assert (again.branch_index, again.branch_count) == (1, 2)
        assert await desk.texts(conversation) == ["What do you drink at noon?", "Tea."]
        assert len(desk.of(PathChanged, conversation.id)) == 2


@on_loop
async def test_a_branch_begins_after_any_message(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "one")
        await desk.say(conversation, "two")
        reply = (await desk.messages(conversation))[1]

        await desk.conversations.branch_after(reply)
        [way] = await desk.conversations.branches(reply)
        await desk.say(conversation, "another two")

        assert (way.opening, way.messages, way.on_path) == ("two", 2, False)
        assert await desk.texts(conversation) == ["one", "Indeed.", "another two", "Indeed."]


@on_loop
async def test_a_step_beyond_the_last_branch_goes_nowhere(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "one")
        first = (await desk.messages(conversation))[0]

        await desk.conversations.step_branch(first, 1)

        assert desk.of(PathChanged, conversation.id) == []


@on_loop
async def test_the_path_stays_while_a_reply_is_written(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Yes", pause, ".", END])) as desk:
        conversation = await desk.begin()
        said = await desk.chat.send(conversation.persona_id, conversation.id, "one")
        await pause.reached.wait()

        with pytest.raises(UserFacingError, match="still being written"):
            await desk.conversations.branch_after(said)
        with pytest.raises(UserFacingError, match="still being written"):
            await desk.chat.send_instead(said, "another")
        pause.go.set()
        await desk.ended(conversation.id)

        assert await desk.texts(conversation) == ["one", "Yes."]


@on_loop
async def test_only_ones_own_words_are_said_differently(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        reply = await desk.say(conversation, "one")
        first = (await desk.messages(conversation))[0]

        with pytest.raises(NotFound):
            await desk.chat.send_instead(reply, "No")
        with pytest.raises(InvalidInput):
            await desk.chat.send_instead(first, "  ")

        assert await desk.texts(conversation) == ["one", "Indeed."]


@on_loop
async def test_marks_are_told_to_whoever_shows_the_message(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        reply = await desk.say(conversation, "one")

        await desk.conversations.mark(reply, starred=True, note="Keep this.")
        [hit] = await desk.conversations.marked(conversation.persona_id, conversation.id)

        changed = desk.of(MessageChanged, conversation.id)[-1].message
        assert (changed.starred, changed.note, hit.message_id) == (True, "Keep this.", reply.id)


@on_loop
async def test_a_summary_edited_by_the_user_stays_theirs(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.conversations.edit_summary(conversation.persona_id, conversation.id, "They met at sea.")
        kept = await desk.conversations.summary(conversation.persona_id, conversation.id)
        await desk.conversations.archive(conversation.persona_id, conversation.id)
        opened = await desk.chat.open(conversation.persona_id, conversation.id)

        assert kept is not None
        assert (kept.text, kept.edited) == ("They met at sea.", True)
        assert opened.transcript.conversation.archived


@on_loop
async def test_files_in_the_composer_go_with_the_message_also_without_words(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        own = conversation.persona_id

        def lay(store: object) -> None:
            sha256 = store.assets.put(b"notes", "text/plain")  # type: ignore[attr-defined]
            chat = store.for_persona(own)  # type: ignore[attr-defined]
            chat.attach(conversation.id, sha256=sha256, name="notes.txt", media_type="text/plain", text="notes")

        await desk.disk.write(lay)
        await desk.say(conversation, "")
        said, _ = await desk.messages(conversation)

        assert (said.text, [file.name for file in said.attachments]) == ("", ["notes.txt"])
        with pytest.raises(InvalidInput, match="nothing to send"):
            await desk.chat.send(own, conversation.id, " ")


@on_loop
async def test_an_archived_conversation_waits_aside_and_another_is_opened(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin("Nora", greeting="Hi!")
        own = conversation.persona_id
        await desk.say(conversation, "one")

        await desk.conversations.archive(own, conversation.id)
        opened = await desk.chat.open(own)
        listed = await desk.conversations.listing(own)
        words = await desk.conversations.newest_words(own, [each.id for each in listed])

        assert opened.transcript.conversation.id != conversation.id
        assert {each.id: each.archived for each in listed} == {
            conversation.id: True,
            opened.transcript.conversation.id: False,
        }
        assert words == {conversation.id: "Indeed.", opened.transcript.conversation.id: "Hi!"}


@on_loop
async def test_the_pinned_come_first_among_the_marked(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        await desk.say(conversation, "one")
        first, reply = await desk.messages(conversation)

        await desk.conversations.mark(first, starred=True)
        await desk.conversations.mark(reply, pinned=True)

        marked = await desk.conversations.marked_messages(conversation.persona_id, conversation.id)
        assert [message.id for message in marked] == [reply.id, first.id]
