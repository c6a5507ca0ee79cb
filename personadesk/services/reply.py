"""The life of one reply: prompt, stream, save as it grows, end in one of five states."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from personadesk.domain.chat import FinishReason
from personadesk.domain.conversation import Message, Person, SwipeState
from personadesk.domain.errors import ModelError, NotFound, StoreError
from personadesk.domain.events import ReplyEnded, ReplyGrew, ReplyStarted
from personadesk.domain.persona import Persona
from personadesk.services.ports import ChatModel, Clock, Database, Publish, Store
from personadesk.services.prompt import Prompt, ReplyFilter, build_prompt

log = logging.getLogger(__name__)

SAVE_EVERY_S = 0.7
"""A kill loses at most this much of a reply; the promise is a second."""

SHOW_EVERY_S = 1 / 30
HISTORY_MESSAGES = 200
"""Messages read for a prompt: more never fit a context this program can talk to in good time."""


@dataclass(slots=True)
class _Progress:
    text: str = ""
    saved: str = ""
    saved_at: float = 0.0
    shown_at: float = 0.0
    finish: FinishReason | None = None
    prompt_tokens: int = 0
    context_tokens: int = 0


class ReplyWriter:
    """Writes replies into the store, one call of `write` each. Asynchronous, for the engine thread."""

    def __init__(self, *, database: Database, model: ChatModel, publish: Publish, clock: Clock) -> None:
        self._database = database
        self._model = model
        self._publish = publish
        self._clock = clock
        self.closing = False
        """Set at shutdown: a reply cancelled then is interrupted, not stopped by the user."""

    async def write(self, reply: Message) -> None:
        """Stream a reply into the swipe that `reply` shows. Cancelling it is the user's Stop.

        Raises nothing the user can act on: the state and the sentence are stored with the swipe.
        """
        progress = _Progress()
        state, error = SwipeState.COMPLETE, ""
        self._publish(ReplyStarted(reply.persona_id, reply.conversation_id, reply.id))
        try:
            await self._stream(reply, progress)
        except asyncio.CancelledError:
            state = SwipeState.STOPPED
            if self.closing:
                state, error = SwipeState.INTERRUPTED, "PersonaDesk was closed before this reply was finished."
        except (ModelError, StoreError) as problem:
            state = SwipeState.INTERRUPTED if progress.text else SwipeState.FAILED
            error = f"{problem.sentence} {problem.next_step}".strip()
            log.info("a reply failed: %s", type(problem).__name__)
        except NotFound:
            log.info("a reply lost its persona or its conversation to the trash")
            return
        # From here on a second Stop or the shutdown must not tear the last save apart.
        await asyncio.shield(self._finish(reply, progress, state, error))

    async def _stream(self, reply: Message, progress: _Progress) -> None:
        prompt = await self._prompt(reply)
        progress.prompt_tokens, progress.context_tokens = prompt.prompt_tokens, prompt.context_tokens
        cleaner = ReplyFilter(prompt)
        pieces = self._model.stream(prompt.request)
        try:
            async for piece in pieces:
                progress.text += cleaner.feed(piece.text)
                if piece.finish is not None:
                    progress.finish = piece.finish
                await self._grew(reply, progress)
                if cleaner.done:
                    break
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()
        progress.text = cleaner.finish(progress.finish)

    async def _prompt(self, reply: Message) -> Prompt:
        def work(store: Store) -> tuple[Persona, Person, list[Message]]:
            chat = store.for_persona(reply.persona_id)
            history: list[Message] = []
            if reply.parent_id is not None:
                history = chat.path_tail(reply.conversation_id, HISTORY_MESSAGES, until=reply.parent_id)
            return store.personas.get(reply.persona_id), store.people.you(), history

        persona, person, history = await self._database.read(work)
        return await build_prompt(persona.card, person.name, history, self._model)

    async def _grew(self, reply: Message, progress: _Progress) -> None:
        now = time.monotonic()
        if progress.text and now - progress.shown_at >= SHOW_EVERY_S:
            progress.shown_at = now
            self._publish(ReplyGrew(reply.persona_id, reply.conversation_id, reply.id, reply.swipe_id, progress.text))
        if progress.text != progress.saved and now - progress.saved_at >= SAVE_EVERY_S:
            progress.saved_at, progress.saved = now, progress.text
            await self._save(reply, progress.text, SwipeState.STREAMING, "")

    async def _save(self, reply: Message, text: str, state: SwipeState, error: str) -> None:
        await self._database.write(
            lambda store: store.for_persona(reply.persona_id).update_swipe(reply.swipe_id, text, state, error)
        )

    async def _finish(self, reply: Message, progress: _Progress, state: SwipeState, error: str) -> None:
        def work(store: Store) -> Message:
            chat = store.for_persona(reply.persona_id)
            chat.update_swipe(reply.swipe_id, progress.text, state, error)
            return chat.message(reply.id)

        try:
            message = await self._database.write(work)
        except NotFound:
            log.info("a reply ended after its persona went to the trash")
            return
        except StoreError as problem:
            # The text stays on screen and can be copied, also when the disk has no room for it.
            said = f"{problem.sentence} {problem.next_step}".strip()
            message = replace(reply, text=progress.text, state=SwipeState.INTERRUPTED, error=said)
        self._publish(ReplyEnded(message, progress.prompt_tokens, progress.context_tokens))
