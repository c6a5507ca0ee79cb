"""The wire: a client for any server that speaks OpenAI's /v1/chat/completions.

Imports httpx (120 ms): reach it only through a lazy import, off the GUI thread.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx

from personadesk.domain.chat import ChatRequest, FinishReason, ReplyPiece
from personadesk.domain.errors import ModelCrashed, ModelError
from personadesk.providers.chat.deadlines import Deadlines, NoAnswerInTime
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.providers.chat.event_stream import read_events
from personadesk.providers.chat.refusals import explain

# Both log addresses at INFO, and a query can hold a key.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

_DONE = "[DONE]"
_ERROR_BODY_LIMIT_BYTES = 65_536


class CompletionsClient:
    """One server. Belongs to the event loop that first uses it."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines) -> None:
        self._endpoint = endpoint
        self._deadlines = deadlines
        headers = {"Accept-Encoding": "identity"}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        self._http = httpx.AsyncClient(
            headers=headers,
            # Between events the deadlines of the event stream rule, and they are never shorter than these.
            timeout=httpx.Timeout(max(deadlines.first_s, deadlines.idle_s) + 1, connect=deadlines.connect_s),
            trust_env=not endpoint.is_loopback,
            verify=endpoint.is_encrypted,
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        """Stream a reply; the last piece carries the finish reason.

        Closing the generator closes the connection, which stops the server.
        """
        began = False
        finish: FinishReason | None = None
        async with self._posted("/chat/completions", self._endpoint.body(request)) as response:
            if "text/event-stream" not in response.headers.get("Content-Type", ""):
                raise ModelError(
                    "What answers at the model's address is not a chat model.",
                    "Check the address in Settings, Models.",
                    retryable=False,
                )
            async with aclosing(read_events(response, deadlines=self._deadlines)) as events:
                async for data in events:
                    if data.strip() == _DONE:
                        finish = finish or FinishReason.STOP
                        break
                    text, reason = _read_chunk(data)
                    finish = reason or finish
                    if text:
                        began = True
                        yield ReplyPiece(text)
        if finish is None:
            raise ModelCrashed("The connection to the model ended in the middle of the reply.", "Ask again.")
        if not began:
            raise ModelError("The model returned an empty reply.", "Ask again, or say it in other words.")
        yield ReplyPiece("", finish)

    async def tokenize(self, texts: Sequence[str]) -> list[int] | None:
        """Count tokens as llama.cpp's server does; None where the server has no such endpoint."""
        counts = []
        for text in texts:
            try:
                response = await self._http.post(
                    self._endpoint.origin + "/tokenize", json={"content": text}, timeout=self._deadlines.idle_s
                )
            except httpx.TransportError as error:
                raise ModelCrashed("The model can't be reached.", "Ask again.") from error
            tokens = _token_list(response)
            if tokens is None:
                return None
            counts.append(tokens)
        return counts

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def _posted(self, path: str, body: dict[str, Any]) -> AsyncGenerator[httpx.Response, None]:
        """Post and give the answer with its body unread; anything but a success raises."""
        request = self._http.build_request("POST", self._endpoint.base_url + path, json=body)
        try:
            async with asyncio.timeout(self._deadlines.first_s):
                response = await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ModelError("The model's server can't be reached.", "Check that it runs, then ask again.") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NoAnswerInTime from error
        except httpx.TransportError as error:
            raise ModelCrashed("The connection to the model broke.", "Ask again.") from error
        try:
            if response.status_code != httpx.codes.OK:
                raise explain(response.status_code, await self._error_body(response))
            yield response
        finally:
            await response.aclose()

    async def _error_body(self, response: httpx.Response) -> bytes:
        """The first bytes of an error's body, as far as they come in time."""
        body = b""
        try:
            async with asyncio.timeout(self._deadlines.connect_s):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _ERROR_BODY_LIMIT_BYTES:
                        break
        except (TimeoutError, httpx.TransportError):
            return body
        return body


def _read_chunk(data: str) -> tuple[str, FinishReason | None]:
    """The text and the finish reason of one streamed chunk; raises where the server reports a failure in it."""
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError("The model's server sent something that can't be read.", "Ask again.") from error
    if not isinstance(chunk, dict):
        return "", None
    if chunk.get("error"):
        raise explain(0, data.encode("utf-8", "replace"))
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return "", None
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else None
    reason = choice.get("finish_reason")
    finish = None
    if isinstance(reason, str):
        finish = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
    return content if isinstance(content, str) else "", finish


def _token_list(response: httpx.Response) -> int | None:
    if response.status_code != httpx.codes.OK:
        return None
    try:
        tokens = response.json().get("tokens")
    except (ValueError, AttributeError):
        return None
    return len(tokens) if isinstance(tokens, list) else None
