"""Voices that a service learned from personas' samples: which of its voices was made of which recording."""

from personadesk.domain.speech import SpeechVoice
from personadesk.services.ports import Database, JsonValue, Store
from personadesk.services.voice_ports import CloningSynthesizer

CLONES_SETTING = "voices.clones"
"""{SHA-256 of the sample: the service's voice id}. The account's owner may have deleted the voice since."""


class VoiceClones:
    """Learning is asked for by the user alone: it sends a recording of somebody's voice to a service."""

    def __init__(self, *, database: Database, engine: CloningSynthesizer) -> None:
        self._database = database
        self._engine = engine

    async def known(self) -> dict[str, str]:
        """As `Speaker.speak` takes them."""
        return await self._database.read(_known)

    async def learn(self, sample: str, name: str, file_name: str) -> SpeechVoice:
        """Make a voice of the asset `sample`, and note it. Raises NotFound, SpeechError."""
        content = await self._database.read(lambda store: store.assets.path(sample).read_bytes())
        voice = await self._engine.clone(name, content, file_name)
        await self._note(sample, voice.id)
        return voice

    async def forget(self, sample: str) -> None:
        """Have the service delete the voice made of a sample. One that was never made is no error.

        Raises SpeechError, after which the voice is still noted.
        """
        voice = (await self.known()).get(sample)
        if voice is not None:
            await self._engine.delete_clone(voice)
            await self._note(sample, None)

    async def _note(self, sample: str, voice: str | None) -> None:
        def work(store: Store) -> None:
            noted: dict[str, JsonValue] = {**_known(store)}
            noted.pop(sample, None)
            if voice is not None:
                noted[sample] = voice
            store.settings.set(CLONES_SETTING, noted)

        await self._database.write(work)


def _known(store: Store) -> dict[str, str]:
    noted = store.settings.get(CLONES_SETTING)
    return {key: value for key, value in noted.items() if isinstance(value, str)} if isinstance(noted, dict) else {}
