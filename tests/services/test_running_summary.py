"""The running summary: what of a conversation it tells, and whose words it keeps."""

import asyncio
import re

from personadesk.domain.chat import FinishReason
from personadesk.domain.conversation import Conversation, Message, Role, RunningSummary
from personadesk.domain.errors import ModelError
from personadesk.domain.events import ReplyEnded
from personadesk.services.idle_keeping import IdleKeeper
from personadesk.services.ports import NewSwipe, Store
from tests.scripted_model import Pause, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

END = FinishReason.STOP


async def long_talk(desk: ChatDesk, exchanges: int, characters: int) -> Conversation:
    """A conversation with a title, in which each message says its position and is so long."""
    conversation = await desk.begin()
    await desk.chat.rename_conversation(conversation.persona_id, conversation.id, "Mine")
    await go_on(desk, conversation, exchanges, characters)
    return conversation


async def go_on(desk: ChatDesk, conversation: Conversation, exchanges: int, characters: int) -> None:
    def write(store: Store) -> None:
        chat = store.for_persona(conversation.persona_id)
        for _ in range(exchanges):
            for role in (Role.USER, Role.PERSONA):
                at = chat.append_message(conversation.id, role, [NewSwipe("x")])
                chat.edit_message(at.id, f"This is turn {at.position}. ".ljust(characters, "z"))

    await desk.disk.write(write)


async def path(desk: ChatDesk, conversation: Conversation) -> list[Message]:
    own = conversation.persona_id
    return await desk.disk.read(lambda store: store.for_persona(own).path_tail(conversation.id, 999))


async def summary(desk: ChatDesk, conversation: Conversation) -> RunningSummary | None:
    return await desk.conversations.summary(conversation.persona_id, conversation.id)


async def rest(desk: ChatDesk, conversation: Conversation, keeper: IdleKeeper) -> None:
    """Let a pause begin in a conversation whose prompt was nearly full."""
    last = (await path(desk, conversation))[-1]
    keeper.take_event(ReplyEnded(last, prompt_tokens=900, context_tokens=1000))


async def kept(keeper: IdleKeeper) -> None:
    while True:
        if not keeper.at_work:
            return
        await asyncio.sleep(0.01)


def quiet(desk: ChatDesk, model: ScriptedModel) -> IdleKeeper:
    return IdleKeeper(database=desk.disk, model=model, publish=desk.events.append, rest_s=0)


def asked(model: ScriptedModel) -> list[str]:
    return [request.turns[-1].text for request in model.requests]


def turns_in(text: str) -> list[int]:
    """The positions of the turns that a request shows whole."""
    return [int(at) for at in re.findall(r"This is turn (\d+)\. z{1000}", text)]


@on_loop
async def test_a_summary_tells_of_no_turn_that_the_model_has_not_read(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 40, 1_100)
        keeper = quiet(desk, model)
        model.scripts = [["First notes.", END], [ModelError("Nothing more is read.", "")]]
        await rest(desk, conversation, keeper)
        await kept(keeper)
        first = await summary(desk, conversation)
        model.requests.clear()

        counts = []
        for _ in range(3):
            await rest(desk, conversation, keeper)
            await kept(keeper)
            counts.append(len(model.requests))

        # A model that is paid for is asked a few times in a pause, and goes on in the next.
        assert 0 < counts[0] <= 4 < counts[-1] == counts[-2]
        assert first is not None
        assert 0 < first.until_position < 63
        read = [turns_in(text) for text in asked(model)]
        assert read[0][0] == first.until_position + 1
        assert [at for part in read for at in part] == list(range(read[0][0], read[-1][-1] + 1))
        last = await summary(desk, conversation)
        assert last is not None
        assert last.until_position == read[-1][-1] > 63 - 12


@on_loop
async def test_a_message_longer_than_the_model_reads_at_once_is_passed(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 1, 15_000)
        await go_on(desk, conversation, 20, 30)
        keeper = quiet(desk, model)

        await rest(desk, conversation, keeper)
        await kept(keeper)

        told = await summary(desk, conversation)
        assert told is not None
        assert told.until_position == 42 - 16 - 1


@on_loop
async def test_a_summary_that_the_user_saves_while_the_model_writes_one_stays(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 20, 30)
        keeper = quiet(desk, model)
        model.scripts = [[pause, "They spoke of boats.", END], [ModelError("Nothing more is read.", "")]]
        await rest(desk, conversation, keeper)
        await pause.reached.wait()

        await desk.conversations.edit_summary(conversation.persona_id, conversation.id, "Robin is a baker.")
        pause.go.set()
        await kept(keeper)

        told = await summary(desk, conversation)
        assert told is not None
        assert (told.text, told.edited) == ("Robin is a baker.", True)


@on_loop
async def test_a_summary_of_turns_that_are_gone_by_the_time_it_is_written_is_dropped(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 20, 30)
        keeper = quiet(desk, model)
        model.scripts = [[pause, "They spoke of boats.", END], [ModelError("Nothing more is read.", "")]]
        await rest(desk, conversation, keeper)
        await pause.reached.wait()

        await desk.conversations.branch_after((await path(desk, conversation))[2])
        await go_on(desk, conversation, 20, 30)
        pause.go.set()
        await kept(keeper)

        assert await summary(desk, conversation) is None


@on_loop
async def test_the_models_next_notes_tell_of_what_stood_in_those_before(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 20, 30)
        keeper = quiet(desk, model)
        model.scripts = [["They met at sea.", END]]
        await rest(desk, conversation, keeper)
        await kept(keeper)
        await go_on(desk, conversation, 10, 30)
        model.scripts = [["They met at sea and married.", END]]
        await rest(desk, conversation, keeper)
        await kept(keeper)

        first, second = asked(model)
        told = await summary(desk, conversation)

        assert "Rewrite" not in first
        assert "They met at sea." in second
        assert "Rewrite these notes so that they tell of what is in them and of what follows" in second
        assert told is not None
        assert (told.text, told.edited) == ("They met at sea and married.", False)


@on_loop
async def test_the_model_is_asked_only_for_what_follows_the_users_own_summary(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk:
        conversation = await long_talk(desk, 20, 30)
        await desk.conversations.edit_summary(conversation.persona_id, conversation.id, "Robin is a baker.")
        keeper = quiet(desk, model)
        model.scripts = [["They met at sea.", END]]
        await rest(desk, conversation, keeper)
        await kept(keeper)

        told = await summary(desk, conversation)
        assert "Rewrite" not in asked(model)[0]
        assert told is not None
        assert (told.text, told.edited) == ("Robin is a baker.\n\nThey met at sea.", True)
