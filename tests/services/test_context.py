"""What fills the context, and what is kept for a conversation while it rests."""

import asyncio
from dataclasses import replace

import pytest

from personadesk.domain.chat import ChatRole, FinishReason, ModelState, ModelStatus
from personadesk.domain.conversation import Conversation, RunningSummary
from personadesk.domain.errors import ModelError
from personadesk.domain.events import ReplyEnded, ReplyStarted
from personadesk.domain.ids import ConversationId, MessageId
from personadesk.domain.prompt_parts import PartKind
from personadesk.services.context import ContextService, exact_text
from personadesk.services.idle_keeping import IdleKeeper
from personadesk.services.ports import Store
from tests.scripted_model import INFO, Pause, Refusing, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

END = FinishReason.STOP


def with_context(tokens: int, *scripts: list[object], small: bool = False) -> ScriptedModel:
    return ScriptedModel(*scripts, info=replace(INFO, context_tokens=tokens, small=small))  # type: ignore[arg-type]


async def talk(desk: ChatDesk, conversation: Conversation, times: int) -> None:
    for number in range(times):
        await desk.say(conversation, f"Message {number} about boats, lamps and the long way home.")


@on_loop
async def test_the_parts_of_a_prompt_are_told_and_leave_what_is_free(open_chat: OpenDesk) -> None:
    model = with_context(2000)
    async with open_chat(model) as desk:
        conversation = await desk.begin(
            "Nora", description="A sailor of few words.", system_prompt="Answer as a sailor would, always."
        )
        await desk.say(conversation, "Hello there")
        context = ContextService(database=desk.disk, model=model)

        view = await context.view(conversation.persona_id, conversation.id, "And now?")

        tokens = {part.kind: part.tokens for part in view.parts}
        assert {PartKind.RULES, PartKind.PERSONA, PartKind.HISTORY, PartKind.REPLY} <= set(tokens)
        assert sum(tokens.values()) + view.free_tokens == 2000
        assert view.turns[-1].text == "And now?"
        assert "[System]\nAnswer as a sailor would" in exact_text(view.turns)
        assert "[User]\nAnd now?" in exact_text(view.turns)


@on_loop
async def test_how_full_the_context_is_wakes_no_model_that_rests(open_chat: OpenDesk) -> None:
    model = with_context(2000)
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora", description="A sailor of few words.")
        await desk.say(conversation, "Hello there")
        context = ContextService(database=desk.disk, model=model)
        counted = await context.fill(conversation.persona_id, conversation.id)

        resting = Refusing(ModelError("It was asked.", ""))
        resting.status = ModelStatus(resting.info, ModelState.RESTING)
        estimated = await ContextService(database=desk.disk, model=resting).fill(
            conversation.persona_id, conversation.id
        )

        assert (counted.context_tokens, counted.estimated) == (2000, False)
        assert (estimated.context_tokens, estimated.estimated) == (4096, True)
        assert counted.prompt_tokens > 20
        assert estimated.prompt_tokens == pytest.approx(counted.prompt_tokens, rel=0.5)


@on_loop
async def test_a_summary_stands_for_turns_that_do_not_fit_and_never_for_those_that_do(open_chat: OpenDesk) -> None:
    model = with_context(600)
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora", description="A sailor.")
        own = conversation.persona_id
        await desk.conversations.edit_summary(own, conversation.id, "They spoke of boats.")
        context = ContextService(database=desk.disk, model=model)
        await talk(desk, conversation, 1)
        short = await context.view(own, conversation.id)
        await talk(desk, conversation, 30)

        def cover(store: Store) -> None:
            store.for_persona(own).save_summary(conversation.id, "They spoke of boats.", 20)

        await desk.disk.write(cover)
        long = await context.view(own, conversation.id)

        assert PartKind.SUMMARY not in {part.kind for part in short.parts}
        assert PartKind.SUMMARY in {part.kind for part in long.parts}
        assert 0 < long.summarised_turns <= long.dropped_turns
        told = next(turn for turn in long.turns if "They spoke of boats." in turn.text)
        assert told.role is ChatRole.SYSTEM
        assert await desk.texts(conversation)  # the text itself stays


@pytest.mark.parametrize("small", [True, False])
def test_a_resting_conversation_is_named_by_the_model_or_by_its_first_words(open_chat: OpenDesk, small: bool) -> None:
    @on_loop
    async def check() -> None:
        answers = [["Yes.", END], ["Sure.", END], ['"Tea at the harbour"\n', END]]
        model = with_context(4000, *answers, small=small)
        model.status = ModelStatus(model.info, ModelState.READY)
        async with open_chat(model) as desk:
            keeper = IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)
            conversation = await desk.begin()
            await desk.say(conversation, "Shall we have some tea by the old harbour today?")
            await desk.say(conversation, "At five?")
            keeper.take_event(desk.of(ReplyEnded, conversation.id)[-1])

            named = await titled(desk, conversation)
            await keeper.close()

            own_words = "Shall we have some tea by the…"
            assert named == (own_words if small else "Tea at the harbour")

    check()


