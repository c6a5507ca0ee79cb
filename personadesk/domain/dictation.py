"""What is heard: words from a microphone, and how what hears them is."""

from dataclasses import dataclass
from enum import StrEnum

from personadesk.domain.errors import UserFacingError

LISTENING_RATE = 16_000
"""Samples a second of the sound that is transcribed: signed 16-bit mono, little-endian."""

WHISPER = "whisper"
"""The engine on this computer."""
SERVER = "server"
"""Any server that answers as OpenAI's /v1/audio/transcriptions does."""
SERVER_KEY = "provider:transcription"
"""The name of that server's key among the secrets."""


class HearingState(StrEnum):
    READY = "ready"
    NOT_HERE = "not_here"
    """Its weights are not on this computer; one click fetches them."""
    NEEDS_KEY = "needs_key"
    NEEDS_ADDRESS = "needs_address"
    OFFLINE = "offline"
    OUT_OF_QUOTA = "out_of_quota"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HearingStatus:
    """`sentence` and `next_step` are for people; both are "" where the engine is ready."""

    engine: str
    state: HearingState
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said. `language` is a BCP 47 tag, "" where it was not told.

    `notice` says, for people, why another engine than the chosen one heard it.
    """

    text: str
    language: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class DictationSettings:
    """`engine` is WHISPER, SERVER or ELEVENLABS; `language` a BCP 47 tag, "" to find it out.

    `hands_free`: a click listens until the next one; without it, until the first pause. `sends`: after a pause
    what is written down is sent.
    `address` and `model` are the server's, "" for none and for what servers call "whisper-1".
    """

    engine: str = WHISPER
    language: str = ""
    hands_free: bool = True
    sends: bool = False
    address: str = ""
    model: str = ""


class HearingError(UserFacingError):
    """An engine could not transcribe. `state` is how it is from now on."""

    def __init__(self, sentence: str, next_step: str = "", *, state: HearingState = HearingState.FAILED) -> None:
        super().__init__(sentence, next_step)
        self.state = state
