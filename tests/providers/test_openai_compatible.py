"""The adapter against a real server on loopback that answers as servers do, well and badly."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.chat import (
    ChatRequest,
    ChatRole,
    ChatTurn,
    FinishReason,
    ModelInfo,
    ModelState,
    ReplyPiece,
    Sampling,
)
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError
from personadesk.domain.events import Event, ModelChanged
from personadesk.providers.chat.deadlines import IMPATIENT, Deadlines
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.providers.chat.server_model import ServerModel, estimate_tokens

INFO = ModelInfo("m", "Model", "On a server", 4096, small=False)
SECRET_KEY = "key-that-stays-secret"
REQUEST = ChatRequest(
    (ChatTurn(ChatRole.SYSTEM, "You are Luna."), ChatTurn(ChatRole.USER, "private words")),
    Sampling(temperature=0.5, max_tokens=7, stop=("\nKim:", "a", "b", "c", "d"), seed=3),
)
PATH = "/v1/chat/completions"
DONE = b"data: [DONE]\n\n"


def chunk(text: str, finish: str | None = None) -> bytes:
    body = {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def stream_of(*parts: bytes) -> Callable[[Request], Response]:
    return lambda _request: Response(iter(parts), content_type="text/event-stream")


async def collect(model: ServerModel, request: ChatRequest = REQUEST) -> list[ReplyPiece]:
    try:
        async with aclosing(model.stream(request)) as pieces:
            return [piece async for piece in pieces]
    finally:
        await model.close()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def make_model(httpserver: HTTPServer, events: list[Event]) -> Callable[..., ServerModel]:
    def make(**changes: Any) -> ServerModel:
        endpoint = {"base_url": httpserver.url_for("/v1"), "model": "m", "api_key": SECRET_KEY}
        deadlines = changes.pop("deadlines", Deadlines())
        patience = changes.pop("patience", IMPATIENT)

        async def dialect() -> Endpoint:
            return Endpoint(**endpoint | changes)

        return ServerModel(info=INFO, dialect=dialect, publish=events.append, deadlines=deadlines, patience=patience)

    return make


def test_a_reply_comes_piece_by_piece_and_ends_with_its_reason(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(
        stream_of(chunk("Hello"), chunk(", Kim"), chunk("", "length"), DONE)
    )

    pieces = asyncio.run(collect(make_model()))

    assert pieces == [ReplyPiece("Hello"), ReplyPiece(", Kim"), ReplyPiece("", FinishReason.LENGTH)]


def test_text_split_inside_a_character_arrives_whole(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    whole = chunk("caf\u00e9 \U0001f319", "stop") + DONE
    single_bytes = [whole[index : index + 1] for index in range(len(whole))]
    httpserver.expect_request(PATH).respond_with_handler(stream_of(*single_bytes))

    pieces = asyncio.run(collect(make_model()))

    assert "".join(piece.text for piece in pieces) == "caf\u00e9 \U0001f319"


def test_comments_events_without_text_and_line_separators_do_no_harm(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(
        stream_of(
            b": keep-alive\n\n",
            b"event: ping\ndata: {}\n\n",
            b'data: {"choices": []}\r\n\r\n',
            chunk("one\u2028line"),
            b'data: {"choices": [{"delta": {"content": null, "role": "assistant"}}]}\n\n',
            chunk("", "stop"),
            DONE,
        )
    )

    pieces = asyncio.run(collect(make_model()))

    assert pieces == [ReplyPiece("one\u2028line"), ReplyPiece("", FinishReason.STOP)]


def test_a_connection_that_ends_in_mid_reply_is_a_crash_after_the_pieces(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("Half a")))
    model = make_model()
    pieces = model.stream(REQUEST)
    seen = []

    async def read() -> None:
        try:
            seen.append((await anext(pieces)).text)
            await anext(pieces)
        finally:
            await model.close()

    with pytest.raises(ModelCrashed, match="ended in the middle"):
        asyncio.run(read())
    assert seen == ["Half a"]


def test_a_reply_without_any_text_is_an_error_with_a_next_step(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("", "stop"), DONE))

    with pytest.raises(ModelError, match="empty reply") as caught:
        asyncio.run(collect(make_model()))
    assert caught.value.next_step


def test_an_endless_line_is_refused_before_it_fills_the_memory(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    sent = []

    def endless() -> Iterator[bytes]:
        yield b"data: "
        for _ in range(10_000):
            sent.append(65_536)
            yield b"x" * 65_536

    httpserver.expect_request(PATH).respond_with_handler(
        lambda _request: Response(endless(), content_type="text/event-stream")
    )

    with pytest.raises(ModelError, match="far too large"):
        asyncio.run(collect(make_model()))
    assert sum(sent) < 100_000_000


def test_a_server_that_drips_without_ever_finishing_an_event_runs_into_the_deadline(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    released = threading.Event()

    def drip() -> Iterator[bytes]:
        yield chunk("Well")
        while not released.wait(0.01):
            yield b": still here\n"

    httpserver.expect_request(PATH).respond_with_handler(
        lambda _request: Response(drip(), content_type="text/event-stream")
    )

    with pytest.raises(ModelCrashed, match="stopped answering"):
        asyncio.run(collect(make_model(deadlines=Deadlines(idle_s=0.3))))
    released.set()


def test_a_server_that_never_begins_runs_into_the_deadline(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    released = threading.Event()

    def silent(_request: Request) -> Response:
        released.wait(30)
        return Response("", content_type="text/event-stream")

    httpserver.expect_request(PATH).respond_with_handler(silent)

    with pytest.raises(ModelError, match="did not begin"):
        asyncio.run(collect(make_model(deadlines=Deadlines(first_s=0.3))))
    released.set()


def test_closing_the_stream_closes_the_connection(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    gone = threading.Event()

    def talk() -> Iterator[bytes]:
        try:
            while True:
                yield chunk("word ")
        finally:
            gone.set()

    httpserver.expect_request(PATH).respond_with_handler(
        lambda _request: Response(talk(), content_type="text/event-stream")
    )
    model = make_model()

    async def read_one() -> str:
        pieces = model.stream(REQUEST)
        first = await anext(pieces)
        await pieces.aclose()
        assert await asyncio.to_thread(gone.wait, 30)
        await model.close()
        return first.text

    assert asyncio.run(read_one()) == "word "


def test_cancelling_the_reader_closes_the_connection(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    gone = threading.Event()

    def talk() -> Iterator[bytes]:
        try:
            while True:
                yield b": nothing yet\n\n"
        finally:
            gone.set()

    httpserver.expect_request(PATH).respond_with_handler(
        lambda _request: Response(talk(), content_type="text/event-stream")
    )

    async def cancel() -> None:
        model = make_model()
        reading = asyncio.create_task(collect(model))
        while not httpserver.log:
            await asyncio.wait({reading}, timeout=0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await asyncio.to_thread(gone.wait, 30)

    asyncio.run(cancel())


@pytest.mark.parametrize(
    ("status", "body", "words", "retryable"),
    [
        (401, {"error": {"message": f"Incorrect key {SECRET_KEY}"}}, "did not accept the key", False),
        (403, {}, "does not let this key", False),
        (404, {"error": {"message": "model 'm' not found"}}, "model 'm' not found", False),
        (402, {}, "no credit", False),
        (429, {"error": {"code": "insufficient_quota"}}, "no credit", False),
        (429, {"error": "slow down"}, "asks for a pause", True),
        (500, {"error": {"message": "boom"}}, "server failed", True),
        (503, {"error": {"message": "Loading model"}}, "not ready yet", True),
        (422, {"error": {"message": "bad\nfield"}}, "bad field", False),
        (418, ["what"], r"\(418\)", False),
    ],
)
def test_a_refusal_becomes_a_sentence_and_a_next_step(
    httpserver: HTTPServer,
    make_model: Callable[..., ServerModel],
    status: int,
    body: object,
    words: str,
    retryable: bool,
) -> None:
    httpserver.expect_request(PATH).respond_with_data(json.dumps(body), status=status)

    with pytest.raises(ModelError, match=words) as caught:
        asyncio.run(collect(make_model()))

    assert caught.value.next_step
    assert caught.value.retryable is retryable
    assert SECRET_KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "prompt_tokens", "context_tokens"),
    [
        (
            {"type": "exceed_context_size_error", "message": "too big", "n_prompt_tokens": 5031, "n_ctx": 2048},
            5031,
            2048,
        ),
        (
            {
                "code": "context_length_exceeded",
                "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in "
                "9001 tokens.",
            },
            9001,
            8192,
        ),
        (
            {
                "message": "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens "
                "(4500 in the messages, 600 in the completion)."
            },
            5100,
            4096,
        ),
        ({"message": "prompt is too long: 210000 tokens > 200000 maximum"}, 210000, 200000),
        ({"message": "the context window is full"}, 0, 0),
    ],
)
def test_a_prompt_that_is_too_long_is_told_with_the_servers_counts(
    httpserver: HTTPServer,
    make_model: Callable[..., ServerModel],
    error: dict[str, object],
    prompt_tokens: int,
    context_tokens: int,
) -> None:
    httpserver.expect_request(PATH).respond_with_json({"error": error}, status=400)

    with pytest.raises(ContextOverflow) as caught:
        asyncio.run(collect(make_model()))

    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (prompt_tokens, context_tokens)
    assert ("Context, in tokens" in caught.value.next_step) == (context_tokens == 0)


def test_an_error_inside_the_stream_is_told(httpserver: HTTPServer, make_model: Callable[..., ServerModel]) -> None:
    httpserver.expect_request(PATH).respond_with_handler(
        stream_of(chunk("Well"), b'data: {"error": {"message": "out of memory"}}\n\n')
    )

    with pytest.raises(ModelError, match="out of memory"):
        asyncio.run(collect(make_model()))


@pytest.mark.parametrize("line", [b"data: {not json\n\n", b"data: " + b"[" * 100_000 + b"\n\n"])
def test_an_event_that_cannot_be_read_is_told(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel], line: bytes
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(stream_of(line))

    with pytest.raises(ModelError, match="can't be read"):
        asyncio.run(collect(make_model()))


def test_a_web_page_at_the_address_is_not_taken_for_a_model(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_data("<html>", content_type="text/html")

    with pytest.raises(ModelError, match="web page, not a chat model"):
        asyncio.run(collect(make_model()))


def test_a_server_that_is_not_there_is_told(make_model: Callable[..., ServerModel]) -> None:
    with pytest.raises(ModelError, match="can't be reached"):
        asyncio.run(collect(make_model(base_url="http://127.0.0.1:9/v1")))


def test_a_hosted_server_is_asked_only_for_what_it_knows(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("x", "stop"), DONE))

    asyncio.run(collect(make_model()))

    request = httpserver.log[0][0]
    body = request.get_json()
    assert request.headers["Authorization"] == f"Bearer {SECRET_KEY}"
    assert body["messages"][1] == {"role": "user", "content": "private words"}
    assert body["stop"] == ["\nKim:", "a", "b", "c"]
    assert {"min_p", "repeat_penalty", "cache_prompt"}.isdisjoint(body)


def test_a_llama_server_is_given_the_whole_sampling(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel]
) -> None:
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("x", "stop"), DONE))

    asyncio.run(collect(make_model(llama_sampling=True)))

    body = httpserver.log[0][0].get_json()
    assert body["stop"] == ["\nKim:", "a", "b", "c", "d"]
    assert (body["min_p"], body["repeat_penalty"], body["seed"]) == (0.05, 1.1, 3)


def test_a_proxy_in_the_environment_is_not_used_on_loopback(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("x", "stop"), DONE))

    pieces = asyncio.run(collect(make_model()))

    assert pieces[0].text == "x"


def test_neither_words_nor_keys_nor_addresses_are_logged(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(PATH).respond_with_handler(stream_of(chunk("secret answer", "stop"), DONE))

    asyncio.run(collect(make_model()))

    own = "\n".join(record.getMessage() for record in caplog.records if record.name != "werkzeug")
    for private in ("private words", "secret answer", SECRET_KEY, httpserver.url_for("/v1")):
        assert private not in own


def test_status_follows_what_happens(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel], events: list[Event]
) -> None:
    httpserver.expect_ordered_request(PATH).respond_with_data("", status=500)
    httpserver.expect_ordered_request(PATH).respond_with_handler(stream_of(chunk("x", "stop"), DONE))
    model = make_model()

    async def twice() -> None:
        with pytest.raises(ModelError):
            await collect(model)
        await collect(model)

    asyncio.run(twice())

    states = [event.status.state for event in events if isinstance(event, ModelChanged)]
    assert states == [ModelState.FAILED, ModelState.READY]


def test_a_failure_that_nobody_waited_for_is_no_news(
    httpserver: HTTPServer, make_model: Callable[..., ServerModel], events: list[Event]
) -> None:
    httpserver.expect_request(PATH).respond_with_data("", status=500)
    model = make_model()

    with pytest.raises(ModelError):
        asyncio.run(collect(model, replace(REQUEST, aside=True)))

    assert model.status.state is ModelState.READY
    assert events == []


@pytest.mark.parametrize("text", ["", "Hello there, how are you?", "\u4f60\u597d" * 10, "\U0001f319" * 5])
def test_an_estimate_is_never_zero_and_grows_with_the_text(text: str) -> None:
    longer: Iterable[int] = (estimate_tokens(text), estimate_tokens(text + " and more"))
    assert 0 < min(longer) < max(longer)
