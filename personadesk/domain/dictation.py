"""What is heard: words from a microphone, and how what hears them is."""

from dataclasses import dataclass
from enum import StrEnum

from personadesk.domain.errors import UserFacingError

LISTENING_RATE = 16_000
"""Samples a second of the sound that is transcribed: signed 16-bit mono, little-endian."""


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
    """What was said. `language` is a BCP 47 tag, "" where it was not told."""

    text: str
    language: str = ""


class HearingError(UserFacingError):
    """An engine could not transcribe. `state` is how it is from now on."""

    def __init__(self, sentence: str, next_step: str = "", *, state: HearingState = HearingState.FAILED) -> None:
        super().__init__(sentence, next_step)
        self.state = state
