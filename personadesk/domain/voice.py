"""How a persona sounds: what its author chose, whether or not it can be played here."""

from dataclasses import dataclass
from enum import StrEnum


class VoiceSource(StrEnum):
    """In the order in which they are tried."""

    SAMPLE = "sample"
    PRESET = "preset"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class VoicePreset:
    """`key` is the engine's own id of the voice; `sounds` describes it in a few words."""

    key: str
    name: str
    engine: str
    sounds: str
    gender: str
    language: str


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """`preset` is "engine:key", "" for none. `sample` is the SHA-256 of an uploaded recording, "" for none,
    `sample_name` its file's name. `system` names a voice of the operating system, "" for the one it speaks with
    by itself. `speed` is a factor (1.0 as recorded), the other three are from 0 to 1.
    """

    preset: str = ""
    sample: str = ""
    sample_name: str = ""
    system: str = ""
    speed: float = 1.0
    stability: float = 0.5
    similarity: float = 0.75
    style: float = 0.0

    @property
    def order(self) -> tuple[VoiceSource, ...]:
        """What speaks, and what does where that can't: the sample, then the preset, then the system's voice."""
        chosen = ((VoiceSource.SAMPLE, self.sample), (VoiceSource.PRESET, self.preset))
        return (*(source for source, value in chosen if value), VoiceSource.SYSTEM)


ELEVENLABS = "elevenlabs"

PRESETS = tuple(
    VoicePreset(key, name, ELEVENLABS, sounds, gender, "en")
    for name, key, sounds, gender in (
        ("Rachel", "21m00Tcm4TlvDq8ikWAM", "calm, soothing", "female"),
        ("Adam", "pNInz6obpgDQGcFmaJgB", "deep, confident", "male"),
        ("Bella", "EXAVITQu4vr4xnSDxMaL", "friendly", "female"),
        ("Antoni", "ErXwobaYiN019PkySvjV", "well-rounded", "male"),
        ("Elli", "MF3mGyEYCl7XYWbV9V6O", "emotional", "female"),
        ("Josh", "TxGEqnHWrfWFTfGW9XjX", "young", "male"),
        ("Arnold", "VR6AewLTigWG4xSOukaG", "crisp", "male"),
        ("Domi", "AZnzlk1XvdvUeBnXmlld", "strong", "female"),
        ("Sam", "yoZ06aMxZJJ28mfd3POQ", "raspy", "male"),
    )
)
"""The voices that ElevenLabs offers to every account, known without asking it."""


def preset_of(choice: VoiceChoice) -> VoicePreset | None:
    """The chosen preset where it is one of PRESETS."""
    engine, _, key = choice.preset.partition(":")
    return next((preset for preset in PRESETS if (preset.engine, preset.key) == (engine, key)), None)
