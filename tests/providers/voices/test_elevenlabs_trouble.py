"""What can go wrong with ElevenLabs: another voice speaks, and the user is told why, once."""

import asyncio
import base64
import contextlib
import gc
import json
import socket
import threading
import warnings
from array import array
from collections.abc import AsyncGenerator, Iterator, Sequence

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.speech import (
    SYSTEM,
    SpeechBegan,
    SpeechChunk,
    SpeechError,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
)
from personadesk.domain.voice import ELEVENLABS, VoiceChoice
from personadesk.providers.voices.elevenlabs_voice import DEFAULT_MODEL, ElevenLabsVoices
from personadesk.services.speech.speaking import Speaker

RACHEL = "21m00Tcm4TlvDq8ikWAM"
SPEECH = f"/v1/text-to-speech/{RACHEL}/stream/with-timestamps"
PCM = array("h", range(2_400)).tobytes()
TEXTS = ("Good evening.", "And good night.")
SAID = json.dumps({"audio_base64": base64.b64encode(PCM).decode(), "alignment": None}) + "\n"


class Spare:
    """The system's voice, which always can."""

    engine = SYSTEM
    status = SpeechStatus(SYSTEM, SpeechState.READY)

    async def refresh(self) -> SpeechStatus:
        return self.status

    async def voices(self) -> Sequence[SpeechVoice]:
        return (SpeechVoice("plain", "Plain", SYSTEM, "en-US"),)

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        yield SpeechChunk(PCM, 24_000)

    async def variant(self) -> str:
        return ""

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...


async def key() -> str:
    return "a-key"


def service(address: str, **changes: object) -> ElevenLabsVoices:
    return ElevenLabsVoices(key=key, base_url=address.rstrip("/"), **changes)  # type: ignore[arg-type]


def speak_twice(engine: ElevenLabsVoices) -> list[tuple[str, str]]:
    """Which engine spoke each time, and what the user is told."""

    async def scenario() -> list[tuple[str, str]]:
        speaker = Speaker(engines=(engine, Spare()))
        choice = VoiceChoice(preset=f"{ELEVENLABS}:{RACHEL}")
        try:
            heard = [item for text in TEXTS async for item in speaker.speak(text, choice)]
        finally:
            await speaker.close()
        began = [item for item in heard if isinstance(item, SpeechBegan)]
        return [(item.voice.engine, f"{item.notice} {item.next_step}".strip()) for item in began]

    return asyncio.run(scenario())


