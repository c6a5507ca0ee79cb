"""ElevenLabs through its own SDK: the account's voices, speech with word times, and cloned voices."""

import asyncio
import base64
import binascii
import logging
import mimetypes
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from personadesk.domain.secrets import SecretsError
from personadesk.domain.speech import (
    SpeechChunk,
    SpeechError,
    SpeechModel,
    SpeechQuota,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
    VoicePage,
)
from personadesk.domain.voice import ELEVENLABS
from personadesk.providers.kept_client import KeptClient
from personadesk.providers.voices.elevenlabs_errors import no_key, said_in_words, stayed_silent
from personadesk.providers.voices.word_times import WordTimes
from personadesk.services.speech.choosing import preset_voices
from personadesk.services.speech.passages import passages

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs
    from elevenlabs.types import Voice, VoiceSettings

log = logging.getLogger(__name__)
T = TypeVar("T")

_RATE = 24_000
_FORMAT = "pcm_24000"
DEFAULT_MODEL = "eleven_multilingual_v2"
_REQUEST_CHARACTERS = 2_500
"""A long text goes in several requests: models refuse one beyond their limit, and a stop wastes less of the quota."""
_CONNECT_S = 10.0
_SILENCE_S = 30.0
_LISTED_FOR_S = 300.0
_PAGE, _MOST_PAGES = 100, 20
_SHOWN_PAGE = 30
_RESTS_S = 15.0
"""After a refusal that the next request would meet too: a reply is many requests, and each would wait for it."""
_LONGEST_REST_S = 120
_SPEED_RANGE = (0.7, 1.2)
_PRODUCTION = "https://api.elevenlabs.io"
_OWN = frozenset({"cloned", "professional", "generated"})

_READY = SpeechStatus(ELEVENLABS, SpeechState.READY)


