"""Anthropic's and Google's protocols, and what every protocol's server can do wrong, on a real socket."""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason, Picture, ReplyPiece, Sampling
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError
from personadesk.domain.providers import Provider, ProviderKind
from personadesk.providers.chat.connector import HttpConnector
from personadesk.providers.chat.deadlines import Deadlines, Patience
from personadesk.providers.chat.server_model import ServerModel
from tests.providers.byte_server import HEAD, ByteServer, Hang, Reset, Script, answer, event

KEY = "key-that-stays-secret"
REQUEST = ChatRequest(
    (
        ChatTurn(ChatRole.SYSTEM, "You are Luna."),
        ChatTurn(ChatRole.ASSISTANT, "Hello!"),
        ChatTurn(ChatRole.USER, "Hi"),
        ChatTurn(ChatRole.SYSTEM, "Keep it short."),
    ),
    Sampling(temperature=1.4, top_p=0.8, max_tokens=7, stop=("\nKim:", " ")),
)
OPENAI, ANTHROPIC, GEMINI = ProviderKind
QUICK = Deadlines(connect_s=2, first_s=0.4, idle_s=0.3, total_s=20, answer_s=2)
AT_ONCE = Patience(retries=2, first_wait_s=0.0, longest_wait_s=1.0)

SAID = {
    OPENAI: [
        HEAD,
        event({"choices": [{"delta": {"content": "Good "}}]}),
        event({"choices": [{"delta": {"content": "day"}, "finish_reason": "length"}]}),
        event("[DONE]"),
    ],
    ANTHROPIC: [
        HEAD,
        event({"type": "message_start", "message": {}}, "message_start"),
        event({"type": "ping"}, "ping"),
        event({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}),
        event({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Good "}}),
        event({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "day"}}),
        event({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}),
        event({"type": "message_stop"}),
    ],
    GEMINI: [
        HEAD,
        event({"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": "Good "}]}}]}),
        event({"candidates": [{"content": {"parts": [{"text": "day"}]}, "finishReason": "MAX_TOKENS"}]}),
    ],
}


def provider(server: ByteServer, kind: ProviderKind = OPENAI) -> Provider:
    return Provider("p", kind, "Here", server.address + ("/v1" if kind is OPENAI else ""))


@asynccontextmanager
async def talking(
    server: ByteServer, kind: ProviderKind = OPENAI, patience: Patience = AT_ONCE, deadlines: Deadlines = QUICK
) -> AsyncIterator[ServerModel]:
    async def key() -> str:
        return KEY

    connector = HttpConnector(deadlines=deadlines, patience=patience)
    model = connector.model(provider(server, kind), "m", key, lambda _event: None)
    try:
        yield model
    finally:
        await model.close()


def ask(
    *scripts: Script,
    kind: ProviderKind = OPENAI,
    request: ChatRequest = REQUEST,
    patience: Patience = AT_ONCE,
) -> tuple[list[ReplyPiece], ModelError | None, ByteServer]:
    """What came, what was raised, and the server with what it was asked."""

    async def collect(server: ByteServer) -> tuple[list[ReplyPiece], ModelError | None]:
        pieces = []
        async with talking(server, kind, patience) as model:
            try:
                async with aclosing(model.stream(request)) as stream:
                    async for piece in stream:
                        pieces += [piece]
            except ModelError as problem:
                return pieces, problem
        return pieces, None

    with ByteServer(*scripts) as server:
        pieces, problem = asyncio.run(collect(server))
    return pieces, problem, server


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_a_reply_comes_piece_by_piece_with_its_reason(kind: ProviderKind) -> None:
    pieces, problem, server = ask(SAID[kind], kind=kind)

    assert problem is None
    assert pieces == [ReplyPiece("Good "), ReplyPiece("day"), ReplyPiece("", FinishReason.LENGTH)]
    assert KEY not in server.asked[0].line


