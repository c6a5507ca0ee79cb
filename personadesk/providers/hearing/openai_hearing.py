"""Any server that answers as OpenAI's /v1/audio/transcriptions does: a computer at home, or a service."""

import asyncio
import io
import json
import wave
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from personadesk.domain.dictation import (
    LISTENING_RATE,
    SERVER,
    DictationSettings,
    Heard,
    HearingError,
    HearingState,
    HearingStatus,
)
from personadesk.domain.secrets import SecretsError
from personadesk.providers.kept_client import KeptClient

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 10.0
_DEADLINE_S = 60.0
_USUAL_MODEL = "whisper-1"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PATH = "/audio/transcriptions"
_IN_SETTINGS = "Check the address in Settings, Voices."

_READY = HearingStatus(SERVER, HearingState.READY)


class OpenAIHearing:
    """A Transcriber. `settings` and `key` are asked before each request; `key` may raise SecretsError."""

    def __init__(
        self,
        *,
        settings: Callable[[], Awaitable[DictationSettings]],
        key: Callable[[], Awaitable[str]],
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._settings = settings
        self._key = key
        self._deadline_s = deadline_s
        self._client: KeptClient[httpx.AsyncClient] = KeptClient(lambda client: client.aclose())

    @property
    def engine(self) -> str:
        return SERVER

    async def refresh(self) -> HearingStatus:
        try:
            transcriptions_url((await self._settings()).address)
        except HearingError as error:
            return HearingStatus(SERVER, error.state, error.sentence, error.next_step)
        return _READY

    async def transcribe(self, pcm: bytes, language: str = "", names: Sequence[str] = ()) -> Heard:
        settings = await self._settings()
        url = transcriptions_url(settings.address)
        try:
            key = await self._key()
        except SecretsError as error:
            raise HearingError(error.sentence, error.next_step, state=HearingState.NEEDS_KEY) from error
        form = {"model": settings.model or _USUAL_MODEL, "response_format": "json"}
        if language:
            form["language"] = language.partition("-")[0]
        host = urlsplit(url).hostname or ""
        async with self._client.use(host, lambda: _connect(host, self._deadline_s)) as client:
            response = await self._answer(client, url, key, form, pcm)
        if not response.is_success:
            raise _refusal(response.status_code)
        return Heard(_text(response.content), language)

    async def _answer(
        self, client: "httpx.AsyncClient", url: str, key: str, form: dict[str, str], pcm: bytes
    ) -> "httpx.Response":
        import httpx

        try:
            async with asyncio.timeout(self._deadline_s):
                return await client.post(
                    url,
                    data=form,
                    files={"file": ("speech.wav", wav(pcm), "audio/wav")},
                    headers={"Authorization": f"Bearer {key}"} if key else {},
                )
        except (TimeoutError, httpx.HTTPError) as error:
            raise HearingError(
                "The server that hears speech can't be reached.",
                f"See that it runs. {_IN_SETTINGS}",
                state=HearingState.OFFLINE,
            ) from error

    async def warm_up(self) -> None:
        """Nothing is asked before there is something to hear."""

    async def close(self) -> None:
        await self._client.close()


def transcriptions_url(address: str) -> str:
    """Where a server is asked whose address was typed in, with or without /v1. Raises HearingError."""
    address = address.strip()
    if not address:
        raise HearingError(
            "The server that hears speech has no address yet.",
            "Give it in Settings, Voices.",
            state=HearingState.NEEDS_ADDRESS,
        )
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or any(char.isspace() for char in address):
        raise HearingError(
            "The address of the server that hears speech is not one: it looks like http://localhost:8000/v1.",
            "Mend it in Settings, Voices.",
            state=HearingState.NEEDS_ADDRESS,
        )
    path = parts.path.rstrip("/")
    base = f"{parts.scheme}://{parts.netloc}{path}"
    if base.endswith(_PATH):
        return base
    return (base if path else f"{base}/v1") + _PATH


def wav(pcm: bytes) -> bytes:
    """A WAV file of signed 16-bit mono PCM at LISTENING_RATE."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(LISTENING_RATE)
        file.writeframes(pcm)
    return written.getvalue()


def _connect(host: str, deadline_s: float) -> "httpx.AsyncClient":
    from personadesk.providers.hearing.capped import make_client

    # What stays on this computer goes through nobody's proxy.
    return make_client(deadline_s=deadline_s, connect_s=_CONNECT_S, trust_env=host not in _LOOPBACK)


def _refusal(status_code: int) -> HearingError:
    if status_code in (401, 403):
        return HearingError(
            "The server that hears speech did not accept the key.",
            "Check the key in Settings, Voices.",
            state=HearingState.NEEDS_KEY,
        )
    if status_code == 404 or 300 <= status_code < 400:
        return HearingError("What answers at this address does not hear speech.", _IN_SETTINGS)
    if status_code in (402, 429):
        return HearingError(
            "The server that hears speech takes no more for now: the account or the pace is used up.",
            "Wait a while, or choose another way to dictate in Settings, Voices.",
            state=HearingState.OUT_OF_QUOTA,
        )
    if status_code >= 500:
        return HearingError(
            "The server that hears speech failed.", "Try again in a moment.", state=HearingState.OFFLINE
        )
    return HearingError(
        f"The server that hears speech did not accept the request ({status_code}).",
        "Check the model's name in Settings, Voices.",
    )


def _text(content: bytes) -> str:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    text = answer.get("text") if isinstance(answer, dict) else None
    if not isinstance(text, str):
        raise HearingError("What answers at this address does not hear speech.", _IN_SETTINGS)
    return " ".join(text.split())
