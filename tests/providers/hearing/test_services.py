"""The services that hear, against a server on this machine that answers as they do."""

import asyncio
import io
import threading
import wave
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.dictation import DictationSettings, Heard, HearingError, HearingState
from personadesk.providers.hearing.elevenlabs_hearing import ElevenLabsHearing
from personadesk.providers.hearing.openai_hearing import OpenAIHearing, transcriptions_url
from personadesk.services.hearing_ports import Transcriber

T = TypeVar("T")
PCM = bytes(range(256)) * 125
NOBODY = "http://127.0.0.1:9"
"""Port 9 is the one that throws everything away."""
ELEVENLABS_PATH = "/v1/speech-to-text"
SERVER_PATH = "/v1/audio/transcriptions"


def use(engine: Transcriber, work: Callable[[Transcriber], Awaitable[T]]) -> T:
    async def scenario() -> T:
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(scenario())


def elevenlabs(address: str, key: str = "a-key", deadline_s: float = 30.0) -> ElevenLabsHearing:
    async def give() -> str:
        return key

    return ElevenLabsHearing(key=give, base_url=address.rstrip("/"), deadline_s=deadline_s)


def server(address: str, key: str = "", model: str = "", deadline_s: float = 30.0) -> OpenAIHearing:
    async def settings() -> DictationSettings:
        return DictationSettings(address=address, model=model)

    async def give() -> str:
        return key

    return OpenAIHearing(settings=settings, key=give, deadline_s=deadline_s)


def hear(engine: Transcriber, language: str = "") -> Heard:
    return use(engine, lambda asked: asked.transcribe(PCM, language))


def refusal(engine: Transcriber) -> HearingError:
    with pytest.raises(HearingError) as caught:
        hear(engine)
    return caught.value


def taken(request: Request) -> bytes:
    """The sound that was sent."""
    file = request.files["file"]
    try:
        return file.read()
    finally:
        file.close()


def test_elevenlabs_gets_the_sound_and_the_key_and_gives_the_words(httpserver: HTTPServer):
    asked: list[Request] = []
    sent: list[bytes] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        sent.append(taken(request))
        return Response(
            '{"language_code": "eng", "language_probability": 0.9, "text": " Good evening. ", "words": []}',
            content_type="application/json",
        )

    httpserver.expect_request(ELEVENLABS_PATH).respond_with_handler(answer)

    assert hear(elevenlabs(httpserver.url_for("")), "en-GB").text == "Good evening."

    assert sent == [PCM]
    assert asked[0].headers["xi-api-key"] == "a-key"
    assert asked[0].form["file_format"] == "pcm_s16le_16"
    assert asked[0].form["language_code"] == "en"


def test_a_server_gets_a_wav_file_the_model_and_the_key(httpserver: HTTPServer):
    asked: list[Request] = []
    sent: list[bytes] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        sent.append(taken(request))
        return Response('{"text": " Good\\n evening. "}', content_type="application/json")

    httpserver.expect_request(SERVER_PATH).respond_with_handler(answer)

    heard = hear(server(httpserver.url_for("/v1"), "a-key", "large"), "de-AT")

    assert heard.text == "Good evening."
    with wave.open(io.BytesIO(sent[0])) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.readframes(file.getnframes()) == PCM
    assert asked[0].headers["Authorization"] == "Bearer a-key"
    assert (asked[0].form["model"], asked[0].form["language"]) == ("large", "de")


def test_a_server_without_a_key_is_asked_without_one(httpserver: HTTPServer):
    httpserver.expect_request(SERVER_PATH).respond_with_json({"text": "Yes."})

    assert hear(server(httpserver.url_for(""))).text == "Yes."

    request, _ = httpserver.log[0]
    assert taken(request)
    assert "Authorization" not in request.headers
    assert request.form["model"] == "whisper-1"
    assert "language" not in request.form


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1/audio/transcriptions"),
        ("localhost:8000/", "http://localhost:8000/v1/audio/transcriptions"),
        (" https://example.org/openai/v1/ ", "https://example.org/openai/v1/audio/transcriptions"),
        ("http://h/v1/audio/transcriptions", "http://h/v1/audio/transcriptions"),
    ],
)
def test_an_address_may_be_typed_in_several_ways(typed: str, asked: str):
    assert transcriptions_url(typed) == asked


