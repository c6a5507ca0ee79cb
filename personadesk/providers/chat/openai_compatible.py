"""A chat model on any server that speaks OpenAI's /v1/chat/completions with server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelState, ModelStatus, ReplyPiece
from personadesk.domain.errors import ContextOverflow, ModelError
from personadesk.domain.events import ModelChanged
from personadesk.providers.chat.deadlines import DEFAULT_DEADLINES, Deadlines
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.services.ports import Publish

if TYPE_CHECKING:
    from personadesk.providers.chat.completions import CompletionsClient

_BYTES_PER_TOKEN = 2.5
"""Cautious: English takes about four bytes a token, Chinese in UTF-8 about two and a half."""


def estimate_tokens(text: str) -> int:
    """A number of tokens that the text rarely exceeds, for servers that don't count."""
    return int(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN) + 1


def connect(endpoint: Endpoint, deadlines: Deadlines) -> "CompletionsClient":
    """Make a client; the first one imports httpx (120 ms), so call this off the event loop."""
    from personadesk.providers.chat.completions import CompletionsClient

    return CompletionsClient(endpoint, deadlines)


class OpenAICompatibleModel:
    """A ChatModel over HTTP. Belongs to the event loop that first uses it."""

    def __init__(
        self, *, info: ModelInfo, endpoint: Endpoint, publish: Publish, deadlines: Deadlines = DEFAULT_DEADLINES
    ) -> None:
        self._info = info
        self._endpoint = endpoint
        self._deadlines = deadlines
        self._publish = publish
        self._status = ModelStatus(info, ModelState.READY)
        self._client: CompletionsClient | None = None
        self._connecting = asyncio.Lock()

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def status(self) -> ModelStatus:
        return self._status

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        client = await self._connected()
        try:
            async with aclosing(client.stream(request)) as pieces:
                async for piece in pieces:
                    self._set_status(ModelStatus(self._info, ModelState.READY))
                    yield piece
        except ContextOverflow:
            raise
        except ModelError as error:
            self._set_status(ModelStatus(self._info, ModelState.FAILED, error.sentence, error.next_step))
            raise

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Estimates: hosted servers don't count without being paid."""
        return [estimate_tokens(text) for text in texts]

    async def warm_up(self) -> None:
        """Load the HTTP client; a server is asked for nothing before the first message."""
        await self._connected()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _connected(self) -> "CompletionsClient":
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(connect, self._endpoint, self._deadlines)
            return self._client

    def _set_status(self, status: ModelStatus) -> None:
        if status != self._status:
            self._status = status
            self._publish(ModelChanged(status))
