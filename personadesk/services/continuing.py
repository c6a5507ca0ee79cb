"""Going on with a reply that broke off: what is asked, and joining what comes on to what there was."""

from collections.abc import Sequence
from dataclasses import replace

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, ModelInfo
from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.services.ports import ChatModel, Store
from personadesk.services.word_space import space_between

LEAST_OVERLAP = 8
"""Characters; that few in common at the seam are an accident of language."""

LONGEST_OVERLAP = 600
TURN_TOKENS = 6


def reopen(store: Store, persona_id: PersonaId, conversation_id: ConversationId, message_id: MessageId) -> Message:
    """Make a reply one that is being written again, with the text it has. For one transaction.

    Raises NotFound for what is no reply of this conversation, UserFacingError for one that has no text yet
    or is not the last.
    """
    chat = store.for_persona(persona_id)
    message = chat.message(message_id)
    if message.conversation_id != conversation_id or message.role is not Role.PERSONA:
        raise NotFound("This reply is not here any more.", "Choose another one.")
    newest = chat.path_tail(conversation_id, 1)
    if not message.text or not newest or newest[0].id != message_id:
        raise UserFacingError("Only the newest reply can be continued.", "Regenerate this one instead.")
    chat.update_swipe(message.swipe_id, message.text, SwipeState.STREAMING)
    return chat.message(message_id)


class Shortened:
    """A ChatModel with part of its context taken: what is to be continued needs its room, too."""

    def __init__(self, model: ChatModel, taken_tokens: int) -> None:
        self._model = model
        self.info: ModelInfo = replace(
            model.info, context_tokens=max(model.info.context_tokens - taken_tokens, model.info.context_tokens // 2)
        )
        self.status = model.status
        self.stream = model.stream
        self.warm_up = model.warm_up
        self.close = model.close

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return await self._model.count_tokens(texts)


async def beginning_of(text: str, model: ChatModel) -> tuple[str, int]:
    """As much of a reply's end as takes a quarter of the model's context at most, and its tokens."""
    room = model.info.context_tokens // 4
    tail = text[-room * 8 :]
    (tokens,) = await model.count_tokens([tail])
    while tokens > room and len(tail) > 1:
        tail = tail[-max(len(tail) * room // tokens - 1, 1) :]
        (tokens,) = await model.count_tokens([tail])
    return tail, tokens + TURN_TOKENS


def with_beginning(request: ChatRequest, begun: str) -> ChatRequest:
    """The request that asks for what follows the beginning of a reply."""
    turns = list(request.turns)
    late: list[ChatTurn] = []
    while turns and turns[-1].role is ChatRole.SYSTEM:
        # Nothing may stand between a reply's beginning and its end.
        late.insert(0, turns.pop())
    at = len(turns) - 1 if turns else 0
    turns[at:at] = late
    return replace(request, turns=(*turns, ChatTurn(ChatRole.ASSISTANT, begun)), continues=True)


class Seam:
    """Joins what comes to what there was: without the words that are said twice, with the space that is missing.

    `prefilled`: the model was given the beginning as its own, so that what comes fits letter by letter.
    """

    def __init__(self, begun: str, *, prefilled: bool) -> None:
        self._begun = begun[-LONGEST_OVERLAP:]
        self._prefilled = prefilled
        self._pending = ""
        self._joined = False

    def feed(self, text: str) -> str:
        """Take a piece and give what is new of it; "" while it may still repeat what there was."""
        if self._joined:
            return text
        self._pending += text
        return "" if self._may_repeat() else self._join()

    def rest(self) -> str:
        """What is still held back at the end."""
        return "" if self._joined else self._join()

    def _may_repeat(self) -> bool:
        start = self._pending.lstrip()
        return len(start) < LEAST_OVERLAP or start in self._begun

    def _join(self) -> str:
        fresh = self._pending
        if not fresh.strip() and not self._prefilled:
            return ""
        self._joined = True
        self._pending = ""
        said_twice = self._overlap(fresh.lstrip())
        if said_twice:
            # Also where it was prefilled: not every server that says so does so.
            fresh = fresh.lstrip()[said_twice:]
        elif not self._prefilled:
            fresh = fresh.lstrip()
            if space_between(self._begun, fresh):
                fresh = f" {fresh}"
        return fresh.lstrip() if self._begun[-1:].isspace() else fresh

    def _overlap(self, fresh: str) -> int:
        """How many characters of the start stand at the end of what there was."""
        for length in range(min(len(fresh), len(self._begun)), LEAST_OVERLAP - 1, -1):
            if self._begun.endswith(fresh[:length]):
                return length
        return 0
