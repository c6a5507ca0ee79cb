"""What is said aloud: voices, sound as it comes, and how an engine of speech is."""

from dataclasses import dataclass
from enum import StrEnum

from personadesk.domain.errors import UserFacingError

SYSTEM = "system"
KOKORO = "kokoro"


@dataclass(frozen=True, slots=True)
class SpeechVoice:
    """`id` is the engine's own. `language` is a BCP 47 tag, "" for unknown; `gender` female, male or "".

    `sounds` says in a few words how it sounds. `own` marks a voice that the user's account made by cloning.
    """

    id: str
    name: str
    engine: str
    language: str = ""
    gender: str = ""
    sounds: str = ""
    own: bool = False

    @property
    def preset(self) -> str:
        """As a VoiceChoice names it."""
        return f"{self.engine}:{self.id}"


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """`speed` is a factor; the next three are from 0 to 1, and an engine that knows none of them ignores them.

    `follows` says that something else is being heard meanwhile: the first sound need not hurry.
    """

    speed: float = 1.0
    stability: float = 0.5
    similarity: float = 0.75
    style: float = 0.0
    follows: bool = False


class MarkKind(StrEnum):
    SENTENCE = "sentence"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class SpeechMark:
    """From `at_ms` after the first sound on, the characters `start` to `end` of the text are being said."""

    kind: MarkKind
    start: int
    end: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """`pcm` is signed 16-bit mono, little-endian, of any length. All chunks of one speech have one rate."""

    pcm: bytes
    sample_rate: int
    marks: tuple[SpeechMark, ...] = ()

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / self.sample_rate


class SpeechState(StrEnum):
    READY = "ready"
    BUSY = "busy"
    """It speaks, but slower than one listens: other work keeps this computer busy."""
    NEEDS_KEY = "needs_key"
    NOT_INSTALLED = "not_installed"
    OFFLINE = "offline"
    OUT_OF_QUOTA = "out_of_quota"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SpeechStatus:
    """`sentence` and `next_step` are for people; both are "" where the engine is ready."""

    engine: str
    state: SpeechState
    sentence: str = ""
    next_step: str = ""

    @property
    def can_speak(self) -> bool:
        return self.state in (SpeechState.READY, SpeechState.BUSY)


@dataclass(frozen=True, slots=True)
class SpeechQuota:
    """Characters used and allowed in the account's present period; `voices_limit` is 0 where none is told."""

    used: int
    limit: int
    voices_used: int = 0
    voices_limit: int = 0


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """One of a service's models. `price` is a factor on the characters that it takes from the quota, 1.0 as usual."""

    id: str
    name: str
    describes: str = ""
    languages: int = 0
    price: float = 1.0


@dataclass(frozen=True, slots=True)
class VoicePage:
    """Some of an account's voices; `more` asks for those behind them, "" at the end."""

    voices: tuple[SpeechVoice, ...]
    more: str = ""


class SpeechError(UserFacingError):
    """An engine could not speak. `state` is how it is from now on."""

    def __init__(self, sentence: str, next_step: str = "", *, state: SpeechState = SpeechState.FAILED) -> None:
        super().__init__(sentence, next_step)
        self.state = state


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """A voice is about to be heard. `notice` and `next_step` say why it is not the chosen one, once for each reason."""

    voice: SpeechVoice
    notice: str = ""
    next_step: str = ""
