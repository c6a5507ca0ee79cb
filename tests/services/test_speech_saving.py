"""What is said, as a file: the system's real voice, real files."""

import asyncio
import ctypes
from contextlib import aclosing
from pathlib import Path

import pytest
import soundfile

from personadesk.domain.conversation import Message, Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import PersonaCard
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.providers.voices.system import SystemVoices
from personadesk.services.clock import SystemClock
from personadesk.services.ports import NewSwipe, Store
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.saving import SavedSpeech, SaveProgress, SpeechSaving
from personadesk.services.speech.speaking import Speaker
from personadesk.storage.database import open_database


def espeak_is_here() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not espeak_is_here(), reason="eSpeak NG is not on this computer: libespeak-ng1")


async def no_key() -> str:
    return ""


class SavingDesk:
    """A store with one conversation, and the system's voice."""

    def __init__(self, data_dir: Path) -> None:
        self.database = open_database(data_dir, clock=SystemClock())
        self.speaker = Speaker(engines=(SystemVoices(),))
        clones = VoiceClones(database=self.database, engine=ElevenLabsVoices(key=no_key))
        self.saving = SpeechSaving(database=self.database, speaker=self.speaker, clones=clones)

        def work(store: Store) -> Message:
            persona = store.personas.create(PersonaCard(name="Ann"))
            chat = store.for_persona(persona.id)
            conversation = chat.create_conversation(store.people.you().id)
            chat.append_message(conversation.id, Role.PERSONA, [NewSwipe("Good *evening*.")])
            chat.append_message(conversation.id, Role.USER, [NewSwipe("Hello to you. How are you?")])
            chat.append_message(conversation.id, Role.PERSONA, [NewSwipe("```\ncode\n```\n😀")])
            return chat.append_message(conversation.id, Role.PERSONA, [NewSwipe("The moon is up. Tea?")])

        self.last = self.database.submit_write(work).result(10)

    async def messages(self, *, with_mine: bool = False) -> list[Message]:
        return await self.saving.messages(self.last.persona_id, self.last.conversation_id, with_mine=with_mine)

    async def save(self, place: Path, *, with_mine: bool = False) -> tuple[list[SaveProgress], SavedSpeech]:
        try:
            messages = await self.messages(with_mine=with_mine)
            steps = [step async for step in self.saving.save_messages(messages, place)]
        finally:
            await self.speaker.close()
        assert isinstance(steps[-1], SavedSpeech)
        return [step for step in steps if isinstance(step, SaveProgress)], steps[-1]


@pytest.fixture
def desk(data_dir: Path):
    made = SavingDesk(data_dir)
    yield made
    made.database.close()


@pytest.mark.parametrize("kind", ["wav", "ogg", "mp3"])
def test_a_conversation_becomes_a_file_that_others_play(desk: SavingDesk, tmp_path: Path, kind: str):
    place = tmp_path / f"Ann.{kind}"

    progress, saved = asyncio.run(desk.save(place))

    found = soundfile.info(place)
    assert found.samplerate == 24_000
    assert found.duration == pytest.approx(saved.seconds, abs=0.2)
    assert progress[0].done == 0
    assert progress[-1].done == progress[-1].total == len("Good evening.Some code is left out.The moon is up.Tea?")
    assert list(tmp_path.glob(".*")) == []


def test_ones_own_messages_come_along_where_that_is_wanted(desk: SavingDesk, tmp_path: Path):
    async def both() -> tuple[list[str], list[str]]:
        return (
            [message.text for message in await desk.messages()],
            [message.text for message in await desk.messages(with_mine=True)],
        )

    theirs, all_of_them = asyncio.run(both())

    assert (len(theirs), len(all_of_them)) == (3, 4)
    assert "Hello to you. How are you?" in set(all_of_them) - set(theirs)


def test_what_is_cancelled_leaves_the_file_that_was_there(desk: SavingDesk, tmp_path: Path):
    place = tmp_path / "Ann.wav"
    place.write_bytes(b"kept")

    async def begin() -> None:
        async with aclosing(desk.saving.save_messages(await desk.messages(), place)) as steps:
            await anext(steps)
            await anext(steps)
        await desk.speaker.close()

    asyncio.run(begin())

    assert [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()] == [b"kept"]


def test_what_can_not_be_written_is_said_in_words(desk: SavingDesk, tmp_path: Path):
    with pytest.raises(UserFacingError, match="That folder is not there any more"):
        asyncio.run(desk.save(tmp_path / "gone" / "Ann.wav"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_said_in_words_and_nothing_is_left(desk: SavingDesk, tmp_path: Path, monkeypatch):
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *more: opened(Path("/dev/full"), *more))

    with pytest.raises(UserFacingError, match="no room left"):
        asyncio.run(desk.save(tmp_path / "Ann.wav"))

    assert not (tmp_path / "Ann.wav").exists()
