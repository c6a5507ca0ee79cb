"""Voices that a service learned from personas' samples: which of its voices was made of which recording."""

from collections.abc import Collection

from personadesk.domain.ids import PersonaId
from personadesk.domain.speech import SpeechStatus, SpeechVoice
from personadesk.formats.audio_heads import sound_format
from personadesk.services.ports import Database, JsonValue, Store
from personadesk.services.speech.samples import sample_name
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

    async def status(self) -> SpeechStatus:
        """Whether the service could learn a voice, having looked."""
        return await self._engine.refresh()

    async def learn(self, sample: str, name: str, content: bytes = b"") -> SpeechVoice:
        """Make a voice of the asset `sample`, and note it. Raises NotFound, SpeechError.

        `content` is the recording where it is not stored yet.
        """
        recording = content or await self._database.read(lambda store: store.assets.path(sample).read_bytes())
        format_ = sound_format(recording)
        file_name = sample_name(format_) if format_ is not None else "sample"
        voice = await self._engine.clone(name, recording, file_name)
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

    async def of_these_alone(self, persona_ids: Collection[PersonaId]) -> tuple[str, ...]:
        """The samples of these that were cloned, and of which nobody else's voice is made. None twice."""

        def work(store: Store) -> tuple[str, ...]:
            known = _known(store)
            samples = store.personas.samples() if known else {}
            own = {sample for persona_id, sample in samples.items() if persona_id in persona_ids}
            others = {sample for persona_id, sample in samples.items() if persona_id not in persona_ids}
            return tuple(sorted((own & known.keys()) - others))

        return await self._database.read(work)

    async def unused(self) -> frozenset[str]:
        """The samples that were cloned and that no persona has any more, also none in the trash."""

        def work(store: Store) -> frozenset[str]:
            known = _known(store)
            return frozenset(known) - frozenset(store.personas.samples().values() if known else ())

        return await self._database.read(work)

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
