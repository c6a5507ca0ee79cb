"""The life of a reply: it is saved as it grows and ends in a state that says what happened."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest, FinishReason
from personadesk.domain.conversation import SwipeState
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelFileMissing
from personadesk.domain.events import ReplyEnded, ReplyGrew, ReplyStarted
from personadesk.storage.checks import check_store
from tests.scripted_model import INFO, Pause, Refusing, ScriptedModel
from tests.services.chat_desk import OpenDesk, on_loop

END = FinishReason.STOP
CRASH = ModelCrashed("The model's runtime ended in the middle of the reply.", "Ask again: it is started afresh.")


@on_loop
async def test_a_reply_is_saved_while_the_model_pauses(open_chat: OpenDesk) -> None:
    first, second = Pause(), Pause()
    async with open_chat(ScriptedModel(["Once", first, " upon", second, " a time.", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")

        await first.reached.wait()
        assert await desk.stored(conversation, lambda texts: texts[1] != "") == ["Tell me!", "Once"]
        first.go.set()
        await second.reached.wait()
        assert await desk.stored(conversation, lambda texts: texts[1] != "Once") == ["Tell me!", "Once upon"]

        assert (await desk.messages(conversation))[1].state is SwipeState.STREAMING
        second.go.set()
        assert (await desk.ended(conversation.id)).text == "Once upon a time."


@on_loop
async def test_all_that_has_come_is_shown_while_the_model_pauses(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Once", " upon", " a", " time", pause, ".", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await pause.reached.wait()

        def shown() -> list[str]:
            return [grew.text for grew in desk.of(ReplyGrew, conversation.id)]

        await desk.until(lambda: "Once upon a time" in shown() or None)
        assert len(desk.of(ReplyStarted, conversation.id)) == 1
        pause.go.set()
        await desk.ended(conversation.id)


@on_loop
async def test_stop_keeps_what_came_and_frees_the_model(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Once upon", Pause(), " a time.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await desk.until(lambda: desk.of(ReplyGrew, conversation.id) or None)

        await desk.chat.stop(conversation.id)

        (ended,) = desk.of(ReplyEnded, conversation.id)
        stored = (await desk.messages(conversation))[1]
        assert (ended.message.text, ended.message.state, ended.message.error) == ("Once upon", SwipeState.STOPPED, "")
        assert stored == ended.message
        assert model.open_streams == 0


@on_loop
async def test_a_reply_stopped_before_it_has_begun_is_over(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await desk.chat.stop(conversation.id)

        assert (await desk.messages(conversation))[1].state is SwipeState.STOPPED
        assert model.requests == []
        await desk.say(conversation, "Now?")
        assert (await desk.texts(conversation))[-2:] == ["Now?", "Indeed."]


@on_loop
async def test_a_second_stop_changes_nothing(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Once", pause, "!", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await pause.reached.wait()

        await asyncio.gather(*(desk.chat.stop(conversation.id) for _ in range(3)))
        await desk.chat.stop(conversation.id)

        assert [end.message.state for end in desk.of(ReplyEnded, conversation.id)] == [SwipeState.STOPPED]


@on_loop
async def test_an_empty_reply_that_was_stopped_gives_its_place_to_the_next_try(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel([pause, "Never said.", END], ["Said.", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await pause.reached.wait()
        await desk.chat.stop(conversation.id)
        stopped = await desk.ended(conversation.id)

        await desk.chat.regenerate(conversation.persona_id, conversation.id, stopped.id)
        again = await desk.ended(conversation.id, 2)

        assert (again.text, again.swipe_index, again.swipe_count) == ("Said.", 0, 1)


@on_loop
async def test_a_runtime_that_fails_in_the_middle_leaves_what_came_and_a_sentence(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["Once upon", CRASH], ["Once more.", END])) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")
        await desk.chat.regenerate(conversation.persona_id, conversation.id, reply.id)
        again = await desk.ended(conversation.id, 2)

        assert (reply.text, reply.state) == ("Once upon", SwipeState.INTERRUPTED)
        assert reply.error == str(CRASH)
        assert (again.text, again.state, again.swipe_count) == ("Once more.", SwipeState.COMPLETE, 2)


@pytest.mark.parametrize(
    "model",
    [
        ScriptedModel([ModelFileMissing("The model's file is not on this computer.", "Fetch it.")]),
        Refusing(ModelFileMissing("The model's file is not on this computer.", "Fetch it.")),
    ],
    ids=["when asked", "before it is asked"],
)
@on_loop
async def test_a_model_that_fails_before_the_first_word_says_why(
    open_chat: OpenDesk, model: ScriptedModel | Refusing
) -> None:
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")

        assert (reply.text, reply.state) == ("", SwipeState.FAILED)
        assert reply.error == "The model's file is not on this computer. Fetch it."
        assert await desk.texts(conversation) == ["Tell me!", ""]


@on_loop
async def test_a_failed_try_gives_its_place_to_the_next_and_its_sentence_goes(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel([CRASH], [CRASH], ["At last.", END])) as desk:
        conversation = await desk.begin()
        reply = await desk.say(conversation, "Tell me!")

        for _ in range(2):
            await desk.chat.regenerate(conversation.persona_id, conversation.id, reply.id)
            await desk.until(lambda: not desk.chat.replying() or None)

        (_, last) = await desk.messages(conversation)
        assert (last.text, last.state, last.error) == ("At last.", SwipeState.COMPLETE, "")
        assert last.swipe_count == 1


@pytest.mark.parametrize("script", [[END], [" \n", END], [], ["<|im_end|>", END]])
@on_loop
async def test_a_model_that_returns_nothing_is_said_to(open_chat: OpenDesk, script: list[str]) -> None:
    async with open_chat(ScriptedModel(script)) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")

        assert (reply.text, reply.state) == ("", SwipeState.FAILED)
        assert "empty reply" in reply.error


@on_loop
async def test_a_stream_that_ends_without_an_end_is_interrupted(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel(["Once upon"])) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")

        assert (reply.text, reply.state) == ("Once upon", SwipeState.INTERRUPTED)
        assert "broke off" in reply.error


@on_loop
async def test_closing_in_the_middle_keeps_what_came_as_interrupted(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Once upon", Pause(), "!", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await desk.until(lambda: desk.of(ReplyGrew, conversation.id) or None)

        await desk.chat.close()

        (_, reply) = await desk.messages(conversation)
        assert (reply.text, reply.state) == ("Once upon", SwipeState.INTERRUPTED)
        assert reply.error == "PersonaDesk was closed before this reply was finished."
        assert model.open_streams == 0


@on_loop
async def test_a_message_sent_in_the_moment_of_closing_is_kept_and_its_reply_interrupted(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        conversation = await desk.begin()
        sending = asyncio.create_task(desk.chat.send(conversation.persona_id, conversation.id, "Last words"))
        await asyncio.sleep(0)

        await desk.chat.close()
        await sending

        (said, reply) = await desk.messages(conversation)
        assert said.text == "Last words"
        assert (reply.state, reply.error.split(" ")[0]) == (SwipeState.INTERRUPTED, "PersonaDesk")


@on_loop
async def test_a_program_that_ended_without_closing_leaves_an_interrupted_reply(
    open_chat: OpenDesk, data_dir: Path
) -> None:
    pause = Pause()
    model = ScriptedModel(["Once upon", pause, "!", END], ["Once more.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await desk.stored(conversation, lambda texts: texts[1] == "Once upon")

        # What the next start does, as if this one had been killed here.
        interrupted = await desk.disk.write(lambda store: store.interrupt_unfinished())
        (said, reply) = await desk.messages(conversation)

        assert interrupted == 1
        assert (said.text, reply.text, reply.state) == ("Tell me!", "Once upon", SwipeState.INTERRUPTED)
        assert reply.error
        assert check_store(data_dir).problems == ()
        pause.go.set()
        await desk.ended(conversation.id)


@pytest.mark.allows_log("could not be saved")
@on_loop
async def test_a_reply_that_finds_the_disk_full_at_its_end_is_still_shown_whole(open_chat: OpenDesk) -> None:
    pause = Pause()
    async with open_chat(ScriptedModel(["Once upon", pause, " a time.", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await pause.reached.wait()
        await desk.stored(conversation, lambda texts: texts[1] == "Once upon")

        desk.disk.full = True
        pause.go.set()
        ended = await desk.ended(conversation.id)

        assert (ended.text, ended.state) == ("Once upon a time.", SwipeState.INTERRUPTED)
        assert "disk is full" in ended.error
        desk.disk.full = False
        assert (await desk.texts(conversation))[1] == "Once upon"


@on_loop
async def test_a_disk_that_is_full_for_a_while_costs_nothing_of_the_reply(open_chat: OpenDesk) -> None:
    first, second = Pause(), Pause()
    async with open_chat(ScriptedModel([first, "Once", second, " upon a time.", END])) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await first.reached.wait()

        desk.disk.full = True
        first.go.set()
        await second.reached.wait()
        await desk.until(lambda: desk.of(ReplyGrew, conversation.id) or None)
        desk.disk.full = False
        second.go.set()
        ended = await desk.ended(conversation.id)

        assert (ended.text, ended.state) == ("Once upon a time.", SwipeState.COMPLETE)
        assert (await desk.texts(conversation))[1] == "Once upon a time."


@on_loop
async def test_a_message_that_finds_the_disk_full_is_refused_and_asks_nobody(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        desk.disk.full = True

        with pytest.raises(Exception, match="The disk is full"):
            await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")

        desk.disk.full = False
        assert model.requests == []
        await desk.say(conversation, "Tell me!")
        assert await desk.texts(conversation) == ["Tell me!", "Indeed."]


@on_loop
async def test_a_persona_sent_to_the_trash_falls_silent_and_keeps_what_it_said(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Once upon", Pause(), "!", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        persona = conversation.persona_id
        await desk.chat.send(persona, conversation.id, "Tell me!")
        await desk.until(lambda: desk.of(ReplyGrew, conversation.id) or None)

        trash_id = await desk.personas.trash(persona)
        assert model.open_streams == 0
        await desk.personas.restore(trash_id)

        (_, reply) = await desk.messages(conversation)
        assert (reply.text, reply.state) == ("Once upon", SwipeState.STOPPED)


@on_loop
async def test_a_reply_whose_persona_another_program_deleted_ends_with_a_sentence(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = ScriptedModel(["Once upon", pause, "!", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        await desk.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        await pause.reached.wait()

        await desk.disk.write(lambda store: store.personas.trash(conversation.persona_id))
        pause.go.set()
        ended = await desk.ended(conversation.id)

        assert ended.state is SwipeState.INTERRUPTED
        assert ended.error
        assert model.open_streams == 0
        assert desk.chat.replying() == frozenset()


@on_loop
async def test_a_bug_in_the_middle_ends_the_reply_and_is_not_swallowed(open_chat: OpenDesk) -> None:
    bug = ZeroDivisionError("a mistake of ours")
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context.get("exception")))
    async with open_chat(ScriptedModel(["Once upon", bug])) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")
        await desk.chat.close()

        assert (reply.text, reply.state) == ("Once upon", SwipeState.INTERRUPTED)
        assert "PersonaDesk made a mistake" in reply.error
        assert desk.chat.replying() == frozenset()
    assert reported == [bug]


def too_long(prompt_tokens: int = 0, context_tokens: int = 0) -> ContextOverflow:
    return ContextOverflow("Too long.", "Shorten it.", prompt_tokens=prompt_tokens, context_tokens=context_tokens)


def length(request: ChatRequest) -> int:
    return sum(len(turn.text) // 4 + 1 for turn in request.turns)


@on_loop
async def test_a_prompt_that_a_server_finds_too_long_is_made_anew_for_what_it_reads(open_chat: OpenDesk) -> None:
    model = ScriptedModel(info=replace(INFO, context_tokens=8192))
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        for number in range(12):
            await desk.say(conversation, f"{number} " + "and on it goes " * 60)
        model.scripts = [[too_long(3000, 1500)], ["It fits.", END]]

        reply = await desk.say(conversation, "Do you still hear me?")

        assert (reply.text, reply.state) == ("It fits.", SwipeState.COMPLETE)
        first, second = model.requests[-2:]
        assert length(second) < 1500 < length(first)
        assert second.turns[-1].text.endswith("Do you still hear me?")
        assert desk.of(ReplyEnded, conversation.id)[-1].context_tokens <= 1500


@pytest.mark.parametrize(
    "script",
    [
        [too_long()],
        [too_long(9000, 8192)],
        [too_long(9000, 100)],
        ["Once", too_long(9000, 2000)],
    ],
    ids=["unsaid", "no news", "too small", "in the middle"],
)
@on_loop
async def test_a_refusal_that_tells_no_size_is_told(open_chat: OpenDesk, script: list[str | Exception]) -> None:
    model = ScriptedModel(script)
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")

        assert reply.error == "Too long. Shorten it."
        assert len(model.requests) == 1


@on_loop
async def test_a_prompt_is_made_anew_once_and_no_more(open_chat: OpenDesk) -> None:
    model = ScriptedModel([too_long(0, 2000)], [too_long(0, 1000)])
    async with open_chat(model) as desk:
        conversation = await desk.begin()

        reply = await desk.say(conversation, "Tell me!")

        assert (reply.state, reply.error) == (SwipeState.FAILED, "Too long. Shorten it.")
        assert len(model.requests) == 2


@on_loop
async def test_a_reply_that_goes_on_does_so_within_what_the_server_reads(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Once upon a time there was", CRASH], [too_long(0, 1200)], [" a baker.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        broken = await desk.say(conversation, "Tell me!")

        await desk.chat.continue_reply(conversation.persona_id, conversation.id, broken.id)
        whole = await desk.ended(conversation.id, 2)

        assert (whole.text, whole.state) == ("Once upon a time there was a baker.", SwipeState.COMPLETE)