def said_in(*texts: str, finish: str = "stop") -> Script:
    """A whole answer of an OpenAI-compatible server in these pieces."""
    pieces = [event({"choices": [{"delta": {"content": text}}]}) for text in texts]
    return [HEAD, *pieces, event({"choices": [{"delta": {}, "finish_reason": finish}]}), event("[DONE]")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<think>Hm. <b>Well.</b></think>\n\nGood day.", "Good day."),
        ("\n<Thinking>\nHm </think> hm\n</THINKING>Good day.", "Good day."),
        ("<think></think><think>İ, and again</think>Good day.", "Good day."),
        ("Good <think>day</think>.", "Good <think>day</think>."),
        ("`<think>` begins it.", "`<think>` begins it."),
        ("<think>Hm</think>`<think>a</think>` it is.", "`<think>a</think>` it is."),
        ("<thinker> is no mark.", "<thinker> is no mark."),
        ("  <thi", "  <thi"),
        ("<think>Hm</think>\n<", "<"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_thoughts_before_the_first_word_are_no_part_of_the_reply(said: str, kept: str, size: int) -> None:
    pieces, problem, _ = ask(said_in(*(said[at : at + size] for at in range(0, len(said), size))))

    assert problem is None
    assert "".join(piece.text for piece in pieces) == kept


@pytest.mark.parametrize("said", ["<think>Hm, hm", "<think>Hm</think>\n", "<think>Hm</think><think>and"])
@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_reply_that_is_nothing_but_thought_says_so(said: str, finish: str) -> None:
    pieces, problem, _ = ask(said_in(*said, finish=finish))

    assert pieces == []
    assert "before its first word" in problem.sentence if problem else False


THOUGHT = {
    OPENAI: [HEAD, event({"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": "length"}]})],
    ANTHROPIC: [
        HEAD,
        event({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}),
        event({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}),
    ],
    GEMINI: [
        HEAD,
        event(
            {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}, "finishReason": "MAX_TOKENS"}]}
        ),
    ],
}
ROOM: dict[ProviderKind, Callable[[dict[str, Any]], int]] = {
    OPENAI: lambda body: body["max_tokens"],
    ANTHROPIC: lambda body: body["max_tokens"],
    GEMINI: lambda body: body["generationConfig"]["maxOutputTokens"],
}


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_a_model_that_only_thought_is_asked_once_more_with_room_for_it(kind: ProviderKind) -> None:
    pieces, problem, server = ask(THOUGHT[kind], SAID[kind], kind=kind)

    assert problem is None
    assert pieces[0] == ReplyPiece("Good ")
    assert [ROOM[kind](asked.json()) for asked in server.asked] == [7, 2007]


def test_a_model_that_thinks_has_room_for_it_from_then_on() -> None:
    async def ask_twice(server: ByteServer) -> list[str]:
        async with talking(server) as model:
            return ["".join([piece.text async for piece in model.stream(REQUEST)]) for _ in range(2)]

    with ByteServer(THOUGHT[OPENAI], SAID[OPENAI]) as server:
        assert asyncio.run(ask_twice(server)) == ["Good day"] * 2
    assert [asked.json()["max_tokens"] for asked in server.asked] == [7, 2007, 2007]


def test_of_two_replies_that_only_thought_both_are_asked_again() -> None:
    async def ask_both(server: ByteServer) -> list[str]:
        async with talking(server) as model:

            async def said() -> str:
                return "".join([piece.text async for piece in model.stream(REQUEST)])

            return await asyncio.gather(said(), said())

    with ByteServer(THOUGHT[OPENAI], THOUGHT[OPENAI], SAID[OPENAI]) as server:
        assert asyncio.run(ask_both(server)) == ["Good day"] * 2


TOO_LONG = answer({"error": {"message": "too long", "code": "context_length_exceeded"}}, 400)


@pytest.mark.parametrize(
    ("scripts", "room"),
    [([THOUGHT[OPENAI]], [7, 2007]), ([THOUGHT[OPENAI], TOO_LONG], [7, 2007])],
    ids=["it only thinks", "there is no such room"],
)
def test_a_model_that_has_no_room_for_words_says_so(scripts: list[Script], room: list[int]) -> None:
    _, problem, server = ask(*scripts)

    assert problem is not None
    assert "before its first word" in problem.sentence
    assert [asked.json()["max_tokens"] for asked in server.asked] == room


