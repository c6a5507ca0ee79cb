"""The life of one reply: prompt, stream, save as it grows, end in one of five states."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from personadesk.domain.chat import FinishReason
from personadesk.domain.conversation import Message, SwipeState
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError, NotFound, StoreError, UserFacingError
from personadesk.domain.events import ReplyEnded, ReplyGrew, ReplyStarted
from personadesk.domain.told_lore import ToldEntry
from personadesk.services.continuing import Seam, Shortened, beginning_of, with_beginning
from personadesk.services.lorebook import LoreState
from personadesk.services.ports import ChatModel, Database, Publish, Store
from personadesk.services.prompt import Prompt, ReplyFilter
from personadesk.services.prompt_material import PromptMaterial, build_prompt_of, read_material
from personadesk.services.provider_ports import LineUp
from personadesk.services.told_size import as_told

log = logging.getLogger(__name__)

SAVE_EVERY_S = 0.7
"""A kill loses at most this much of a reply; the promise is a second."""

SHOW_EVERY_S = 1 / 30
CLOSED = "PersonaDesk was closed before this reply was finished."
OUR_FAULT = "PersonaDesk made a mistake while this reply was written. Ask again."


@dataclass(slots=True)
class _Progress:
    text: str = ""
    to_show: asyncio.Event = field(default_factory=asyncio.Event)
    to_save: asyncio.Event = field(default_factory=asyncio.Event)
    prompt_tokens: int = 0
    context_tokens: int = 0
    lore: tuple[ToldEntry, ...] = ()
    model: str = ""
    """Which one said the last word, and before the first the one that was asked last."""
    stepped_in: str = ""
    """Why it is not the first one, in a sentence."""


class ReplyWriter:
    """Writes one reply into the swipe that `message` shows, or goes on with it where it has a text.

    `line_up` names the models that are asked in turn, until one says its first word; without it there is
    `model` alone. For the engine thread; `write` is called once.
    """

    def __init__(
        self,
        message: Message,
        *,
        database: Database,
        model: ChatModel,
        publish: Publish,
        save_every_s: float = SAVE_EVERY_S,
        line_up: LineUp | None = None,
    ) -> None:
        self.message = message
        self._line_up = line_up
        self.fault: BaseException | None = None
        self._database = database
        self._model = model
        self._publish = publish
        self._save_every_s = save_every_s
        self._progress = _Progress(message.text)
        self._lore_state: LoreState | None = None
        self._streaming: asyncio.Task[None] | None = None
        self._stopped = False
        self._stop_reason = (SwipeState.STOPPED, "")

    def stop(self, *, closing: bool = False) -> None:
        """End the reply with what has come: stopped by the user, or interrupted by the program's end.

        Also before it has begun; once it has ended by itself, nothing is changed.
        """
        if not self._stopped and closing:
            self._stop_reason = (SwipeState.INTERRUPTED, CLOSED)
        self._stopped = True
        if self._streaming is not None:
            self._streaming.cancel()

    async def write(self) -> ReplyEnded:
        """Stream the reply and store how it ended, with a sentence where it failed.

        Nothing is raised: what went wrong is stored, and a bug of ours is in `fault` as well.
        """
        message, progress = self.message, self._progress
        self._publish(ReplyStarted(message.persona_id, message.conversation_id, message.id))
        problem = await self._stream_and_save()
        state, error = SwipeState.COMPLETE, ""
        if problem is not None:
            state = SwipeState.INTERRUPTED if progress.text else SwipeState.FAILED
            error = f"{problem.sentence} {problem.next_step}" if isinstance(problem, UserFacingError) else OUR_FAULT
            log.info("a reply failed: %s", type(problem).__name__)
            self.fault = None if isinstance(problem, UserFacingError) else problem
        elif self._streaming is None or self._streaming.cancelled():
            state, error = self._stop_reason
        if progress.stepped_in and progress.text != message.text:
            error = f"{progress.stepped_in} {error}"
        ended = await self._finish(state, error.strip())
        return ReplyEnded(ended, progress.prompt_tokens, progress.context_tokens, progress.lore)

    async def _stream_and_save(self) -> BaseException | None:
        """Run until the stream has ended or was stopped; return what went wrong."""
        if self._stopped:
            return None
        progress = self._progress
        self._streaming = asyncio.create_task(self._stream())
        tasks = (
            self._streaming,
            # Beside the stream: neither a slow disk nor a model that pauses holds the other up.
            asyncio.create_task(_follow(progress.to_show, self._show, SHOW_EVERY_S)),
            asyncio.create_task(_follow(progress.to_save, self._save, self._save_every_s)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        problems = (task.exception() for task in tasks if not task.cancelled())
        return next((problem for problem in problems if problem is not None), None)

    async def _stream(self) -> None:
        models = await self._line_up.line_up(self.message.persona_id) if self._line_up else [self._model]
        for number, model in enumerate(models, 1):
            try:
                await self._stream_fitting(model)
            except ModelError as problem:
                if number == len(models) or self._progress.text != self.message.text:
                    raise
                log.info("the next model is asked: %s", type(problem).__name__)
                said = f"{model.info.label} did not answer: {problem.sentence}"
                self._progress.stepped_in = self._progress.stepped_in or said
            else:
                return

    async def _stream_fitting(self, model: ChatModel) -> None:
        """Where the prompt is longer than the model reads, ask once more with one that is not."""
        progress = self._progress
        try:
            await self._stream_by(model)
        except ContextOverflow as problem:
            told = as_told(model, problem, progress.prompt_tokens)
            if told is None or progress.text != self.message.text:
                raise
            log.info("the prompt is made for %d tokens, as the server says", told.info.context_tokens)
            await self._stream_by(told)

    async def _stream_by(self, model: ChatModel) -> None:
        progress, begun = self._progress, self.message.text
        if not progress.text:
            progress.model = model.info.id
        prompt = await self._prompt(model)
        progress.prompt_tokens, progress.context_tokens = prompt.prompt_tokens, prompt.context_tokens
        progress.lore = prompt.lore.told
        cleaner = ReplyFilter(prompt)
        seam = Seam(begun, prefilled=model.info.prefills)
        if begun:
            cleaner.go_on_from(begun)
        finish: FinishReason | None = None
        pieces = model.stream(prompt.request)
        try:
            async for piece in pieces:
                fresh = cleaner.feed(seam.feed(piece.text) if begun else piece.text)
                finish = piece.finish or finish
                if fresh:
                    progress.model = model.info.id
                    progress.text += fresh
                    progress.to_show.set()
                    progress.to_save.set()
                if cleaner.done:
                    break
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()
        cleaner.feed(seam.rest() if begun else "")
        progress.text = cleaner.finish(finish)
        if finish is None and not cleaner.done:
            raise ModelCrashed("The model broke off in the middle of its reply.", "Let it go on.")

    async def _prompt(self, model: ChatModel) -> Prompt:
        message = self.message

        def work(store: Store) -> PromptMaterial:
            # Up to the reply itself: what it answers may be in the trash by now.
            return read_material(store, message.persona_id, message.conversation_id, before=message.id)

        material = await self._database.read(work)
        begun, taken = await beginning_of(message.text, model) if message.text else ("", 0)
        room = Shortened(model, taken) if begun else model
        prompt = await build_prompt_of(material, room)
        if begun:
            prompt = replace(
                prompt,
                request=with_beginning(prompt.request, begun),
                prompt_tokens=prompt.prompt_tokens + taken,
                context_tokens=model.info.context_tokens,
            )
        if prompt.lore.state != material.lore.state:
            self._lore_state = prompt.lore.state
        return prompt

    async def _show(self) -> None:
        message = self.message
        self._publish(
            ReplyGrew(message.persona_id, message.conversation_id, message.id, message.swipe_id, self._progress.text)
        )

    async def _save(self) -> None:
        message, text, model = self.message, self._progress.text, self._progress.model

        def work(store: Store) -> None:
            chat = store.for_persona(message.persona_id)
            chat.update_swipe(message.swipe_id, text, SwipeState.STREAMING, model=model)

        saving = asyncio.ensure_future(self._database.write(work))
        try:
            await asyncio.shield(saving)
        except asyncio.CancelledError:
            # The end comes after this: its own save tells what is wrong with the disk.
            await asyncio.gather(saving, return_exceptions=True)
            raise
        except StoreError as problem:
            # The reply goes on: the next save may succeed, and the last one tells.
            log.info("a growing reply could not be saved: %s", type(problem).__name__)

    async def _finish(self, state: SwipeState, error: str) -> Message:
        message, text, lore_state = self.message, self._progress.text, self._lore_state
        model = self._progress.model

        def work(store: Store) -> Message:
            chat = store.for_persona(message.persona_id)
            chat.update_swipe(message.swipe_id, text, state, error, model=model)
            if lore_state is not None:
                store.lorebooks.save_state(message.persona_id, message.conversation_id, lore_state.to_json())
            return chat.message(message.id)

        try:
            return await self._database.write(work)
        except (NotFound, StoreError) as problem:
            # The text stays on screen and can be copied, also when the disk has no room for it.
            log.info("the end of a reply could not be saved: %s", type(problem).__name__)
            said = f"{problem.sentence} {problem.next_step}".strip()
            return replace(message, text=text, state=SwipeState.INTERRUPTED, error=said)


async def _follow(grown: asyncio.Event, work: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Do the work at once when there is more of the reply, then at most every `every_s`; never ends by itself."""
    while True:
        await grown.wait()
        grown.clear()
        await work()
        await asyncio.sleep(every_s)
