"""The user's next message, as the model would write it: a suggestion, which nobody has sent."""

import contextlib
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn
from personadesk.domain.errors import ModelError, UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.chat import ChatService
from personadesk.services.continuing import Shortened
from personadesk.services.ports import ChatModel, Database
from personadesk.services.prompt import Prompt
from personadesk.services.prompt_material import PromptMaterial, build_prompt_of, read_material
from personadesk.services.provider_ports import LineUp
from personadesk.services.reply_filter import TEMPLATE_MARKS, ReplyFilter

log = logging.getLogger(__name__)

TASK_TOKENS = 90
"""What the task takes of the context, and the turn around it."""
DRAFT_CHARACTERS = 1_000


class Impersonating:
    """Asynchronous, for the engine thread. Stores nothing."""

    def __init__(
        self, *, database: Database, model: ChatModel, chat: ChatService, line_up: LineUp | None = None
    ) -> None:
        self._database = database
        self._model = model
        self._chat = chat
        self._line_up = line_up

    async def write(
        self, persona_id: PersonaId, conversation_id: ConversationId, draft: str = ""
    ) -> AsyncGenerator[str]:
        """Stream what the user could say next, each time the whole text so far; the last one is as it is to be kept.

        `draft` is what it should say, in a few words, or "". Closing the generator stops the model. Raises
        UserFacingError while a reply is being written, ModelError where the last model that could step in fails
        or writes nothing, or one breaks off.
        """
        if conversation_id in self._chat.replying():
            raise UserFacingError("A reply is still being written.", "Wait for its end or press Stop.")
        material = await self._database.read(lambda store: read_material(store, persona_id, conversation_id))
        models = await self._line_up.line_up(persona_id) if self._line_up else [self._model]
        draft = draft.strip()[:DRAFT_CHARACTERS]
        for number, model in enumerate(models, 1):
            begun = False
            try:
                async with contextlib.aclosing(_written_by(model, material, draft)) as texts:
                    async for text in texts:
                        begun = True
                        yield text
            except ModelError as problem:
                if begun or number == len(models):
                    raise
                log.info("the next model is asked: %s", type(problem).__name__)
            else:
                return


async def _written_by(model: ChatModel, material: PromptMaterial, draft: str) -> AsyncGenerator[str]:
    room = Shortened(model, TASK_TOKENS + len(draft) // 3)
    prompt = await build_prompt_of(material, room)
    cleaner = ReplyFilter(
        echoes=(prompt.user, "User", "You"), others=prompt.names, sentence_limit=prompt.sentence_limit
    )
    text, finish = "", None
    pieces = model.stream(as_the_user(prompt, draft, small=model.info.small))
    try:
        async for piece in pieces:
            fresh = cleaner.feed(piece.text)
            finish = piece.finish or finish
            if fresh:
                text += fresh
                yield text
            if cleaner.done:
                break
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    yield cleaner.finish(finish)


def as_the_user(prompt: Prompt, draft: str, *, small: bool = False) -> ChatRequest:
    """The persona's prompt with another task; for a small model, the conversation seen from the other side."""
    names = prompt.names
    char = names[0] if names else "the character"
    turns = _seen_by(prompt, char, draft) if small else _asked_for(prompt, char, draft)
    stops = (*(f"\n{name}:" for name in names[:3]), *TEMPLATE_MARKS)
    return ChatRequest(tuple(turns), replace(prompt.request.sampling, stop=stops))


def _asked_for(prompt: Prompt, char: str, draft: str) -> list[ChatTurn]:
    user = prompt.user
    task = (
        f"[Now write the next message of {user}, not of {char}. Write in the first person, in the voice, the"
        f" language and the length of what {user} said before. Write only what {user} says and does, without"
        f" a name before it, and never speak for {char}."
    )
    task += f" It says this, in better words: {draft}]" if draft else "]"
    turns = list(prompt.request.turns)
    if turns and turns[-1].role is ChatRole.USER:
        turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n\n{task}")
    else:
        turns.append(ChatTurn(ChatRole.USER, task))
    return turns


def _seen_by(prompt: Prompt, char: str, draft: str) -> list[ChatTurn]:
    """What a small model does not lose: it answers as itself, and that is the user."""
    task = f"You are {prompt.user}. You talk with {char}. Say in one or two sentences what {prompt.user} says next."
    task += f" You want to say: {draft}" if draft else ""
    others = {ChatRole.USER: ChatRole.ASSISTANT, ChatRole.ASSISTANT: ChatRole.USER}
    said = [replace(turn, role=others[turn.role]) for turn in prompt.request.turns if turn.role in others]
    return [ChatTurn(ChatRole.SYSTEM, task), *said]
