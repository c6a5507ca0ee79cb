"""Whatever is done in whatever order, no word of one persona's chat is ever in another's."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from personadesk.domain.chat import ChatRequest, FinishReason, ReplyPiece
from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import TrashId
from personadesk.storage.places import DATABASE_NAME
from tests.scripted_model import ScriptedModel
from tests.services.chat_desk import ChatDesk, open_desk

NAMES = ("amber", "birch", "coral")
ACTIONS = ("send", "send", "stop", "switch", "regenerate", "edit", "new", "delete", "trash", "restore", "let it talk")


class Parrot(ScriptedModel):
    """Says back every tag it was shown, piece by piece, when it is let; so what it was told must be clean too."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        shown = " ".join(turn.text for turn in request.turns)
        for name in NAMES:
            if name in shown:
                yield ReplyPiece(f"I was told of {name}. ")
                await self.go.wait()
        yield ReplyPiece("That is all.", FinishReason.STOP)


class Play:
    """Three personas and a hand that does what Hypothesis draws."""

    def __init__(self, desk: ChatDesk, model: Parrot) -> None:
        self.desk, self.model = desk, model
        self.chats: dict[str, Conversation] = {}
        self.trash: list[TrashId] = []
        self.count = 0

    async def begin(self) -> None:
        for name in NAMES:
            self.chats[name] = await self.desk.begin(name, description=f"You are {name}.", greeting=f"{name} is here.")

    async def do(self, action: str, name: str) -> None:
        chat, conversation = self.desk.chat, self.chats[name]
        persona = conversation.persona_id
        self.count += 1
        if action == "send":
            await chat.send(persona, conversation.id, f"{name} says {self.count}")
        elif action == "stop":
            await chat.stop(conversation.id)
        elif action == "switch":
            await chat.set_visible(persona, conversation.id)
        elif action == "new":
            self.chats[name] = await chat.new_conversation(persona)
        elif action == "trash":
            self.trash.append(await self.desk.personas.trash(persona))
        elif action == "restore" and self.trash:
            await self.desk.personas.restore(self.trash.pop())
        elif action == "let it talk":
            self.model.go.set()
            await asyncio.sleep(0)
            self.model.go.clear()
        elif action in ("regenerate", "edit", "delete"):
            await self.change_last(action, name)

    async def change_last(self, action: str, name: str) -> None:
        """Do something to the last message, where there is one."""
        chat, conversation = self.desk.chat, self.chats[name]
        persona = conversation.persona_id
        for last in (await self.desk.messages(conversation))[-1:]:
            if action == "regenerate":
                await chat.regenerate(persona, conversation.id, last.id)
            elif action == "edit":
                await chat.edit(persona, last.id, f"{name} meant {self.count}")
            else:
                self.trash.append(await chat.delete_message(last))

    async def check(self) -> None:
        while self.trash:
            with suppress(UserFacingError):  # what it was a part of may be in the trash itself
                await self.desk.personas.restore(self.trash[-1])
            self.trash.pop()
        for name, conversation in self.chats.items():
            opened = await self.desk.chat.open(conversation.persona_id)
            for each in opened.conversations:
                said = " ".join(await self.desk.texts(each))
                strangers = [other for other in NAMES if other != name and other in said]
                assert not strangers, f"{name}'s chat holds words of {strangers}: {said}"


async def play(data_dir: Path, steps: list[tuple[str, str]]) -> None:
    model = Parrot()
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(data_dir, model))
        hand = Play(desk, model)
        await hand.begin()
        for action, name in steps:
            with suppress(UserFacingError):  # refused, as it would be for a user
                await hand.do(action, name)
        model.go.set()
        for running in desk.chat.replying():
            await desk.chat.stop(running)
        await hand.check()


@settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES)), max_size=25))
def test_no_sequence_puts_a_word_in_another_personas_chat(empty_store: Path, steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory(prefix="pd-") as folder:
        shutil.copyfile(empty_store, Path(folder) / DATABASE_NAME)

        asyncio.run(play(Path(folder), steps))