@contextlib.contextmanager
def answering(answer: bytes, *, holds: bool = False) -> Iterator[str]:
    """A server that gives these bytes to every connection, and then hangs up, or says nothing more."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            with contextlib.suppress(OSError):
                connection.recv(65_536)
                connection.sendall(answer)
                if holds:
                    over.wait(20)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                worker = threading.Thread(target=serve, args=(connection,))
                workers.append(worker)
                worker.start()

    workers: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for worker in workers:
                worker.join(10)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("status", "word", "says"),
    [
        (401, "invalid_api_key", "refused the key"),
        (402, "payment_required", "used up"),
        (401, "quota_exceeded", "used up"),
        (404, "voice_not_found", "no such voice"),
        (500, "", "trouble of its own"),
        (418, "", "can't be read"),
    ],
)
def test_another_voice_speaks_and_why_is_told_once(httpserver: HTTPServer, status: int, word: str, says: str) -> None:
    httpserver.expect_request("/v2/voices").respond_with_json({"voices": [], "has_more": False, "total_count": 0})
    httpserver.expect_request(SPEECH).respond_with_json({"detail": {"status": word}}, status=status)

    first, second = speak_twice(service(httpserver.url_for("")))

    assert (first[0], second) == (SYSTEM, (SYSTEM, ""))
    assert says in first[1]


def test_a_service_that_asks_to_be_left_alone_is(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v2/voices").respond_with_json({"voices": [], "has_more": False, "total_count": 0})
    httpserver.expect_request(SPEECH).respond_with_json({}, status=429, headers={"Retry-After": "40"})

    first, second = speak_twice(service(httpserver.url_for("")))

    assert "in 40 seconds" in first[1]
    assert second == (SYSTEM, "")
    assert [request.path for request, _ in httpserver.log].count(SPEECH) == 1


def test_a_service_that_was_busy_speaks_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v2/voices").respond_with_json({"voices": [], "has_more": False, "total_count": 0})
    httpserver.expect_oneshot_request(SPEECH).respond_with_json({}, status=429)
    httpserver.expect_request(SPEECH).respond_with_data(SAID)

    spoke = speak_twice(service(httpserver.url_for(""), rests_s=0.0))

    assert [engine for engine, _ in spoke] == [SYSTEM, ELEVENLABS]


@pytest.mark.parametrize(
    ("answer", "holds", "says"),
    [
        (HEAD, True, "can't be reached"),
        (HEAD + b"40\r\n" + SAID.encode()[:20], False, "can't be reached"),
        (b"", False, "can't be reached"),
        (HEAD + b"b\r\n{not json}\n\r\n0\r\n\r\n", False, "can't be read"),
    ],
    ids=["stalled", "cut short", "hung up", "no JSON"],
)
def test_a_broken_answer_lets_another_voice_speak(answer: bytes, holds: bool, says: str) -> None:
    with answering(answer, holds=holds) as address:
        first, second = speak_twice(service(address, silence_s=0.5 if holds else 30.0))

    assert (first[0], second) == (SYSTEM, (SYSTEM, ""))
    assert says in first[1]


def test_a_voice_that_breaks_off_in_the_middle_says_so() -> None:
    piece = SAID.encode()
    cut = HEAD + f"{len(piece):x}\r\n".encode() + piece + b"\r\n40\r\n{"

    async def scenario() -> tuple[int, str]:
        engine = service(address)
        try:
            speech = engine.synthesise("Good evening.", RACHEL, SpeechSettings())
            heard = len((await anext(speech)).pcm)
            with pytest.raises(SpeechError) as caught:
                await anext(speech)
        finally:
            await engine.close()
        return heard, caught.value.sentence

    with answering(cut) as address:
        heard, sentence = asyncio.run(scenario())

    assert heard == len(PCM)
    assert "can't be reached" in sentence


def test_the_chosen_model_speaks_and_sounds_of_its_own(httpserver: HTTPServer) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.get_json()["model_id"])
        return Response(SAID)

    httpserver.expect_request(SPEECH).respond_with_handler(answer)
    chosen = [""]

    async def model() -> str:
        return chosen[0]

    async def scenario() -> list[str]:
        engine = service(httpserver.url_for(""), model=model)
        variants = []
        try:
            for chosen[0] in ("", DEFAULT_MODEL, "eleven_flash_v2_5"):
                variants.append(await engine.variant())
                [_ async for _ in engine.synthesise("Hello.", RACHEL, SpeechSettings())]
        finally:
            await engine.close()
        return variants

    assert asyncio.run(scenario()) == ["", "", "eleven_flash_v2_5"]
    assert asked == [DEFAULT_MODEL, DEFAULT_MODEL, "eleven_flash_v2_5"]


def test_an_account_lists_its_models_and_a_page_of_voices(httpserver: HTTPServer) -> None:
    models = [
        {"model_id": "flash", "name": "Flash", "can_do_text_to_speech": True, "description": "Fast."},
        {"model_id": "scribe", "name": "Scribe", "can_do_text_to_speech": False},
    ]
    httpserver.expect_request("/v1/models").respond_with_json(models)
    voice = {"voice_id": "own", "name": "Nora", "category": "cloned"}
    page = {"voices": [voice], "has_more": True, "total_count": 9, "next_page_token": "second"}
    httpserver.expect_request("/v2/voices").respond_with_json(page)

    async def scenario() -> tuple[list[str], str, str]:
        engine = service(httpserver.url_for(""))
        try:
            first = await engine.page("no")
            await engine.page("no", first.more)
            return [model.name for model in await engine.models()], first.voices[0].name, first.more
        finally:
            await engine.close()

    assert asyncio.run(scenario()) == (["Flash"], "Nora", "second")
    asked = [request.args for request, _ in httpserver.log if request.path == "/v2/voices"]
    assert [args.get("next_page_token") for args in asked] == [None, "second"]
    assert {args.get("search") for args in asked} == {"no"}


@pytest.mark.parametrize("steps", range(0, 30, 3))
def test_one_that_is_closed_while_it_is_asked_leaves_no_connection_open(steps: int) -> None:
    """At any step of the request: before it connects, while it connects, and while it waits."""
    body = json.dumps({"voices": [], "has_more": False, "total_count": 0}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def scenario(address: str) -> None:
        engine = service(address)
        await engine.warm_up()
        asking = asyncio.create_task(engine.voices())
        for _ in range(steps):
            await asyncio.sleep(0)
        await engine.close()
        await asking

    with warnings.catch_warnings(record=True) as heard, answering(head + body, holds=True) as address:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(scenario(address))
        gc.collect()

    assert [str(warning.message) for warning in heard] == []
