"""What the model does for a conversation while nobody waits for it: a title, and a summary of what fits no more."""

import asyncio
import logging
from collections.abc import AsyncGenerator

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, ModelState, Sampling
from personadesk.domain.conversation import Conversation, Message, Role, RunningSummary
from personadesk.domain.errors import ModelError, PersonaDeskError
from personadesk.domain.events import ChangeSet, Event, ReplyEnded, ReplyStarted
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.services.ports import ChatModel, Database, PersonaStore, Publish, Store
from personadesk.services.prompt_text import disarm
from personadesk.services.provider_ports import LineUp
from personadesk.services.sentences import keep_sentences

log = logging.getLogger(__name__)

REST_S = 12.0
"""How long nothing is said before the model is asked for anything else than a reply."""
TITLE_WORDS = 7
TITLE_CHARACTERS = 60
_TITLE_FROM = 2
"""Replies before a conversation has something to be called by."""
_SUMMARY_TURNS = 12
"""So many turns that the summary does not tell of yet make it worth another one."""
_LEFT_ALONE = 16
"""The newest turns stay out of a summary: they are in the prompt as they are."""
_READ_CHARACTERS = 12_000
"""As much of a conversation as a model is shown at once."""
_REQUESTS_A_PAUSE = 4
"""A long conversation that was brought in is summed up over several pauses: a provider may be paid for each."""
_SUMMARY_CHARACTERS = 2_400
_NOTES_WORDS = 180
"""Fewer than a model may answer with: notes that were cut would lose the newest."""
_WHOLE = 1_000_000


class IdleKeeper:
    """Belongs to the engine's loop. Give it every event; whatever it does ends at once when somebody writes, and
    nothing begins while a reply is being written.

    A conversation is shown to no other model than the one that answers as its persona.
    """

    def __init__(
        self,
        *,
        database: Database,
        model: ChatModel,
        publish: Publish,
        rest_s: float = REST_S,
        line_up: LineUp | None = None,
    ) -> None:
        self._database = database
        self._line_up = line_up
        self._model = model
        self._publish = publish
        self._rest_s = rest_s
        self._work: asyncio.Task[None] | None = None
        self._writing: set[MessageId] = set()
        self._waiting: dict[ConversationId, ReplyEnded] = {}

    def take_event(self, event: Event) -> None:
        """On the engine's loop."""
        if isinstance(event, ReplyStarted):
            self._writing.add(event.message_id)
            self._stop()
        elif isinstance(event, ReplyEnded):
            self._writing.discard(event.message.id)
            self._waiting[event.message.conversation_id] = event
            self._stop()
            if not self._writing:
                self._work = asyncio.get_running_loop().create_task(self._keep_waiting())

    @property
    def at_work(self) -> bool:
        """Whether it waits for a pause, or is using one."""
        return self._work is not None and not self._work.done()

    async def close(self) -> None:
        work = self._work
        self._stop()
        if work is not None:
            await asyncio.wait({work})

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    async def _keep_waiting(self) -> None:
        await asyncio.sleep(self._rest_s)
        for conversation_id, ended in list(self._waiting.items()):
            await self._keep(ended.message.persona_id, conversation_id, crowded=_is_crowded(ended))
            del self._waiting[conversation_id]

    async def _keep(self, persona_id: PersonaId, conversation_id: ConversationId, *, crowded: bool) -> None:
        try:
            model = (await self._line_up.line_up(persona_id))[0] if self._line_up is not None else self._model
            await self._name(persona_id, conversation_id, model)
            if crowded and not model.info.small:
                for _ in range(_REQUESTS_A_PAUSE):
                    if not await self._sum_up(persona_id, conversation_id, model):
                        break
        except PersonaDeskError as problem:
            # Nobody asked for it: the next pause is another chance.
            log.info("nothing was kept for a resting conversation: %s", type(problem).__name__)

    # -- the title

    async def _name(self, persona_id: PersonaId, conversation_id: ConversationId, model: ChatModel) -> None:
        def read(store: Store) -> tuple[Conversation, list[Message]]:
            chat = store.for_persona(persona_id)
            return chat.conversation(conversation_id), chat.path_tail(conversation_id, 8)

        conversation, path = await self._database.read(read)
        said = [message.text for message in path if message.role is Role.USER and message.text.strip()]
        replies = sum(message.role is Role.PERSONA and message.parent_id is not None for message in path)
        if conversation.title or not said or replies < _TITLE_FROM:
            return
        title = _own_words(said[0])
        if _may_ask(model) and not model.info.small:
            title = await _asked_title(model, path) or title

        def write(store: Store) -> bool:
            return bool(title) and store.for_persona(persona_id).name_by_model(conversation_id, title)

        if await self._database.write(write):
            self._tell(persona_id, conversation_id)

    # -- the summary

    async def _sum_up(self, persona_id: PersonaId, conversation_id: ConversationId, model: ChatModel) -> bool:
        """Sum up as many turns as the model reads at once; says whether it has."""

        def read(store: Store) -> tuple[RunningSummary | None, list[Message]]:
            chat = store.for_persona(persona_id)
            return chat.summary(conversation_id), chat.path_tail(conversation_id, _WHOLE)

        known, path = await self._database.read(read)
        until = known.until_position if known is not None else -1
        new = [message for message in path[:-_LEFT_ALONE] if message.position > until and message.text.strip()]
        if len(new) < _SUMMARY_TURNS or not _may_ask(model):
            return False
        new = _read_at_once(new)
        asked = await _ask(model, _summary_task(known), new)
        told = keep_sentences(" ".join(asked.split()), _SUMMARY_CHARACTERS)
        if not told:
            return False
        # The user's own words stay as they are; what is new comes behind them.
        text = f"{known.text}\n\n{told}" if known is not None and known.edited else told
        edited = known is not None and known.edited

        def write(store: Store) -> bool:
            chat = store.for_persona(persona_id)
            # The user may have written a summary meanwhile, or gone another way: then this one is of no use.
            if chat.summary(conversation_id) != known or not _still_said(chat, new):
                return False
            chat.save_summary(conversation_id, text, new[-1].position, edited=edited)
            return True

        written = await self._database.write(write)
        if written:
            self._tell(persona_id, conversation_id)
        return written

    def _tell(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))