@pytest.mark.parametrize("typed", ["", "  ", "ftp://example.org", "http://", "http://a b/", "http://h:99999"])
def test_what_is_no_address_is_said_before_anything_is_sent(typed: str):
    assert refusal(server(typed)).state is HearingState.NEEDS_ADDRESS
    assert use(server(typed), lambda engine: engine.refresh()).state is HearingState.NEEDS_ADDRESS


@pytest.mark.parametrize(
    ("status", "state", "says"),
    [
        (401, HearingState.NEEDS_KEY, "key"),
        (404, HearingState.FAILED, "does not hear"),
        (302, HearingState.FAILED, "does not hear"),
        (429, HearingState.OUT_OF_QUOTA, "no more for now"),
        (503, HearingState.OFFLINE, "failed"),
        (422, HearingState.FAILED, "422"),
    ],
)
def test_a_servers_refusal_is_said_in_words(httpserver: HTTPServer, status: int, state: HearingState, says: str):
    httpserver.expect_request(SERVER_PATH).respond_with_data("secret", status=status)

    error = refusal(server(httpserver.url_for(""), "a-key"))

    assert error.state is state
    assert says in error.sentence
    assert error.next_step
    assert "a-key" not in str(error)


@pytest.mark.parametrize("body", ["<html>", "[]", '{"text": 3}', "[" * 100_000])
def test_an_answer_that_is_none_is_said_in_words(httpserver: HTTPServer, body: str):
    httpserver.expect_request(SERVER_PATH).respond_with_data(body, content_type="application/json")

    assert "does not hear speech" in refusal(server(httpserver.url_for(""))).sentence


@pytest.mark.parametrize("path", [SERVER_PATH, ELEVENLABS_PATH])
def test_an_answer_without_an_end_is_cut_off(httpserver: HTTPServer, path: str):
    httpserver.expect_request(path).respond_with_handler(
        lambda _request: Response(b"x" * 65_536 for _ in range(10_000))
    )
    engine = server if path == SERVER_PATH else elevenlabs

    assert refusal(engine(httpserver.url_for(""))).state is HearingState.OFFLINE


@pytest.mark.parametrize("engine", [server, elevenlabs])
def test_nobody_there_is_said_in_words(engine: Callable[[str], Transcriber]):
    error = refusal(engine(NOBODY))

    assert error.state is HearingState.OFFLINE
    assert "can't be reached" in error.sentence


@pytest.mark.parametrize(("engine", "path"), [(server, SERVER_PATH), (elevenlabs, ELEVENLABS_PATH)])
def test_one_that_says_nothing_is_given_up(httpserver: HTTPServer, engine: Callable[..., Transcriber], path: str):
    over = threading.Event()

    def answer(_request: Request) -> Response:
        over.wait(20)
        return Response("{}")

    httpserver.expect_request(path).respond_with_handler(answer)
    try:
        assert refusal(engine(httpserver.url_for(""), deadline_s=0.2)).state is HearingState.OFFLINE
    finally:
        over.set()


@pytest.mark.parametrize(
    ("status", "word", "state"),
    [
        (401, "invalid_api_key", HearingState.NEEDS_KEY),
        (401, "quota_exceeded", HearingState.OUT_OF_QUOTA),
        (503, "", HearingState.OFFLINE),
        (422, "", HearingState.FAILED),
    ],
)
def test_what_elevenlabs_refuses_is_said_in_words(httpserver: HTTPServer, status: int, word: str, state: HearingState):
    httpserver.expect_request(ELEVENLABS_PATH).respond_with_json({"detail": {"status": word}}, status=status)

    error = refusal(elevenlabs(httpserver.url_for("")))

    assert error.state is state
    assert "voice" not in error.next_step


def test_without_a_key_nothing_is_sent(httpserver: HTTPServer):
    engine = elevenlabs(httpserver.url_for(""), key="")

    assert refusal(engine).state is HearingState.NEEDS_KEY
    assert use(engine, lambda asked: asked.refresh()).state is HearingState.NEEDS_KEY
    assert httpserver.log == []