class ElevenLabsVoices:
    """An AccountSynthesizer. `key` is asked before each request; "" is none, and nothing is sent then.

    It may raise SecretsError. `model` gives the id of the model that speaks, "" for the usual one.
    """

    def __init__(
        self,
        *,
        key: Callable[[], Awaitable[str]],
        model: Callable[[], Awaitable[str]] | None = None,
        base_url: str = _PRODUCTION,
        silence_s: float = _SILENCE_S,
        rests_s: float = _RESTS_S,
    ) -> None:
        self._key = key
        self._base_url = base_url
        self._model = model
        self._silence_s = silence_s
        self._rests_s = rests_s
        self._resting: SpeechError | None = None
        self._resting_until = 0.0
        self._kept: KeptClient[AsyncElevenLabs] = KeptClient(_end)
        self._client: AsyncElevenLabs | None = None
        """The one that what is listed came from."""
        self._status = _status(no_key())
        self._listed: tuple[SpeechVoice, ...] = ()
        self._listed_until = 0.0

    @property
    def engine(self) -> str:
        return ELEVENLABS

    @property
    def status(self) -> SpeechStatus:
        over = self._status.state is SpeechState.BUSY and time.monotonic() >= self._resting_until
        return _READY if over else self._status

    async def refresh(self) -> SpeechStatus:
        """Ask for the quota: it tells at once whether the network, the key and the account are in order."""
        try:
            quota = await self.quota()
        except SpeechError as error:
            log.info("the voice service can't be used: %s", error.state)
        else:
            if quota.limit and quota.used >= quota.limit:
                self._note(said_in_words(429, "quota_exceeded"))
        return self.status

    async def voices(self) -> Sequence[SpeechVoice]:
        """The account's, then the presets it does not list; the presets alone where it can't be asked."""
        try:
            async with self._connected():
                if time.monotonic() >= self._listed_until:
                    self._listed_until = time.monotonic() + _LISTED_FOR_S
                    self._listed = tuple(await self.search(""))
        except SpeechError as error:
            log.info("the account's voices can't be listed: %s", error.state)
        listed = self._listed
        known = {voice.id for voice in listed}
        return (*listed, *(voice for voice in preset_voices() if voice.id not in known))

    async def search(self, words: str) -> Sequence[SpeechVoice]:
        """The account's voices that match; all for no words. Raises SpeechError."""
        found: list[SpeechVoice] = []
        more = ""
        async with self._connected() as client:
            for _ in range(_MOST_PAGES):
                page = await self._page(client, words, more, _PAGE)
                found += page.voices
                more = page.more
                if not more:
                    break
        return found

    async def page(self, words: str, more: str = "") -> VoicePage:
        async with self._connected() as client:
            return await self._page(client, words, more, _SHOWN_PAGE)

    async def models(self) -> Sequence[SpeechModel]:
        async with self._connected() as client:
            listed = await self._asked(client.models.list())
        return [
            SpeechModel(
                said.model_id,
                said.name or said.model_id,
                said.description or "",
                len(said.languages or ()),
                said.model_rates.character_cost_multiplier if said.model_rates is not None else 1.0,
            )
            for said in listed
            if said.can_do_text_to_speech
        ]

    async def variant(self) -> str:
        chosen = await self._model() if self._model is not None else ""
        return "" if chosen == DEFAULT_MODEL else chosen

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        async with self._connected() as client:
            if self._resting is not None and time.monotonic() < self._resting_until:
                raise SpeechError(self._resting.sentence, self._resting.next_step, state=self._resting.state)
            speech = _Speech(voice, await self.variant() or DEFAULT_MODEL, settings)
            said_ms = 0.0
            for portion, start in _portions(text):
                async with aclosing(self._portion(client, portion, start, speech, said_ms)) as chunks:
                    async for chunk in chunks:
                        said_ms += chunk.duration_s * 1000
                        yield chunk
            self._set_ready()

    async def clone(self, name: str, sample: bytes, file_name: str) -> SpeechVoice:
        kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        async with self._connected() as client:
            made = await self._asked(client.voices.ivc.create(name=name, files=[(file_name, sample, kind)]))
        self._listed_until = 0.0
        return SpeechVoice(made.voice_id, name, ELEVENLABS, sounds="cloned", own=True)

    async def delete_clone(self, voice: str) -> None:
        async with self._connected() as client:
            try:
                await self._asked(client.voices.delete(voice))
            except SpeechError as error:
                if error.state is not SpeechState.READY:
                    raise  # READY: the service answers, and has no such voice
        self._listed_until = 0.0

    async def quota(self) -> SpeechQuota:
        async with self._connected() as client:
            said = await self._asked(client.user.subscription.get())
        self._set_ready()
        return SpeechQuota(said.character_count, said.character_limit, said.voice_slots_used, said.voice_limit)

    async def warm_up(self) -> None:
        """Import the SDK, which takes a second. Nothing is sent."""
        with suppress(SpeechError):
            async with self._connected():
                pass

    async def close(self) -> None:
        await self._kept.close()

    async def _page(self, client: "AsyncElevenLabs", words: str, more: str, size: int) -> VoicePage:
        said = await self._asked(
            client.voices.search(page_size=size, next_page_token=more or None, search=words or None)
        )
        return VoicePage(
            tuple(_voice(voice) for voice in said.voices), (said.next_page_token or "") if said.has_more else ""
        )

    async def _portion(
        self, client: "AsyncElevenLabs", text: str, start: int, speech: "_Speech", said_ms: float
    ) -> AsyncGenerator[SpeechChunk, None]:
        """One request's sound. `start` is the text's place in the whole, `said_ms` how much was said before it."""
        sound = client.text_to_speech.stream_with_timestamps(
            speech.voice,
            text=text,
            model_id=speech.model,
            output_format=_FORMAT,
            voice_settings=_voice_settings(speech.settings),
            request_options={"max_retries": 0},
        )
        times = WordTimes(text, start, said_ms)
        rest = b""
        heard_bytes = 0
        async with aclosing(sound) as pieces:
            while True:
                piece = await self._asked(anext(pieces, None))
                if piece is None:
                    return
                pcm = rest + _decoded(piece.audio_base_64)
                rest = pcm[len(pcm) // 2 * 2 :]
                pcm = pcm[: len(pcm) // 2 * 2]
                aligned = piece.alignment
                marks = (
                    times.marks(aligned.characters, aligned.character_start_times_seconds, heard_bytes / 2 / _RATE)
                    if aligned is not None
                    else ()
                )
                heard_bytes += len(pcm)
                if pcm:
                    yield SpeechChunk(pcm, _RATE, marks)

    async def _asked(self, answer: Coroutine[Any, Any, T]) -> T:
        """Wait for an answer, at most `silence_s`. Raises SpeechError in words for whatever came instead."""
        import httpx
        from elevenlabs.core.api_error import ApiError

        try:
            async with asyncio.timeout(self._silence_s):
                return await answer
        except ApiError as error:
            wait_s = _retry_after_s(error.headers)
            raise self._note(
                said_in_words(error.status_code or 0, _status_word(error.body), wait_s=wait_s), wait_s
            ) from error
        except (TimeoutError, httpx.TransportError) as error:
            raise self._note(stayed_silent()) from error
        except (httpx.HTTPError, ValueError) as error:
            raise self._note(said_in_words(0, "")) from error

    @asynccontextmanager
    async def _connected(self) -> "AsyncGenerator[AsyncElevenLabs, None]":
        """Raises SpeechError where there is no key."""
        key = await self._key_now()
        async with self._kept.use(key, lambda: _connect(self._base_url, key, self._silence_s)) as client:
            if client is not self._client:
                self._client = client
                self._listed, self._listed_until = (), 0.0
                self._set_ready()
            yield client

    async def _key_now(self) -> str:
        try:
            key = await self._key()
            problem = no_key()
        except SecretsError as error:
            key = ""
            problem = SpeechError(error.sentence, error.next_step, state=SpeechState.NEEDS_KEY)
        if not key:
            self._listed, self._listed_until = (), 0.0
            self._status = _status(problem)
            raise problem
        return key

    def _note(self, error: SpeechError, wait_s: int = 0) -> SpeechError:
        if error.state is not SpeechState.READY:
            self._status = _status(error)
            self._resting = error
            self._resting_until = time.monotonic() + (wait_s or self._rests_s)
        return error

    def _set_ready(self) -> None:
        self._status = _READY
        self._resting = None


@dataclass(frozen=True, slots=True)
class _Speech:
    voice: str
    model: str
    settings: SpeechSettings


def _status(error: SpeechError) -> SpeechStatus:
    return SpeechStatus(ELEVENLABS, error.state, error.sentence, error.next_step)


async def _end(client: "AsyncElevenLabs") -> None:
    # The SDK has no way to close what it was given.
    await client._client_wrapper.httpx_client.httpx_client.aclose()


def _connect(base_url: str, key: str, silence_s: float) -> "AsyncElevenLabs":
    import httpx
    from elevenlabs.client import AsyncElevenLabs

    timeout = httpx.Timeout(silence_s, connect=_CONNECT_S)
    return AsyncElevenLabs(base_url=base_url, api_key=key, httpx_client=httpx.AsyncClient(timeout=timeout))


def _voice_settings(settings: SpeechSettings) -> "VoiceSettings":
    from elevenlabs.types import VoiceSettings

    low, high = _SPEED_RANGE
    return VoiceSettings(
        stability=settings.stability,
        similarity_boost=settings.similarity,
        style=settings.style,
        speed=max(low, min(settings.speed, high)),
    )


def _voice(said: "Voice") -> SpeechVoice:
    labels = {name: str(value) for name, value in (said.labels or {}).items() if value}
    sounds = ", ".join(
        labels[name].replace("_", " ") for name in ("accent", "descriptive", "description", "age") if name in labels
    )
    gender = labels.get("gender", "").lower()
    return SpeechVoice(
        said.voice_id,
        said.name or said.voice_id,
        ELEVENLABS,
        labels.get("language", ""),
        gender if gender in ("female", "male") else "",
        sounds,
        own=said.category in _OWN,
    )


def _portions(text: str) -> list[tuple[str, int]]:
    """Whole sentences together, up to a request's length, each with its place in the text."""
    found: list[tuple[int, int]] = []
    for said, start in passages(text, limit=_REQUEST_CHARACTERS):
        end = start + len(said)
        if found and end - found[-1][0] <= _REQUEST_CHARACTERS:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(text[start:end], start) for start, end in found]


def _decoded(audio: str) -> bytes:
    try:
        return base64.b64decode(audio or "")
    except binascii.Error:
        return b""


def _status_word(body: object) -> str:
    """What the service calls the reason: {"detail": {"status": "quota_exceeded", …}}."""
    detail = body.get("detail") if isinstance(body, dict) else None
    word = detail.get("status") or detail.get("code") if isinstance(detail, dict) else None
    return word if isinstance(word, str) else ""


def _retry_after_s(headers: Mapping[str, str] | None) -> int:
    """How long the service asks to be left alone, in whole seconds; 0 where it does not say."""
    said = next((value for name, value in (headers or {}).items() if name.casefold() == "retry-after"), "")
    return min(int(said), _LONGEST_REST_S) if said.isascii() and said.isdigit() else 0
