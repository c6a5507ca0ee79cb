"""What a card file brings along, told before any of it is stored."""

from dataclasses import dataclass, field
from enum import StrEnum


class CardKind(StrEnum):
    """What wrote the file."""

    V1 = "v1"
    V2 = "v2"
    V3 = "v3"
    PYGMALION = "pygmalion"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class AssetTally:
    """The assets of one kind. `absent` of `count` did not come along: they are on the web or lost."""

    kind: str
    count: int
    size_bytes: int
    absent: int = 0


@dataclass(frozen=True, slots=True)
class CardContents:
    """`spec_version` is the file's own word, "" for none. `greetings` counts the first message and its alternates.

    `lorebook_entries` is -1 for a card without a lorebook. `unknown_keys` are those kept and not used here, with
    dots between the levels ("data.extensions.chub"). `warnings` are English sentences on what is cut, cleaned or
    not as its author may expect.
    """

    name: str
    kind: CardKind
    spec_version: str = ""
    greetings: int = 0
    group_greetings: int = 0
    lorebook_name: str = ""
    lorebook_entries: int = -1
    assets: tuple[AssetTally, ...] = ()
    creator: str = ""
    creator_notes: str = field(default="", repr=False)
    character_version: str = ""
    unknown_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
