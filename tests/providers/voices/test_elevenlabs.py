"""ElevenLabs' own SDK against a server on this machine that answers as the service does."""

import asyncio
import base64
import json
import threading
from array import array
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import TypeVar

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.speech import MarkKind, SpeechChunk, SpeechError, SpeechSettings, SpeechState
from personadesk.domain.voice import PRESETS
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices

T = TypeVar("T")
RACHEL = "21m00Tcm4TlvDq8ikWAM"
SPEECH = f"/v1/text-to-speech/{RACHEL}/stream/with-timestamps"
PCM = array("h", range(2_400)).tobytes()


def use(httpserver: HTTPServer | None, work: Callable[[ElevenLabsVoices], Awaitable[T]], key: str = "a-key") -> T:
    """Without a server nobody listens: port 9 is the one that throws everything away."""
    address = "http://127.0.0.1:9" if httpserver is None else httpserver.url_for("").rstrip("/")

    async def given() -> str:
        return key

    async def scenario() -> T:
        voices = ElevenLabsVoices(key=given, base_url=address)
        try:
            return await work(voices)
        finally:
            await voices.close()

    return asyncio.run(scenario())


async def said(voices: ElevenLabsVoices, text: str = "Good evening.") -> list[SpeechChunk]:
    settings = SpeechSettings(speed=2.0, stability=0.3, similarity=0.9, style=0.1)
    return [chunk async for chunk in voices.synthesise(text, RACHEL, settings)]


def line(pcm: bytes, characters: str = "", times: tuple[float, ...] = ()) -> str:
    alignment = {
        "characters": list(characters),
        "character_start_times_seconds": times,
        "character_end_times_seconds": times,
    }
    return json.dumps({"audio_base64": base64.b64encode(pcm).decode(), "alignment": alignment}) + "\n"


def refused(httpserver: HTTPServer, status: int, word: str) -> tuple[SpeechError, SpeechState]:
    httpserver.expect_request(SPEECH).respond_with_json({"detail": {"status": word, "message": "…"}}, status=status)

    async def work(voices: ElevenLabsVoices) -> tuple[SpeechError, SpeechState]:
        with pytest.raises(SpeechError) as caught:
            await said(voices)
        return caught.value, voices.status.state

    return use(httpserver, work)


def test_sound_comes_as_it_is_made_with_the_times_of_words(httpserver: HTTPServer):
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        lines = (
            line(PCM[:1_001], "Good ", (0.0, 0.1, 0.1, 0.2, 0.2)),
            line(PCM[1_001:], "evening.", (0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.6, 0.7)),
        )
        return Response(iter(lines))

    httpserver.expect_request(SPEECH).respond_with_handler(answer)

    chunks = use(httpserver, said)

    assert b"".join(chunk.pcm for chunk in chunks) == PCM
    assert {chunk.sample_rate for chunk in chunks} == {24_000}
    marks = [mark for chunk in chunks for mark in chunk.marks]
    assert [(mark.kind, mark.start, mark.end, mark.at_ms) for mark in marks] == [
        (MarkKind.WORD, 0, 4, 0),
        (MarkKind.WORD, 5, 12, 300),
    ]
    assert asked[0].headers["xi-api-key"] == "a-key"
    assert asked[0].args["output_format"] == "pcm_24000"
    wanted = {"stability": 0.3, "similarity_boost": 0.9, "style": 0.1, "speed": 1.2}
    assert asked[0].get_json()["voice_settings"] == wanted


def test_a_long_text_goes_in_several_requests_and_keeps_its_places(httpserver: HTTPServer):
    text = "It rains. " * 400
    httpserver.expect_request(SPEECH).respond_with_data(line(PCM, "It", (0.0, 0.1)))

    chunks = use(httpserver, lambda voices: said(voices, text))

    assert len(chunks) == len(httpserver.log) == 2
    assert [chunk.marks[0].at_ms for chunk in chunks] == [0, 100]
    assert all(text[chunk.marks[0].start :].startswith("It rains.") for chunk in chunks)


def test_closing_the_iterator_closes_the_connection(httpserver: HTTPServer):
    gone = threading.Event()

    def endless() -> Iterator[str]:
        try:
            while True:
                yield line(PCM * 20)
        finally:
            gone.set()

    httpserver.expect_request(SPEECH).respond_with_handler(lambda request: Response(endless()))

    async def work(voices: ElevenLabsVoices) -> bool:
        async with aclosing(voices.synthesise("Good evening.", RACHEL, SpeechSettings())) as speech:
            await anext(speech)
        return await asyncio.to_thread(gone.wait, 10)

    assert use(httpserver, work)


