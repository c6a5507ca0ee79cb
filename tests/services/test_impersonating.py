"""The user's next message, suggested by the model."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from personadesk.domain.chat import ChatRole, FinishReason
from personadesk.domain.errors import ModelError, UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.services.impersonating import Impersonating
from tests.scripted_model import INFO, Pause, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

END = FinishReason.STOP


def impersonating(desk: ChatDesk, model: ScriptedModel) -> Impersonating:
    return Impersonating(database=desk.disk, model=model, chat=desk.chat)


@on_loop
async def test_the_model_writes_what_the_user_could_say_and_stores_nothing(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Tea.", END], ["You: I would", " like", " milk.\nNora: Of course.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "What do you drink?")

        texts = [
            text async for text in impersonating(desk, model).write(conversation.persona_id, conversation.id, "milk")
        ]

        asked = model.requests[-1]
        assert texts[-1] == "I would like milk."
        assert asked.turns[-1].role is ChatRole.USER
        assert "better words: milk" in asked.turns[-1].text
        assert "\nNora:" in asked.sampling.stop
        assert await desk.texts(conversation) == ["What do you drink?", "Tea."]


@on_loop
async def test_closing_it_stops_the_model(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["I am Nora.", END], ["I would ", Pause(), END])
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "Who are you?")
        writing = impersonating(desk, model).write(conversation.persona_id, conversation.id)

        first = await anext(writing)
        await writing.aclose()

        assert first == "I would"
        assert model.open_streams == 0


@on_loop
async def test_nothing_is_suggested_under_a_reply_or_out_of_nothing(open_chat: OpenDesk) -> None:
    pause = Pause()
    model = ScriptedModel(["Tea", pause, END], ["", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        own = conversation.persona_id
        await desk.chat.send(own, conversation.id, "What?")
        await pause.reached.wait()

        with pytest.raises(UserFacingError, match="still being written"):
            await anext(impersonating(desk, model).write(own, conversation.id))
        pause.go.set()
        await desk.ended(conversation.id)
        with pytest.raises(ModelError):
            await anext(impersonating(desk, model).write(own, conversation.id))


class LineOf:
    """Models in the order in which they are asked."""

    def __init__(self, *models: ScriptedModel) -> None:
        self._models = models

    async def line_up(self, persona_id: PersonaId) -> Sequence[ScriptedModel]:
        return self._models


@on_loop
async def test_the_next_model_writes_where_the_first_one_fails_or_writes_nothing(open_chat: OpenDesk) -> None:
    down, silent = ScriptedModel([ModelError("It is down.", "")]), ScriptedModel(["", END])
    steps_in = ScriptedModel(["Milk, please.", END], info=replace(INFO, small=True))
    model = ScriptedModel(["Tea.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "What do you drink?")
        line = LineOf(down, silent, steps_in)
        suggesting = Impersonating(database=desk.disk, model=model, chat=desk.chat, line_up=line)

        texts = [text async for text in suggesting.write(conversation.persona_id, conversation.id)]

        assert texts[-1] == "Milk, please."
        assert [len(each.requests) for each in (down, silent, steps_in, model)] == [1, 1, 1, 1]


@on_loop
async def test_no_other_model_goes_on_with_what_one_has_begun(open_chat: OpenDesk) -> None:
    breaks, other = ScriptedModel(["Milk", ModelError("It broke.", "")]), ScriptedModel(["Tea.", END])
    model = ScriptedModel(["Tea.", END])
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "What do you drink?")
        suggesting = Impersonating(database=desk.disk, model=model, chat=desk.chat, line_up=LineOf(breaks, other))
        writing = suggesting.write(conversation.persona_id, conversation.id)

        assert await anext(writing) == "Milk"
        with pytest.raises(ModelError, match="It broke"):
            await anext(writing)
        assert other.requests == []


@on_loop
async def test_a_small_model_sees_the_conversation_from_the_other_side(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["Tea.", END], ["Milk, please.", END], info=replace(INFO, small=True))
    async with open_chat(model) as desk:
        conversation = await desk.begin("Nora")
        await desk.say(conversation, "What do you drink?")

        texts = [text async for text in impersonating(desk, model).write(conversation.persona_id, conversation.id)]

        turns = model.requests[-1].turns
        assert texts[-1] == "Milk, please."
        assert [turn.role for turn in turns] == [ChatRole.SYSTEM, ChatRole.ASSISTANT, ChatRole.USER]
        assert turns[-1].text == "Tea."
