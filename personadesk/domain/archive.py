"""A persona with everything that belongs to it, as one file of PersonaDesk's own."""

from dataclasses import dataclass, field
from datetime import datetime

from personadesk.domain.incoming import IncomingChat, IncomingLorebook, IncomingMemories


@dataclass(frozen=True, slots=True)
class ArchivedVoice:
    """`settings_json` is a JSON object's text. `sample` is a recording's file, b"" for none."""

    settings_json: str = "{}"
    sample: bytes = field(default=b"", repr=False)
    sample_name: str = ""


@dataclass(frozen=True, slots=True)
class PersonaArchive:
    """`card_json` is a Character Card V3's text. `original` is the card's file as it was received, b"" if none was.

    `memories` and `chats` are () unless the user asked for them. `made_at` is aware.
    """

    card_json: str = field(repr=False)
    avatar: bytes = field(default=b"", repr=False)
    media_type: str = ""
    original: bytes = field(default=b"", repr=False)
    original_name: str = ""
    lorebooks: tuple[IncomingLorebook, ...] = ()
    voice: ArchivedVoice | None = None
    memories: tuple[IncomingMemories, ...] = ()
    chats: tuple[IncomingChat, ...] = ()
    made_at: datetime | None = None