@on_loop
async def test_a_model_that_can_not_name_a_conversation_is_not_asked_again(open_chat: OpenDesk) -> None:
    model = with_context(4000, ["Yes.", END], ["Sure.", END], [ModelError("Nothing but thought.")], ["Well.", END])
    model.status = ModelStatus(model.info, ModelState.READY)
    async with open_chat(model) as desk:
        keeper = IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)
        conversation = await desk.begin()
        await desk.say(conversation, "Tea?")
        await desk.say(conversation, "At five?")
        keeper.take_event(desk.of(ReplyEnded, conversation.id)[-1])
        named = await titled(desk, conversation)
        await desk.say(conversation, "Or six?")
        keeper.take_event(desk.of(ReplyEnded, conversation.id)[-1])
        await at_rest(keeper)

        assert named == "Tea"
        assert [request.aside for request in model.requests] == [False, False, True, False]


async def at_rest(keeper: IdleKeeper) -> None:
    while True:
        if not keeper.at_work:
            return
        await asyncio.sleep(0.01)


async def titled(desk: ChatDesk, conversation: Conversation) -> str:
    while True:
        opened = await desk.chat.open(conversation.persona_id, conversation.id)
        if opened.transcript.conversation.title:
            return opened.transcript.conversation.title
        await asyncio.sleep(0.01)


@on_loop
async def test_what_falls_out_of_the_context_is_summed_up_and_the_users_words_stay(open_chat: OpenDesk) -> None:
    model = with_context(900)
    model.status = ModelStatus(model.info, ModelState.READY)
    async with open_chat(model) as desk:
        conversation = await desk.begin()
        own = conversation.persona_id
        await desk.chat.rename_conversation(own, conversation.id, "Mine")
        await talk(desk, conversation, 20)
        await desk.conversations.edit_summary(own, conversation.id, "Robin is a baker.")
        model.scripts = [["They spoke of boats. And of lamps.", END]]
        keeper = IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)
        keeper.take_event(replace(desk.of(ReplyEnded, conversation.id)[-1], prompt_tokens=800, context_tokens=900))

        summary = await summed_up(desk, conversation)
        await keeper.close()

        assert summary.text == "Robin is a baker.\n\nThey spoke of boats. And of lamps."
        assert summary.edited
        assert summary.until_position == 40 - 16 - 1
        opened = await desk.chat.open(own, conversation.id)
        assert opened.transcript.conversation.title == "Mine"


async def summed_up(desk: ChatDesk, conversation: Conversation) -> RunningSummary:
    while True:
        summary = await desk.conversations.summary(conversation.persona_id, conversation.id)
        if summary is not None and summary.until_position > 0:
            return summary
        await asyncio.sleep(0.01)


@on_loop
async def test_nothing_is_kept_while_another_conversation_is_answered(open_chat: OpenDesk) -> None:
    model = with_context(4000, ["Yes.", END], ["Sure.", END], ['"Tea at five"', END])
    model.status = ModelStatus(model.info, ModelState.READY)
    async with open_chat(model) as desk:
        keeper = IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)
        conversation = await desk.begin()
        await desk.say(conversation, "one")
        await desk.say(conversation, "two")
        other = ReplyStarted(conversation.persona_id, ConversationId(99), MessageId(99))
        ended = desk.of(ReplyEnded, conversation.id)[-1]

        keeper.take_event(other)
        keeper.take_event(ended)
        asked_meanwhile = keeper.at_work
        elsewhere = replace(ended.message, id=other.message_id, conversation_id=other.conversation_id)
        keeper.take_event(replace(ended, message=elsewhere))

        assert not asked_meanwhile
        assert await titled(desk, conversation) == "Tea at five"
        await keeper.close()


@on_loop
async def test_whoever_writes_comes_before_titles_and_summaries(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = with_context(4000, ["Yes.", END], ["Sure.", END], [pause, "Never said", END])
    model.status = ModelStatus(model.info, ModelState.READY)
    async with open_chat(model) as desk:
        keeper = IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)
        conversation = await desk.begin()
        await desk.say(conversation, "one")
        await desk.say(conversation, "two")
        keeper.take_event(desk.of(ReplyEnded, conversation.id)[-1])
        await pause.reached.wait()

        await keeper.close()

        assert model.open_streams == 0
        opened = await desk.chat.open(conversation.persona_id, conversation.id)
        assert opened.transcript.conversation.title == ""
