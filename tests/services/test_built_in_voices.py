"""Each built-in persona has a voice of its own, which comes with the program."""

from personadesk.domain.speech import KOKORO
from personadesk.paths import find_resources
from personadesk.providers.voices.kokoro.weights import read_kit
from personadesk.services.speech.choosing import candidates
from personadesk.storage.built_in_files import BuiltInFiles

GENDERS = {
    "isabella": "female",
    "alex": "male",
    "luna": "female",
    "maya": "female",
    "sam": "male",
    "ethan": "male",
    "default": "female",
}


def test_every_built_in_persona_has_a_natural_voice_of_its_own():
    voices = read_kit(find_resources() / "voices").voices
    built_ins = BuiltInFiles(find_resources() / "personas").load()

    first = {key: candidates(card.voice, {KOKORO: voices})[0].voice for key, (card, _) in built_ins.items()}

    assert {key: voice.gender for key, voice in first.items()} == GENDERS
    assert {voice.engine for voice in first.values()} == {KOKORO}
    assert len({voice.id for voice in first.values()}) == len(GENDERS)