@pytest.mark.parametrize(
    ("status", "word", "state", "says"),
    [
        (401, "invalid_api_key", SpeechState.NEEDS_KEY, "refused the key"),
        (401, "quota_exceeded", SpeechState.OUT_OF_QUOTA, "used up"),
        (429, "system_busy", SpeechState.BUSY, "too often"),
        (503, "", SpeechState.OFFLINE, "trouble of its own"),
    ],
)
def test_a_refusal_is_said_in_words(httpserver: HTTPServer, status: int, word: str, state: SpeechState, says: str):
    error, afterwards = refused(httpserver, status, word)

    assert says in error.sentence
    assert error.next_step
    assert error.state is afterwards is state


def test_a_voice_that_is_not_there_leaves_the_engine_ready(httpserver: HTTPServer):
    error, afterwards = refused(httpserver, 404, "voice_not_found")

    assert "no such voice" in error.sentence
    assert afterwards is SpeechState.READY


def test_without_a_network_it_says_so_and_still_lists_the_presets():
    async def work(voices: ElevenLabsVoices) -> tuple[SpeechState, list[str]]:
        listed = [voice.name for voice in await voices.voices()]
        return (await voices.refresh()).state, listed

    state, listed = use(None, work)

    assert state is SpeechState.OFFLINE
    assert listed == [preset.name for preset in PRESETS]


def test_without_a_key_nothing_is_sent(httpserver: HTTPServer):
    async def work(voices: ElevenLabsVoices) -> tuple[SpeechState, int]:
        with pytest.raises(SpeechError, match="needs a key"):
            await said(voices)
        return (await voices.refresh()).state, len(await voices.voices())

    assert use(httpserver, work, key="") == (SpeechState.NEEDS_KEY, len(PRESETS))
    assert httpserver.log == []


def test_the_accounts_voices_come_page_by_page_before_the_presets(httpserver: HTTPServer):
    labels = {"gender": "female", "accent": "irish", "language": "en", "age": "young"}

    def answer(request: Request) -> Response:
        first = "next_page_token" not in request.args
        voice = {"voice_id": "own" if first else RACHEL, "name": "Nora" if first else "Rachel", "labels": labels}
        page = {
            "voices": [{**voice, "category": "cloned" if first else "premade"}],
            "has_more": first,
            "total_count": 2,
            "next_page_token": "second" if first else None,
        }
        return Response(json.dumps(page), content_type="application/json")

    httpserver.expect_request("/v2/voices").respond_with_handler(answer)

    async def work(voices: ElevenLabsVoices) -> tuple[list[tuple[str, bool, str]], int, int]:
        listed = await voices.voices()
        await voices.search("nora")
        return [(v.name, v.own, v.sounds) for v in listed[:2]], len(listed), len(await voices.voices())

    listed, count, again = use(httpserver, work)

    assert listed == [("Nora", True, "irish, young"), ("Rachel", False, "irish, young")]
    assert count == again == len(PRESETS) + 1
    assert [request.args.get("search") for request, _ in httpserver.log] == [None, None, "nora", "nora"]


def test_a_voice_is_cloned_deleted_and_the_quota_told(httpserver: HTTPServer):
    sent: list[tuple[str, bytes]] = []

    def clone(request: Request) -> Response:
        sent.append((request.form["name"], request.files["files"].read()))
        return Response(
            json.dumps({"voice_id": "new", "requires_verification": False}), content_type="application/json"
        )

    httpserver.expect_request("/v1/voices/add", method="POST").respond_with_handler(clone)
    httpserver.expect_oneshot_request("/v1/voices/new", method="DELETE").respond_with_json({"status": "ok"})
    httpserver.expect_oneshot_request("/v1/voices/new", method="DELETE").respond_with_json(
        {"detail": {"status": "voice_does_not_exist"}}, status=400
    )
    subscription = {"tier": "free", "character_count": 900, "character_limit": 1_000}
    httpserver.expect_request("/v1/user/subscription").respond_with_json(
        {**subscription, "voice_slots_used": 1, "voice_limit": 3}
    )

    async def work(voices: ElevenLabsVoices) -> tuple[str, int, int]:
        voice = await voices.clone("Nora", b"sound", "nora.mp3")
        await voices.delete_clone(voice.id)
        await voices.delete_clone(voice.id)
        quota = await voices.quota()
        return voice.preset, quota.limit - quota.used, quota.voices_limit

    assert use(httpserver, work) == ("elevenlabs:new", 100, 3)
    assert sent == [("Nora", b"sound")]
