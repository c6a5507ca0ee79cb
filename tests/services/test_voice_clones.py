"""Which of a service's voices was made of which sample, in a real store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import SpeechError, SpeechState, SpeechVoice
from personadesk.domain.voice import ELEVENLABS, VoiceChoice
from personadesk.services.ports import Store
from personadesk.services.speech.clones import VoiceClones
from personadesk.storage.database import open_database
from tests.fakes import FakeClock


class LearningService:
    """As much of a CloningSynthesizer as is asked here."""

    def __init__(self) -> None:
        self.voices: dict[str, bytes] = {}
        self.names: list[str] = []
        self.offline = False

    async def clone(self, name: str, sample: bytes, file_name: str) -> SpeechVoice:
        self._reach()
        self.names.append(file_name)
        self.voices[f"voice-{len(self.voices)}"] = sample
        return SpeechVoice(f"voice-{len(self.voices) - 1}", name, ELEVENLABS, own=True)

    async def delete_clone(self, voice: str) -> None:
        self._reach()
        del self.voices[voice]

    def _reach(self) -> None:
        if self.offline:
            raise SpeechError("ElevenLabs can't be reached.", state=SpeechState.OFFLINE)


Work = Callable[[VoiceClones, LearningService, str], Awaitable[None]]


def use(data_dir: Path, work: Work, prepare: Callable[[Store, str], None] = lambda _store, _sample: None) -> None:
    database = open_database(data_dir, clock=FakeClock())
    try:
        sample = database.submit_write(lambda store: store.assets.put(b"a voice", "audio/mpeg")).result()
        database.submit_write(lambda store: prepare(store, sample)).result()
        service = LearningService()
        clones = VoiceClones(database=database, engine=service)  # type: ignore[arg-type]
        asyncio.run(work(clones, service, sample))
    finally:
        database.close()


def test_a_voice_is_learned_from_the_stored_sample_and_forgotten(data_dir: Path):
    async def work(clones: VoiceClones, service: LearningService, sample: str) -> None:
        voice = await clones.learn(sample, "Luna")

        assert service.voices == {voice.id: b"a voice"}
        assert await clones.known() == {sample: voice.id}

        await clones.forget(sample)
        await clones.forget(sample)

        assert service.voices == {}
        assert await clones.known() == {}

    use(data_dir, work)


def test_what_the_service_did_not_delete_stays_noted(data_dir: Path):
    async def work(clones: VoiceClones, service: LearningService, sample: str) -> None:
        voice = await clones.learn(sample, "Luna")
        service.offline = True

        with pytest.raises(SpeechError):
            await clones.forget(sample)

        assert await clones.known() == {sample: voice.id}

    use(data_dir, work)


def test_a_recording_that_is_not_stored_goes_under_a_name_that_its_content_gives(data_dir: Path):
    async def work(clones: VoiceClones, service: LearningService, sample: str) -> None:
        await clones.learn("new", "Luna", b"fLaC and more")

        assert service.names == ["sample.flac"]
        assert list(service.voices.values()) == [b"fLaC and more"]

    use(data_dir, work)


def test_a_clone_goes_with_a_persona_only_where_nobody_else_has_that_voice(data_dir: Path):
    ids: list[PersonaId] = []

    def prepare(store: Store, sample: str) -> None:
        for name, own in (("Ann", sample), ("Bob", sample), ("Cy", "")):
            ids.append(store.personas.create(PersonaCard(name, voice=VoiceChoice(sample=own))).id)
        store.personas.trash(ids[0])

    async def work(clones: VoiceClones, service: LearningService, sample: str) -> None:
        assert await clones.of_these_alone(ids) == ()
        await clones.learn(sample, "Ann")

        assert await clones.of_these_alone(ids[:1]) == ()
        assert await clones.of_these_alone(ids[2:]) == ()
        assert await clones.of_these_alone(ids[:2]) == (sample,)

    use(data_dir, work, prepare)
