"""The chat model that lives on this computer."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelState, ModelStatus, ReplyPiece
from personadesk.domain.errors import ModelCrashed, ModelError, ModelFileDamaged, ModelFileMissing
from personadesk.domain.events import ModelChanged
from personadesk.providers.chat.deadlines import DEFAULT_DEADLINES, Deadlines, NoAnswerInTime
from personadesk.providers.chat.embedded.runtime import CHILD_COMMAND, RuntimeProcess, spare_threads, start_runtime
from personadesk.providers.chat.embedded.token_counts import TokenCounts
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.providers.chat.server_model import connect, estimate_tokens
from personadesk.providers.model_files import ModelFiles
from personadesk.services.models import REPLIES_AT_ONCE, ModelEntry
from personadesk.services.ports import Publish

if TYPE_CHECKING:
    from personadesk.providers.chat.completions import CompletionsClient

log = logging.getLogger(__name__)


class EmbeddedChatModel:
    """A ChatModel in a child process, started by the first message and ended after `idle_s` without one.

    Two replies are written at once, and others wait in the order asked for. Two take about as long as one after
    the other would, but neither waits for the other's end. Belongs to the engine's event loop.
    """

    def __init__(
        self,
        *,
        entry: ModelEntry,
        files: ModelFiles,
        publish: Publish,
        command: Sequence[str] = CHILD_COMMAND,
        threads: int | None = None,
        idle_s: float = 600.0,
        handshake_s: float = 120.0,
        deadlines: Deadlines = DEFAULT_DEADLINES,
    ) -> None:
        self._entry = entry
        self._files = files
        self._publish = publish
        self._command = tuple(command)
        self._threads = threads or spare_threads()
        self._idle_s = idle_s
        self._handshake_s = handshake_s
        self._deadlines = deadlines
        self._status = ModelStatus(entry.info, ModelState.RESTING)
        self._counts = TokenCounts()
        self._turns = asyncio.Semaphore(REPLIES_AT_ONCE)
        self._writing = 0
        self._start: asyncio.Task[CompletionsClient] | None = None
        self._runtime: RuntimeProcess | None = None
        self._client: CompletionsClient | None = None
        self._watch: asyncio.Task[None] | None = None
        self._rest_timer: asyncio.TimerHandle | None = None
        self._unloading: asyncio.Task[None] | None = None
        self._asked = 0

    @property
    def info(self) -> ModelInfo:
        return self._entry.info

    @property
    def status(self) -> ModelStatus:
        return self._status

    async def refresh(self) -> ModelStatus:
        """Look whether the file is there, without reading it, and publish what changed. Never loads the model."""
        if self._runtime is None and self._start is None:
            try:
                await self._files.quick_look(self._entry)
            except ModelError as error:
                self._failed(error)
            else:
                self._set(ModelState.RESTING)
        return self._status

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        self._in_use()
        try:
            async with self._turns:
                client = await self._running()
                runtime = self._runtime
                self._writing += 1
                try:
                    async with aclosing(client.stream(request)) as pieces:
                        async for piece in pieces:
                            yield piece
                except (ModelCrashed, NoAnswerInTime) as error:
                    raise await self._after_crash(error, runtime, aside=request.aside) from error
                finally:
                    self._writing -= 1
        finally:
            self._out_of_use()

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Counts by the model's tokenizer, which loads it; estimates where it can't be loaded."""
        unknown = list(dict.fromkeys(text for text in texts if self._counts.get(text) is None))
        fresh: dict[str, int] = {}
        if unknown:
            self._in_use()
            try:
                counted = await (await self._running()).tokenize(unknown)
                fresh = dict(zip(unknown, counted or (), strict=False))
            except ModelError as error:
                log.info("tokens are estimated: %s", type(error).__name__)
            finally:
                self._out_of_use()
        for text, count in fresh.items():
            self._counts.put(text, count)
        counts = []
        for text in texts:
            known = fresh.get(text, self._counts.get(text))
            counts.append(estimate_tokens(text) if known is None else known)
        return counts

    async def warm_up(self) -> None:
        self._in_use()
        try:
            await self._running()
        except ModelError as error:
            log.info("the model could not be warmed up: %s", type(error).__name__)
        finally:
            self._out_of_use()

    async def rest(self) -> None:
        """Let go of the model's memory, unless something is asked of it; the next message loads it again."""
        if self._runtime is not None and self._asked == 0:
            gone = self._unload()
            self._set(ModelState.RESTING)
            await asyncio.shield(gone)

    async def close(self) -> None:
        """End the child and wait until it is gone."""
        self._stop_rest_timer()
        if self._start is not None:
            self._start.cancel()
            await asyncio.gather(self._start, return_exceptions=True)
        await asyncio.shield(self._unload())

    async def _running(self) -> "CompletionsClient":
        """Give a client to a child that serves the model, starting one where none does.

        The start is a task of its own: a user who stops waiting doesn't stop the loading, which the
        next message needs as much. Raises ModelError where the model is closed meanwhile.
        """
        if self._client is not None and self._runtime is not None and self._runtime.is_alive:
            return self._client
        if self._start is None:
            self._start = asyncio.create_task(self._load(), name="load the model")
            self._start.add_done_callback(self._start_ended)
        start, waiting = self._start, asyncio.current_task()
        try:
            return await asyncio.shield(start)
        except asyncio.CancelledError:
            # Of the two only the start was cancelled, by `close`: whoever waits must not take it for a stop.
            if start.cancelled() and waiting is not None and not waiting.cancelling():
                raise ModelError("The model was put away before it was ready.", "Ask again.") from None
            raise

    def _start_ended(self, task: "asyncio.Task[CompletionsClient]") -> None:
        self._start = None
        if not task.cancelled():
            # Read it, so that a failure nobody waits for any more is not reported as forgotten: the status says it.
            task.exception()

    async def _load(self) -> "CompletionsClient":
        # Both at once would need the memory twice.
        await asyncio.shield(self._unload())
        self._set(ModelState.LOADING)
        try:
            path = await self._files.verified(self._entry)
            runtime = await start_runtime(
                path,
                context_tokens=self._entry.context_tokens,
                threads=self._threads,
                handshake_s=self._handshake_s,
                replies=REPLIES_AT_ONCE,
                command=self._command,
            )
        except ModelError as error:
            self._failed(error)
            raise
        except asyncio.CancelledError:
            self._set(ModelState.RESTING)
            raise
        self._runtime = runtime
        endpoint = Endpoint(
            base_url=runtime.base_url, model=self._entry.id, api_key=runtime.api_key, llama_sampling=True, prefills=True
        )
        client = await asyncio.to_thread(connect, endpoint, self._deadlines)
        self._client = client
        self._watch = asyncio.create_task(self._watch_exit(runtime), name="watch the model")
        self._set(ModelState.READY)
        return client

    async def _watch_exit(self, runtime: RuntimeProcess) -> None:
        """Notice a child that ends by itself while nothing is asked of it."""
        await runtime.process.wait()
        if self._runtime is runtime and not self._writing:
            log.warning("the model's runtime ended by itself with code %s", runtime.process.returncode)
            self._set(ModelState.RESTING)

    async def _after_crash(self, error: ModelError, runtime: RuntimeProcess | None, *, aside: bool) -> ModelError:
        """End what is left of a child that hangs or whose connection broke: the next message gets a fresh one.

        Of two replies that break with one child, the second must not end the child that was started since.
        """
        first = runtime is self._runtime
        if first:
            code = runtime.process.returncode if runtime is not None else None
            log.warning("the model's runtime failed in a reply (exit code %s)", code)
            await asyncio.shield(self._unload())
        crash: ModelError = ModelCrashed(
            "The model's runtime ended in the middle of the reply.", "Ask again: it is started afresh."
        )
        if isinstance(error, NoAnswerInTime) or "stopped answering" in error.sentence:
            crash = error
        if first and aside:
            self._set(ModelState.RESTING)
        elif first:
            self._failed(crash)
        return crash

    def _unload(self) -> "asyncio.Task[None]":
        """Let go of the child at once, so that nothing new is asked of it; the task ends when it is gone."""
        runtime, client, watch = self._runtime, self._client, self._watch
        self._runtime = self._client = self._watch = None
        before = self._unloading

        async def end() -> None:
            if before is not None:
                await asyncio.gather(before, return_exceptions=True)
            if watch is not None:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            if client is not None:
                await client.close()
            if runtime is not None:
                await runtime.end()

        self._unloading = asyncio.create_task(end(), name="unload the model")
        return self._unloading

    def _in_use(self) -> None:
        self._asked += 1
        self._stop_rest_timer()

    def _out_of_use(self) -> None:
        self._asked -= 1
        if self._asked == 0:
            self._stop_rest_timer()
            self._rest_timer = asyncio.get_running_loop().call_later(self._idle_s, self._go_to_rest)

    def _stop_rest_timer(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def _go_to_rest(self) -> None:
        if self._runtime is not None and self._asked == 0:
            self._unload()
            self._set(ModelState.RESTING)

    def _failed(self, error: ModelError) -> None:
        state = ModelState.FAILED
        if isinstance(error, ModelFileMissing):
            state = ModelState.MISSING
        elif isinstance(error, ModelFileDamaged):
            state = ModelState.DAMAGED
        self._set(state, error.sentence, error.next_step)

    def _set(self, state: ModelState, sentence: str = "", next_step: str = "") -> None:
        status = ModelStatus(self._entry.info, state, sentence, next_step)
        if status != self._status:
            self._status = status
            self._publish(ModelChanged(status))