def test_a_long_prompt_is_asked_without_the_room_for_thoughts_before_it_is_given_up() -> None:
    async def ask_twice(server: ByteServer) -> str:
        async with talking(server) as model:
            first = "".join([piece.text async for piece in model.stream(REQUEST)])
            with pytest.raises(ContextOverflow):
                await anext(model.stream(REQUEST))
            return first

    with ByteServer(THOUGHT[OPENAI], SAID[OPENAI], TOO_LONG) as server:
        assert asyncio.run(ask_twice(server)) == "Good day"
    assert [asked.json()["max_tokens"] for asked in server.asked] == [7, 2007, 2007, 7]


def test_trying_a_model_out_is_one_request_also_where_it_only_thinks() -> None:
    with ByteServer(THOUGHT[OPENAI]) as server:
        asyncio.run(HttpConnector(deadlines=QUICK).try_out(provider(server), "m", KEY))

    assert [asked.json()["max_tokens"] for asked in server.asked] == [32]


def test_thinking_keeps_a_reply_alive() -> None:
    async def drip() -> str:
        async def think(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD)
            for text in ("<think>", *("hm " * 5).split(" "), "hm</think>", "Good day."):
                writer.write(event({"choices": [{"delta": {"content": text or "hm"}}]}))
                await writer.drain()
                await asyncio.sleep(0.1)
            writer.write(event("[DONE]"))
            writer.close()

        server = await asyncio.start_server(think, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        connector = HttpConnector(deadlines=QUICK)

        async def key() -> str:
            return ""

        model = connector.model(Provider("p", OPENAI, "Here", address), "m", key, lambda _event: None)
        try:
            return "".join([piece.text async for piece in model.stream(REQUEST)])
        finally:
            await model.close()
            server.close()

    assert asyncio.run(drip()) == "Good day."


def test_what_goes_on_from_a_begun_reply_is_taken_as_it_is() -> None:
    begun = ChatTurn(ChatRole.ASSISTANT, "The mark is called")
    request = replace(REQUEST, turns=(*REQUEST.turns, begun), continues=True)

    async def collect(server: ByteServer) -> str:
        async def key() -> str:
            return ""

        there = replace(provider(server), software="llamacpp")
        model = HttpConnector(deadlines=QUICK).model(there, "m", key, lambda _event: None)
        try:
            return "".join([piece.text async for piece in model.stream(request)])
        finally:
            await model.close()

    with ByteServer(said_in("<think>", ", it is.")) as server:
        assert asyncio.run(collect(server)) == "<think>, it is."


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_a_stream_cut_into_single_bytes_comes_out_whole(kind: ProviderKind) -> None:
    stream = b"".join(SAID[kind][1:]).replace(b"Good ", "Café 🌙 ".encode())

    pieces, _, _ = ask([HEAD, *(stream[at : at + 1] for at in range(len(stream)))], kind=kind)

    assert "".join(piece.text for piece in pieces) == "Café 🌙 day"


def test_anthropic_gets_its_own_shape() -> None:
    _, _, server = ask(SAID[ANTHROPIC], kind=ANTHROPIC)

    asked = server.asked[0]
    assert asked.line.startswith("POST /v1/messages ")
    assert asked.headers["x-api-key"] == KEY
    assert asked.json() == {
        "model": "m",
        "max_tokens": 7,
        "system": "You are Luna.",
        "messages": [
            {"role": "user", "content": "(The conversation begins.)"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Hi\n\nKeep it short."},
        ],
        "stream": True,
        "temperature": 1.0,
        "stop_sequences": ["\nKim:"],
    }


def test_gemini_gets_its_own_shape_and_the_key_in_a_header() -> None:
    _, _, server = ask(SAID[GEMINI], kind=GEMINI)

    asked = server.asked[0]
    assert asked.line == "POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1"
    assert asked.headers["x-goog-api-key"] == KEY
    body = asked.json()
    assert body["systemInstruction"] == {"parts": [{"text": "You are Luna."}]}
    assert [turn["role"] for turn in body["contents"]] == ["user", "model", "user"]
    assert body["generationConfig"]["maxOutputTokens"] == 7
    assert body["generationConfig"]["stopSequences"] == ["\nKim:", " "]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (OPENAI, {"type": "image_url", "image_url": {"url": "data:image/png;base64,cGl4ZWxz"}}),
        (ANTHROPIC, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cGl4ZWxz"}}),
        (GEMINI, {"inlineData": {"mimeType": "image/png", "data": "cGl4ZWxz"}}),
    ],
)
def test_a_picture_goes_with_its_turn(kind: ProviderKind, shown: dict[str, object]) -> None:
    asked = ChatTurn(ChatRole.USER, "What is it?", (Picture("image/png", b"pixels"),))

    _, _, server = ask(SAID[kind], kind=kind, request=ChatRequest((*REQUEST.turns[:2], asked)))

    body = server.asked[0].json()
    last = body["contents"][-1]["parts"] if kind is GEMINI else body["messages"][-1]["content"]
    assert shown in last
    assert any(part.get("text") == "What is it?" for part in last)


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_a_reply_that_goes_on_is_asked_for_where_it_cannot_be_begun(kind: ProviderKind) -> None:
    begun = ChatRequest((*REQUEST.turns[:3], ChatTurn(ChatRole.ASSISTANT, "Once upon")), continues=True)

    _, _, server = ask(SAID[kind], kind=kind, request=begun)

    sent = json.dumps(server.asked[0].json())
    assert sent.index("Once upon") < sent.index("Go on exactly where")


@pytest.mark.parametrize("kind", list(ProviderKind))
@pytest.mark.parametrize("end", [[], [Reset()], [Hang()]], ids=["closed", "reset", "silent"])
def test_a_stream_that_is_cut_keeps_what_came(kind: ProviderKind, end: Script) -> None:
    upto = next(at for at, step in enumerate(SAID[kind]) if b"Good" in step) + 1

    pieces, problem, server = ask([*SAID[kind][:upto], *end], kind=kind)

    assert pieces == [ReplyPiece("Good ")]
    assert isinstance(problem, ModelCrashed)
    assert problem.next_step
    assert len(server.asked) == 1, "what has begun is never asked for again by itself"


def test_a_server_that_says_everything_and_never_closes_is_believed() -> None:
    said = SAID[OPENAI][:-1]

    pieces, problem, _ = ask([*said, Hang()])

    assert problem is None
    assert pieces[-1] == ReplyPiece("", FinishReason.LENGTH)


def test_pings_alone_do_not_keep_a_reply_alive() -> None:
    ping = event({"type": "ping"}, "ping")

    _, problem, _ = ask([HEAD, *[ping] * 5, Hang()], kind=ANTHROPIC)

    assert problem is not None
    assert "did not begin to answer in time" in problem.sentence


BUSY = answer({"error": {"message": "slow down"}}, 429, retry_after="0")


@pytest.mark.parametrize(
    "refusal",
    [
        BUSY,
        answer({}, 503),
        answer({"error": {"type": "overloaded_error"}}, 529),
        [HEAD, event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})],
        [Reset()],
        [HEAD, Reset()],
        [HEAD],
        [HEAD, event({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}), Reset()],
        [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{", Reset()],
    ],
    ids=["429", "503", "529", "in the stream", "reset", "cut", "ended", "cut in thought", "cut in one piece"],
)
def test_a_busy_server_is_asked_again_before_the_first_word(refusal: Script) -> None:
    pieces, problem, server = ask(refusal, refusal, SAID[ANTHROPIC], kind=ANTHROPIC)

    assert problem is None
    assert pieces[0] == ReplyPiece("Good ")
    assert len(server.asked) == 3


def test_a_server_that_stays_busy_is_given_up_with_its_own_wait_in_words() -> None:
    _, problem, server = ask(answer({}, 429, retry_after="90"))

    assert problem is not None
    assert "pause of 2 minutes" in problem.sentence
    assert problem.next_step == "Ask again in 2 minutes."
    assert len(server.asked) == 1, "a wait that long is left to the user"


def test_an_empty_account_is_not_asked_again() -> None:
    _, problem, server = ask(answer({"error": {"code": "insufficient_quota", "message": "…"}}, 429))

    assert problem is not None
    assert "no credit" in problem.sentence
    assert len(server.asked) == 1


def test_a_field_that_the_model_does_not_take_is_left_out() -> None:
    no_tokens = answer({"error": {"param": "max_tokens", "code": "unsupported_parameter", "message": "Use …"}}, 400)
    no_heat = answer({"error": {"message": "Unsupported value: 'temperature' does not support 0.5"}}, 400)

    pieces, problem, server = ask(no_tokens, no_heat, SAID[OPENAI])

    assert problem is None
    assert pieces[0] == ReplyPiece("Good ")
    body = server.asked[2].json()
    assert body["max_completion_tokens"] == 7
    assert {"max_tokens", "temperature"}.isdisjoint(body)


@pytest.mark.parametrize(
    "error",
    [
        {"message": 'registry model "llava" does not support this'},
        {"message": "Unknown model: 'mistral'"},
        {"message": "The model 'm' is not supported", "param": "model", "code": "unsupported_model"},
        {"message": "Unsupported 'top_k': use 'max_completion_tokens'"},
        {"detail": [{"loc": ["body", "messages", 0, "name"], "msg": "extra inputs are not permitted"}]},
    ],
)
def test_what_was_not_sent_is_not_taken_for_a_refused_field(error: dict[str, object]) -> None:
    _, problem, server = ask(answer({"error": error}, 400))

    assert problem is not None
    assert problem.sentence.startswith("The model's server did not accept the request (400).")
    assert str(error.get("message", "")) in problem.sentence
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("kind", "script", "words"),
    [
        (OPENAI, answer(b"<!DOCTYPE html><p>Hi", 200, "text/html"), "a web page"),
        (OPENAI, answer(b"<html>no", 400, "text/html"), "a web page"),
        (OPENAI, answer(b"", 302, location="https://elsewhere.example/"), "sends elsewhere"),
        (OPENAI, answer(b"{never", 200), "can't be read"),
        (OPENAI, answer({"error": {"message": f"no, {KEY}!"}}, 418), "no, …!"),
        (OPENAI, answer({"error": {"message": "gone", "code": "model_not_found"}}, 404), "does not know this model"),
        (OPENAI, answer({}, 408), "waited too long"),
        (OPENAI, [HEAD], "connection to the model broke. Ask again."),
        (OPENAI, [HEAD, Reset()], "connection to the model broke. Ask again."),
        (OPENAI, [*said_in("<think>", "hm")[:-2], Hang()], "stopped answering before its first word. Ask again."),
        (OPENAI, [HEAD, event("[DONE]")], "empty reply"),
        (OPENAI, [HEAD, event({"choices": [{"delta": {}, "finish_reason": "length"}]}), event("[DONE]")], "used up"),
        (OPENAI, [HEAD, event({"choices": [{"delta": {}, "finish_reason": "content_filter"}]})], "let this reply"),
        (OPENAI, [Hang()], "did not begin"),
        (OPENAI, [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000], "connection to the model broke"),
        (OPENAI, [b"SSH-2.0-OpenSSH\r\n\r\n"], "connection to the model broke"),
        (ANTHROPIC, answer({"error": {"type": "authentication_error", "message": "x"}}, 401), "accept the key"),
        (ANTHROPIC, answer({"error": {"type": "permission_error", "message": "x"}}, 403), "let this key"),
        (ANTHROPIC, answer({"error": {"message": "Your credit balance is too low"}}, 400), "no credit"),
        (ANTHROPIC, [HEAD, event({"type": "message_delta", "delta": {"stop_reason": "refusal"}})], "let this reply"),
        (GEMINI, answer([{"error": {"code": 400, "message": "API key not valid."}}], 400), "accept the key"),
        (GEMINI, [HEAD, event({"promptFeedback": {"blockReason": "SAFETY"}})], "let this reply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence_with_a_next_step(kind: ProviderKind, script: Script, words: str) -> None:
    pieces, problem, _ = ask(script, kind=kind)

    assert pieces == []
    assert problem is not None
    assert words in str(problem)
    assert problem.next_step
    assert KEY not in str(problem)


def test_too_long_a_prompt_is_told_apart() -> None:
    _, by_size, _ = ask(answer({}, 413), kind=ANTHROPIC)
    words = "The input token count (9000) exceeds the maximum number of tokens allowed (8000)."
    _, by_words, _ = ask(answer({"error": {"message": words}}, 400), kind=GEMINI)

    assert isinstance(by_size, ContextOverflow)
    assert isinstance(by_words, ContextOverflow)
    assert (by_words.prompt_tokens, by_words.context_tokens) == (9000, 8000)


def test_an_answer_in_one_piece_is_taken_too() -> None:
    whole = answer({"choices": [{"message": {"content": "Good day"}, "finish_reason": "stop"}]})

    pieces, problem, _ = ask(whole)

    assert problem is None
    assert pieces == [ReplyPiece("Good day"), ReplyPiece("", FinishReason.STOP)]


def test_an_endless_line_is_refused() -> None:
    _, problem, _ = ask([HEAD, b"data: ", *[b"x" * 65_536] * 40])

    assert problem is not None
    assert "far too large" in problem.sentence


def test_a_server_that_is_not_there_and_one_that_speaks_no_tls_are_told_apart() -> None:
    async def try_address(address: str) -> str:
        connector = HttpConnector(deadlines=QUICK)
        with pytest.raises(ModelError) as caught:
            await connector.models(Provider("p", OPENAI, "Here", address), "")
        return caught.value.sentence

    with ByteServer(answer({})) as server:
        plain = asyncio.run(try_address(f"https://127.0.0.1:{server.port}/v1"))
    gone = asyncio.run(try_address("http://127.0.0.1:9/v1"))

    assert "does not speak TLS" in plain
    assert "nothing listens at 127.0.0.1:9" in gone


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = Provider("p", OPENAI, "Here", f"https://127.0.0.1:{port}/v1")
        with pytest.raises(ModelError, match="it does not answer"):
            asyncio.run(HttpConnector(deadlines=replace(QUICK, connect_s=0.3, answer_s=20)).models(address, ""))


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(today - timedelta(1)).not_valid_after(today + timedelta(1))
    pem = tmp_path / "own.pem"
    pem.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def refuse_once(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as encrypted:
            encrypted.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=refuse_once, args=(listener,), name="own certificate")
        serving.start()
        address = Provider("p", OPENAI, "Here", f"https://127.0.0.1:{listener.getsockname()[1]}/v1")
        with pytest.raises(ModelError, match="can't be trusted") as caught:
            asyncio.run(HttpConnector(deadlines=QUICK).models(address, ""))
        serving.join()

    assert caught.value.next_step


def test_a_reply_without_an_end_is_ended() -> None:
    async def listen(server: ByteServer) -> tuple[int, ModelError | None]:
        async with talking(server, deadlines=replace(QUICK, idle_s=5, total_s=0.5)) as model:
            count = 0
            try:
                async with aclosing(model.stream(REQUEST)) as pieces:
                    async for _ in pieces:
                        count += 1
            except ModelError as problem:
                return count, problem
            return count, None

    with ByteServer([*SAID[OPENAI][:2], Hang()]) as server:
        count, problem = asyncio.run(listen(server))

    assert count == 1
    assert isinstance(problem, ModelCrashed)


def test_two_conversations_stream_at_once() -> None:
    async def both(server: ByteServer) -> list[str]:
        async with talking(server, deadlines=replace(QUICK, idle_s=5)) as model:
            first, second = model.stream(REQUEST), model.stream(REQUEST)
            begun = [(await anext(first)).text, (await anext(second)).text]
            await first.aclose()
            await second.aclose()
            return begun

    with ByteServer([*SAID[OPENAI][:2], Hang()]) as server:
        assert asyncio.run(both(server)) == ["Good ", "Good "]
