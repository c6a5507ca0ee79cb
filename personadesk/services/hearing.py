"""Dictation: which engine writes down what is said, and what steps in where it can't."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, fields

from personadesk.domain.dictation import (
    WHISPER,
    DictationSettings,
    Heard,
    HearingError,
    HearingState,
    HearingStatus,
)
from personadesk.services.hearing_ports import Transcriber
from personadesk.services.ports import Database, JsonValue

log = logging.getLogger(__name__)

SETTING = "dictation"


class KeptDictation:
    """What was chosen, read once. Belongs to the engine's event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings: DictationSettings | None = None

    async def settings(self) -> DictationSettings:
        if self._settings is None:
            self._settings = read_settings(await self._database.read(lambda store: store.settings.get(SETTING)))
        return self._settings

    async def choose(self, settings: DictationSettings) -> None:
        self._settings = settings
        kept: JsonValue = asdict(settings)
        await self._database.write(lambda store: store.settings.set(SETTING, kept))


class Dictation:
    """Belongs to the engine's event loop. One of `engines` is the one on this computer.

    That one steps in where a chosen service can't hear; a service never steps in for it, since sound leaves
    this computer only where that was chosen.
    """

    def __init__(self, *, engines: Sequence[Transcriber], kept: KeptDictation) -> None:
        self._engines = {engine.engine: engine for engine in engines}
        self._kept = kept

    async def settings(self) -> DictationSettings:
        return await self._kept.settings()

    async def choose(self, settings: DictationSettings) -> None:
        await self._kept.choose(settings)

    async def status(self) -> HearingStatus:
        """How the engine is that would hear now; the chosen one's where none can. Raises StoreError."""
        chosen = await self._chosen()
        status = await chosen.refresh()
        if status.state is HearingState.READY or chosen.engine == WHISPER:
            return status
        instead = await self._engines[WHISPER].refresh()
        return instead if instead.state is HearingState.READY else status

    async def status_of(self, engine: str) -> HearingStatus:
        return await self._engines[engine].refresh()

    async def warm_up(self) -> None:
        """Load the engine that would hear, if it is here."""
        status = await self.status()
        if status.state is HearingState.READY:
            await self._engines[status.engine].warm_up()

    async def transcribe(self, pcm: bytes, names: Sequence[str] = ()) -> Heard:
        """`names` may be said in it. Raises HearingError."""
        settings = await self.settings()
        chosen = await self._chosen()
        try:
            return await chosen.transcribe(pcm, settings.language, names)
        except HearingError as error:
            if chosen.engine == WHISPER:
                raise
            log.info("the chosen service could not hear: %s", error.state)
            try:
                heard = await self._engines[WHISPER].transcribe(pcm, settings.language, names)
            except HearingError:
                raise error from None
            return Heard(heard.text, heard.language, f"{error.sentence} {error.next_step}".strip())

    async def try_out(self, engine: str, pcm: bytes) -> Heard:
        """Let one engine hear, and no other. Raises HearingError."""
        return await self._engines[engine].transcribe(pcm, (await self.settings()).language)

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.close()

    async def _chosen(self) -> Transcriber:
        return self._engines.get((await self.settings()).engine, self._engines[WHISPER])


def read_settings(kept: JsonValue) -> DictationSettings:
    """What was kept, as far as it can be read."""
    usual = DictationSettings()
    if not isinstance(kept, dict):
        return usual
    known = {
        field.name: kept[field.name]
        for field in fields(DictationSettings)
        if isinstance(kept.get(field.name), type(getattr(usual, field.name)))
    }
    return DictationSettings(**known)  # type: ignore[arg-type]