def _may_ask(model: ChatModel) -> bool:
    """A model that rests is not woken for this."""
    return model.status.state is ModelState.READY


async def _asked_title(model: ChatModel, path: list[Message]) -> str:
    """A title by the model; "" where it has none to give, so that it is not asked for again and again."""
    task = "Name this conversation in at most six words, in its own language. Answer with the name alone."
    try:
        return _as_title(await _ask(model, task, path))
    except ModelError as problem:
        log.info("a conversation is called by its first words: %s", type(problem).__name__)
        return ""


def _summary_task(known: RunningSummary | None) -> str:
    """The model's own notes are written anew; the user's stay, and what is new comes behind them."""
    of_what = "who, what happened, what was agreed, what was felt. Nothing that was not said."
    if known is None:
        return f"Sum up what follows in a few plain sentences, as notes for going on: {of_what}"
    if known.edited:
        return f"So far: {known.text}\n\nSum up only what follows in a few plain sentences, as notes: {of_what}"
    return (
        f"Notes so far: {known.text}\n\nRewrite these notes so that they tell of what is in them and of what follows,"
        f" in plain sentences of at most {_NOTES_WORDS} words together, as notes for going on: {of_what}"
    )


def _read_at_once(messages: list[Message]) -> list[Message]:
    """The first of them that a model is shown whole; one that is too long by itself is shown up to the limit."""
    room = _READ_CHARACTERS
    for count, message in enumerate(messages):
        room -= len(_line(message))
        if room < 0:
            return messages[: max(count, 1)]
    return messages


def _still_said(chat: PersonaStore, read: list[Message]) -> bool:
    """Whether these texts are what the active path says there. Raises NotFound where it no longer leads there."""
    first, last = read[0], read[-1]
    path = chat.path_tail(last.conversation_id, last.position - first.position + 1, until=last.id)
    said = [message.swipe_id for message in path if message.position >= first.position and message.text.strip()]
    return said == [message.swipe_id for message in read]


def _line(message: Message) -> str:
    return f"{'User' if message.role is Role.USER else 'Character'}: {disarm(message.text).strip()}"


async def _ask(model: ChatModel, task: str, path: list[Message]) -> str:
    lines: list[str] = []
    room = _READ_CHARACTERS
    for message in path:
        line = _line(message)[:room]
        lines.append(line)
        room -= len(line)
        if room <= 0:
            break
    turns = (
        ChatTurn(ChatRole.SYSTEM, "You keep notes on conversations. You are brief and exact."),
        ChatTurn(ChatRole.USER, f"{task}\n\n" + "\n".join(lines)),
    )
    stream = model.stream(ChatRequest(turns, Sampling(temperature=0.3, max_tokens=320), aside=True))
    try:
        return "".join([piece.text async for piece in stream])
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _is_crowded(event: ReplyEnded) -> bool:
    """Whether the last prompt was so full that turns fall out of the next ones."""
    return event.context_tokens > 0 and event.prompt_tokens > event.context_tokens * 0.6


def _own_words(text: str) -> str:
    """The first words somebody said, as a title."""
    words = " ".join(text.split()).split(" ")
    title = " ".join(words[:TITLE_WORDS])[:TITLE_CHARACTERS].rstrip(" .,;:!?…")
    return title + "…" if len(words) > TITLE_WORDS and title else title


def _as_title(asked: str) -> str:
    """What a model said, if it can be a title."""
    line = next((line.strip() for line in asked.splitlines() if line.strip()), "")
    line = line.removeprefix("Title:").strip().strip("\"'“”«»*#` .")
    return line if 0 < len(line) <= TITLE_CHARACTERS else ""
