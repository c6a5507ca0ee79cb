"""The wire: one server, asked over HTTP with deadlines, limits and patience, whatever protocol it speaks.

Imports httpx (120 ms): reach it only through a lazy import, off the GUI thread.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Set
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from personadesk.domain.chat import ChatRequest, FinishReason, ReplyPiece
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError
from personadesk.domain.providers import is_loopback
from personadesk.providers.chat.deadlines import IMPATIENT, Deadlines, FellSilent, NoAnswerInTime, Patience
from personadesk.providers.chat.dialect import Chunk, Dialect, ThoughtOnly
from personadesk.providers.chat.event_stream import Pace, read_events
from personadesk.providers.chat.refusals import BrokenOff, Busy, RefusedParameter, explain, is_web_page, web_page
from personadesk.providers.chat.thoughts import LeadingThoughts
from personadesk.providers.chat.unreachable import explain_unreachable

# Both log addresses at INFO, and a query can hold a key.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)
log = logging.getLogger(__name__)

_ERROR_BODY_LIMIT_BYTES = 65_536
_ANSWER_LIMIT_BYTES = 16 * 1_048_576
_DROPPED_LIMIT = 6
"""Fields of one request that are left out, one refusal at a time, before it is given up."""

_NEEDED = frozenset({"model", "messages", "contents", "stream"})


class Wire:
    """Belongs to the event loop that first uses it. What a server once refused to read is not sent again."""

    def __init__(self, dialect: Dialect, deadlines: Deadlines, patience: Patience = IMPATIENT) -> None:
        self._dialect = dialect
        self._deadlines = deadlines
        self._patience = patience
        self._dropped: set[str] = set()
        self._thought_tokens = 0
        address = httpx.URL(dialect.base_url)
        self._http = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity", **dialect.headers},
            # Between events the deadlines of the event stream rule, and they are never shorter than these.
            timeout=httpx.Timeout(max(deadlines.first_s, deadlines.idle_s) + 1, connect=deadlines.connect_s),
            # No proxy stands between this computer and itself.
            trust_env=not is_loopback(address.host),
            verify=address.scheme == "https",
        )

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        """Stream a reply; the last piece carries the finish reason.

        A server that is busy is asked again, until the first word has come, and a model that only thought
        is given more room, from then on. Closing the generator closes the connection, which stops the server.
        """
        attempt = 0
        resized = False
        while True:
            began = False
            room = self._thought_tokens
            try:
                async with aclosing(self._reply(request)) as pieces:
                    async for piece in pieces:
                        began = True
                        yield piece
                return
            except RefusedParameter as problem:
                if began or not self._drop(problem.parameter):
                    raise
            except ThoughtOnly:
                if resized or room or not self._patience.thought_tokens:
                    raise
                log.info("a model that only thought is asked again with more room")
                self._thought_tokens = self._patience.thought_tokens
                resized = True
            except ContextOverflow as problem:
                if not room:
                    raise
                # It may be the room for thoughts that is too much.
                self._thought_tokens = 0
                if resized:
                    raise ThoughtOnly from problem
                resized = True
            except Busy as problem:
                wait_s = None if began else self._patience.wait_s(attempt, problem.wait_s)
                if wait_s is None:
                    raise
                log.info("a busy server is asked again in %.1f s", wait_s)
                attempt += 1
                await asyncio.sleep(wait_s)

    async def get(self, path: str) -> Any:
        """The JSON at a path below the address. Raises ModelError with what is wrong."""
        return await self.get_at(self._dialect.base_url + path)

    async def get_at(self, url: str) -> Any:
        """The JSON at a whole address of the same server."""
        return await self._whole(self._http.build_request("GET", url))

    async def post(self, url: str, body: dict[str, Any]) -> Any:
        """The JSON that answers another. Raises ModelError with what is wrong."""
        return await self._whole(self._http.build_request("POST", url, json=body))

    async def close(self) -> None:
        await self._http.aclose()

    async def _reply(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        began = False
        finish: FinishReason | None = None
        # What follows a text that was begun is not the beginning of a reply.
        thoughts = None if request.continues and self._dialect.prefills else LeadingThoughts()
        try:
            async with self._posted(request) as response, aclosing(self._chunks(response)) as chunks:
                async for chunk in chunks:
                    finish = chunk.finish or finish
                    text = thoughts.feed(chunk.text) if thoughts else chunk.text
                    if text:
                        began = True
                        yield ReplyPiece(text)
                    if chunk.ended:
                        finish = finish or FinishReason.STOP
                        break
        except ModelCrashed as problem:
            if finish is None and not began:
                raise FellSilent(began=False) if isinstance(problem, FellSilent) else BrokenOff from problem
            if finish is None:
                raise
            log.info("a server that had said everything did not say goodbye")
        if finish is None and not began:
            raise BrokenOff
        if finish is None:
            raise ModelCrashed("The connection to the model ended in the middle of the reply.", "Let it go on.")
        if thoughts and (text := thoughts.rest()):
            began = True
            yield ReplyPiece(text)
        if not began and (finish is FinishReason.LENGTH or (thoughts and thoughts.dropped)):
            raise ThoughtOnly
        if not began:
            raise ModelError("The model returned an empty reply.", "Ask again, or say it in other words.")
        yield ReplyPiece("", finish)

    async def _chunks(self, response: httpx.Response) -> AsyncGenerator[Chunk, None]:
        kind = response.headers.get("Content-Type", "").lower()
        if "json" in kind:
            answer = _parsed(await self._read(response, _ANSWER_LIMIT_BYTES, self._deadlines.first_s))
            if isinstance(answer, dict):
                yield self._dialect.read_whole(answer)
                return
            raise unreadable()
        if "text/event-stream" not in kind:
            raise web_page()
        pace = Pace(self._deadlines)
        async with aclosing(read_events(response, pace=pace)) as events:
            async for data in events:
                chunk = self._dialect.read(data)
                if chunk.alive or chunk.text:
                    pace.saw_life()
                if chunk.finish:
                    pace.saw_end()
                yield chunk

    def _drop(self, parameter: str) -> bool:
        """Leave a field out from now on; False where that was done, or can't be."""
        if parameter in self._dropped or parameter in _NEEDED or len(self._dropped) >= _DROPPED_LIMIT:
            return False
        log.info("the server takes no %r: asked without it", parameter)
        self._dropped.add(parameter)
        return True

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        tokens = request.sampling.max_tokens + self._thought_tokens
        body = self._dialect.body(replace(request, sampling=replace(request.sampling, max_tokens=tokens)))
        if "max_tokens" in self._dropped and "max_tokens" in body:
            # What OpenAI's newer models call it.
            body["max_completion_tokens"] = body["max_tokens"]
        return {name: value for name, value in body.items() if name not in self._dropped}

    @asynccontextmanager
    async def _posted(self, request: ChatRequest) -> AsyncGenerator[httpx.Response, None]:
        """Post and give the answer with its body unread; anything but a success raises."""
        body = self._body(request)
        built = self._http.build_request("POST", self._dialect.url, json=body)
        response = await self._sent(built, self._deadlines.first_s)
        try:
            await self._raise_for(response, body.keys() - _NEEDED)
            yield response
        finally:
            await response.aclose()

    async def _whole(self, request: httpx.Request) -> Any:
        response = await self._sent(request, self._deadlines.answer_s)
        try:
            await self._raise_for(response)
            body = await self._read(response, _ANSWER_LIMIT_BYTES, self._deadlines.answer_s)
        finally:
            await response.aclose()
        return _parsed(body)

    async def _sent(self, request: httpx.Request, patience_s: float) -> httpx.Response:
        try:
            async with asyncio.timeout(patience_s):
                return await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.ProtocolError) as error:
            if isinstance(error, httpx.RemoteProtocolError):
                raise BrokenOff from error
            raise explain_unreachable(error, self._dialect.base_url) from error
        except httpx.UnsupportedProtocol as error:
            raise explain_unreachable(error, self._dialect.base_url) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NoAnswerInTime from error
        except httpx.TransportError as error:
            raise BrokenOff from error

    async def _raise_for(self, response: httpx.Response, fields: Set[str] = frozenset()) -> None:
        if response.status_code != httpx.codes.OK:
            body = b""
            try:
                body = await self._read(response, _ERROR_BODY_LIMIT_BYTES, self._deadlines.connect_s, whole=False)
            except ModelError:
                log.info("the text of a refusal did not come")
            raise explain(
                response.status_code, body, headers=response.headers, secret=self._dialect.secret, fields=fields
            )

    async def _read(
        self, response: httpx.Response, limit_bytes: int, patience_s: float, *, whole: bool = True
    ) -> bytes:
        """A body up to a limit; beyond it raises ModelError, or gives the first bytes where not `whole`."""
        body = bytearray()
        try:
            async with asyncio.timeout(patience_s):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit_bytes:
                        if not whole:
                            break
                        raise ModelError(
                            "The model's server sent an answer that is far too large.",
                            "Check in Settings, Models that the address is that of a chat model.",
                            retryable=False,
                        )
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NoAnswerInTime from error
        except httpx.TransportError as error:
            raise BrokenOff from error
        return bytes(body)


def unreadable() -> ModelError:
    return ModelError("The model's server sent something that can't be read.", "Ask again.")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise (web_page() if is_web_page(body) else unreadable()) from error
