"""An engine that hears what a test says, weights and keys that are here when a test wants it."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from personadesk.domain.chat import FetchProgress
from personadesk.domain.dictation import WHISPER, Heard, HearingError, HearingState, HearingStatus
from personadesk.domain.secrets import KeptIn, SecretsError, SecretsStatus
from personadesk.services.weights_ports import WeightsInfo


class ScriptedEar:
    """A Transcriber. Writes down `words` one after the other, then nothing; `waits` lets it wait to be cancelled."""

    def __init__(self, engine: str = WHISPER, *words: str) -> None:
        self.engine = engine
        self.words = list(words)
        self.state = HearingState.READY
        self.heard: list[bytes] = []
        self.languages: list[str] = []
        self.names: list[list[str]] = []
        self.waits = False
        self.cancelled = False
        self.problem: HearingError | None = None

    async def refresh(self) -> HearingStatus:
        ready = self.state is HearingState.READY
        return HearingStatus(self.engine, self.state, "" if ready else "It can't hear.", "" if ready else "Mend it.")

    async def transcribe(self, pcm: bytes, language: str = "", names: Sequence[str] = ()) -> Heard:
        self.heard.append(pcm)
        self.languages.append(language)
        self.names.append(list(names))
        if self.problem is not None:
            raise self.problem
        if self.waits:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        return Heard(self.words.pop(0) if self.words else "")

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass


class ScriptedWeights:
    """A WeightsFetcher whose fetch goes on until `arrive`."""

    def __init__(self) -> None:
        self.report: Callable[[FetchProgress], None] | None = None
        self.cancelled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: asyncio.Future[Path] | None = None

    def describe(self, weights_id: str) -> WeightsInfo:
        return WeightsInfo(weights_id, "Whisper base", "OpenAI", "MIT", 148_000_000, "from somewhere", Path("/nowhere"))

    async def is_here(self, weights_id: str) -> bool:
        return False

    async def fetch(self, weights_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        self._loop = asyncio.get_running_loop()
        self._arrived = self._loop.create_future()
        self.report = progress
        try:
            return await self._arrived
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def arrive(self) -> None:
        assert self._loop is not None
        assert self._arrived is not None
        self._loop.call_soon_threadsafe(self._arrived.set_result, Path("/nowhere"))


class KnownSecrets:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.refuses = False

    async def status(self) -> SecretsStatus:
        return SecretsStatus(KeptIn.SESSION, keyring_works=False)

    async def is_locked(self) -> bool:
        return False

    async def get(self, name: str) -> str:
        self._check()
        return self.values.get(name, "")

    async def set(self, name: str, value: str) -> None:
        self._check()
        self.values[name] = value

    async def use(self, kept_in: KeptIn, passphrase: str = "") -> SecretsStatus:
        return await self.status()

    async def start_over(self) -> SecretsStatus:
        return await self.status()

    def _check(self) -> None:
        if self.refuses:
            raise SecretsError("It refuses.", "Ask it.")
