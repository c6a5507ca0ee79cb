"""ElevenLabs' speech to text through its own SDK."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from personadesk.domain.dictation import Heard, HearingError, HearingState, HearingStatus
from personadesk.domain.secrets import ELEVENLABS, SecretsError
from personadesk.domain.speech import SpeechState
from personadesk.providers.kept_client import KeptClient
from personadesk.providers.voices.elevenlabs_errors import said_in_words

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs

_MODEL = "scribe_v1"
_FORMAT = "pcm_s16le_16"
_PRODUCTION = "https://api.elevenlabs.io"
_CONNECT_S = 10.0
_DEADLINE_S = 60.0
_STATES = {
    SpeechState.NEEDS_KEY: HearingState.NEEDS_KEY,
    SpeechState.OUT_OF_QUOTA: HearingState.OUT_OF_QUOTA,
    SpeechState.OFFLINE: HearingState.OFFLINE,
    SpeechState.BUSY: HearingState.OFFLINE,
}
_OTHERWISE = "Try again later, or choose another way to dictate in Settings, Voices."

_READY = HearingStatus(ELEVENLABS, HearingState.READY)


class ElevenLabsHearing:
    """A Transcriber. `key` is asked before each request; it may raise SecretsError."""

    def __init__(
        self, *, key: Callable[[], Awaitable[str]], base_url: str = _PRODUCTION, deadline_s: float = _DEADLINE_S
    ) -> None:
        self._key = key
        self._base_url = base_url
        self._deadline_s = deadline_s
        self._client: KeptClient[AsyncElevenLabs] = KeptClient(_end)

    @property
    def engine(self) -> str:
        return ELEVENLABS

    async def refresh(self) -> HearingStatus:
        try:
            await self._found_key()
        except HearingError as error:
            return HearingStatus(ELEVENLABS, error.state, error.sentence, error.next_step)
        return _READY

    async def transcribe(self, pcm: bytes, language: str = "", names: Sequence[str] = ()) -> Heard:
        async with self._connected() as client:
            return await self._heard(client, pcm, language)

    async def _heard(self, client: "AsyncElevenLabs", pcm: bytes, language: str) -> Heard:
        import httpx
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.types import SpeechToTextChunkResponseModel

        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await client.speech_to_text.convert(
                    model_id=_MODEL,
                    file=("speech.pcm", pcm, "application/octet-stream"),
                    file_format=_FORMAT,
                    language_code=language.partition("-")[0] or None,
                    tag_audio_events=False,
                    timestamps_granularity="none",
                    request_options={"max_retries": 0},
                )
        except ApiError as error:
            raise _in_words(error.status_code or 0, error.body) from error
        except (TimeoutError, httpx.TransportError) as error:
            raise HearingError(
                "ElevenLabs can't be reached.",
                "Check the network, or choose another way to dictate in Settings, Voices.",
                state=HearingState.OFFLINE,
            ) from error
        except (httpx.HTTPError, ValueError) as error:
            raise _in_words(0, None) from error
        if not isinstance(answer, SpeechToTextChunkResponseModel) or not isinstance(answer.text, str):
            raise _in_words(0, None)
        return Heard(answer.text.strip(), language)

    async def warm_up(self) -> None:
        with suppress(HearingError):
            async with self._connected():
                pass

    async def close(self) -> None:
        await self._client.close()

    async def _found_key(self) -> str:
        try:
            key = await self._key()
        except SecretsError as error:
            raise HearingError(error.sentence, error.next_step, state=HearingState.NEEDS_KEY) from error
        if not key:
            raise HearingError(
                "ElevenLabs needs a key of your account.",
                "Make one in your ElevenLabs account and give it in Settings, Voices.",
                state=HearingState.NEEDS_KEY,
            )
        return key

    @asynccontextmanager
    async def _connected(self) -> "AsyncGenerator[AsyncElevenLabs, None]":
        """Raises HearingError where there is no key."""
        key = await self._found_key()
        async with self._client.use(key, lambda: _connect(self._base_url, key, self._deadline_s)) as client:
            yield client


async def _end(client: "AsyncElevenLabs") -> None:
    # The SDK has no way to close what it was given.
    await client._client_wrapper.httpx_client.httpx_client.aclose()


def _connect(base_url: str, key: str, deadline_s: float) -> "AsyncElevenLabs":
    from elevenlabs.client import AsyncElevenLabs

    from personadesk.providers.hearing.capped import make_client

    client = make_client(deadline_s=deadline_s, connect_s=_CONNECT_S)
    return AsyncElevenLabs(base_url=base_url, api_key=key, httpx_client=client)


def _in_words(status_code: int, body: object) -> HearingError:
    """{"detail": {"status": "quota_exceeded", …}} is how the service calls the reason."""
    detail = body.get("detail") if isinstance(body, dict) else None
    word = detail.get("status") if isinstance(detail, dict) else None
    said = said_in_words(status_code, word if isinstance(word, str) else "")
    step = said.next_step if said.state is SpeechState.NEEDS_KEY else _OTHERWISE
    return HearingError(said.sentence, step, state=_STATES.get(said.state, HearingState.FAILED))
