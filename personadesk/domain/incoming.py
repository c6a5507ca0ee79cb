"""What other programs' files say, in this program's terms, before anything of it is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from personadesk.domain.conversation import Role
from personadesk.domain.memory import MemoryKind
from personadesk.domain.persona import PersonaCard


class IncomingMemory(NamedTuple):
    """`learned_at` is aware UTC. `source` is the file's own word. Texts hold no lone surrogate and no NUL."""

    kind: MemoryKind
    text: str
    source: str = ""
    learned_at: datetime | None = None
    context: str = ""
    category: str = ""
    times_observed: int = 1


@dataclass(frozen=True, slots=True)
class IncomingProfile:
    """What a persona knows about one person, and how it stands with them.

    `person_key` tells the person among all of one program's ("discord:123456789"); `known_as` is the
    name the file gives them. `details_json` is a JSON object's text with everything that has no field
    of its own; integers in it keep every digit.
    """

    person_key: str
    known_as: str = ""
    memories: tuple[IncomingMemory, ...] = ()
    affection: float | None = None
    stage: str = ""
    interactions: int = 0
    first_met: datetime | None = None
    last_met: datetime | None = None
    last_updated: datetime | None = None
    details_json: str = "{}"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that goes with a message. `text` is what was read out of it, "" for a picture."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """`swipes` holds at least one text. `sent_at` is aware UTC, None where the file does not say.

    `models` wrote the swipes, one each, "" where the file does not say; empty where it says it of none.
    """

    role: Role
    swipes: tuple[str, ...]
    shown: int = 0
    sent_at: datetime | None = None
    models: tuple[str, ...] = ()
    starred: bool = False
    pinned: bool = False
    note: str = ""
    files: tuple[IncomingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingChat:
    """A conversation. `person_key` is "" for You."""

    title: str
    messages: tuple[IncomingMessage, ...]
    person_key: str = ""
    started_at: datetime | None = None

    @property
    def has_times(self) -> bool:
        """Whether it says anywhere when it was."""
        return self.started_at is not None or any(message.sent_at for message in self.messages)


@dataclass(frozen=True, slots=True)
class IncomingMemories:
    """Memories that come without a profile. `person_key` is "" for You, None for nobody."""

    memories: tuple[IncomingMemory, ...]
    person_key: str | None = ""
    person_name: str = ""


@dataclass(frozen=True, slots=True)
class IncomingAsset:
    """Something that came with a card: listed under its `assets`, or lying beside them in its archive.

    `kind`, `name`, `ext` and `uri` are the card's own words; `uri` is "" for what it does not list. `path` is the
    place in the archive, or the name of the picture's chunk, of what came along; else it is "" and `content` b"".
    """

    kind: str
    name: str
    ext: str
    uri: str
    path: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class IncomingPersona:
    """A card with its picture's bytes; no picture is b"" . `assets` are all others that came along, or are named.

    `sample` is the recording that the card's voice names, b"" for none.
    """

    card: PersonaCard
    avatar: bytes = field(default=b"", repr=False)
    media_type: str = ""
    assets: tuple[IncomingAsset, ...] = ()
    sample: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class IncomingLorebook:
    """A lorebook as it was received. `raw_json` is the text of a Character Card V2/V3 book, a standalone or a
    SillyTavern file; `entries` counts what is in it."""

    name: str
    raw_json: str
    entries: int


@dataclass(frozen=True, slots=True)
class IncomingYou:
    """What a program's user calls themself."""

    name: str
    description: str = ""


Incoming = IncomingProfile | IncomingChat | IncomingMemories | IncomingPersona | IncomingLorebook | IncomingYou
