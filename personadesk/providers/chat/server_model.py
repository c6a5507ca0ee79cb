"""A chat model on a server, in whichever protocol."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelState, ModelStatus, ReplyPiece
from personadesk.domain.errors import ContextOverflow, ModelError
from personadesk.domain.events import ModelChanged
from personadesk.providers.chat.deadlines import DEFAULT_DEADLINES, DEFAULT_PATIENCE, Deadlines, Patience
from personadesk.providers.chat.dialect import Dialect
from personadesk.services.ports import Publish

if TYPE_CHECKING:
    from personadesk.providers.chat.completions import CompletionsClient
    from personadesk.providers.chat.endpoint import Endpoint
    from personadesk.providers.chat.wire import Wire

_BYTES_PER_TOKEN = 2.5
"""Cautious: English takes about four bytes a token, Chinese in UTF-8 about two and a half."""


def estimate_tokens(text: str) -> int:
    """A number of tokens that the text rarely exceeds, for servers that don't count."""
    return int(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN) + 1


def connect(endpoint: "Endpoint", deadlines: Deadlines) -> "CompletionsClient":
    """Make a client of llama.cpp's; the first one imports httpx (120 ms), so call this off the event loop."""
    from personadesk.providers.chat.completions import CompletionsClient

    return CompletionsClient(endpoint, deadlines)


def open_wire(dialect: Dialect, deadlines: Deadlines, patience: Patience) -> "Wire":
    """Make a wire; the first one imports httpx, so call this off the event loop."""
    from personadesk.providers.chat.wire import Wire

    return Wire(dialect, deadlines, patience)


class ServerModel:
    """A ChatModel over HTTP. Belongs to the event loop that first uses it.

    `dialect` is asked for once, when something is first said: it fetches the key.
    """

    def __init__(
        self,
        *,
        info: ModelInfo,
        dialect: Callable[[], Awaitable[Dialect]],
        publish: Publish,
        deadlines: Deadlines = DEFAULT_DEADLINES,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._info = info
        self._dialect = dialect
        self._deadlines = deadlines
        self._patience = patience
        self._publish = publish
        self._status = ModelStatus(info, ModelState.READY)
        self._wire: Wire | None = None
        self._connecting = asyncio.Lock()

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def status(self) -> ModelStatus:
        return self._status

    async def refresh(self) -> ModelStatus:
        """What is known: a server is asked for nothing before the first message."""
        return self._status

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        try:
            wire = await self._connected()
            async with aclosing(wire.stream(request)) as pieces:
                async for piece in pieces:
                    self._set_status(ModelStatus(self._info, ModelState.READY))
                    yield piece
        except ContextOverflow:
            raise
        except ModelError as error:
            if not request.aside:
                self._set_status(ModelStatus(self._info, ModelState.FAILED, error.sentence, error.next_step))
            raise

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Estimates: hosted servers don't count without being paid."""
        return [estimate_tokens(text) for text in texts]

    async def warm_up(self) -> None:
        """Nothing: a server is asked for nothing before the first message."""

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()
            self._wire = None

    async def _connected(self) -> "Wire":
        async with self._connecting:
            if self._wire is None:
                dialect = await self._dialect()
                self._wire = await asyncio.to_thread(open_wire, dialect, self._deadlines, self._patience)
            return self._wire

    def _set_status(self, status: ModelStatus) -> None:
        if status != self._status:
            self._status = status
            self._publish(ModelChanged(status))
