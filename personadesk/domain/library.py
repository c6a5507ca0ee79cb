"""How the library is arranged: what a tag looks like, and what an arrangement did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from personadesk.domain.ids import PersonaId, TrashId

TAG_LIMIT = 60
"""Characters of a tag that is made here. Cards bring longer ones, which stay as they are."""

TAG_COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "violet", "pink")


@dataclass(frozen=True, slots=True)
class TagLook:
    """`colour` is one of TAG_COLOURS, "" for none. `folder` shows the tag as a folder of the library."""

    colour: str = ""
    folder: bool = False


@dataclass(frozen=True, slots=True)
class TagChange:
    """What a change of tags did, and what takes it back.

    `before` and `after` hold the personas it changed, with all their tags. `looks_before` and
    `looks_after` are every look, or None where the change left the looks alone.
    """

    before: Mapping[PersonaId, tuple[str, ...]] = field(default_factory=dict)
    after: Mapping[PersonaId, tuple[str, ...]] = field(default_factory=dict)
    looks_before: Mapping[str, TagLook] | None = None
    looks_after: Mapping[str, TagLook] | None = None


@dataclass(frozen=True, slots=True)
class Trashed:
    """What went to the trash, and the built-in personas that stayed."""

    trash_ids: tuple[TrashId, ...]
    kept: tuple[PersonaId, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """Who came back, and why others could not: names that somebody else has now, or whole sentences."""

    personas: tuple[PersonaId, ...]
    refused: tuple[str, ...] = ()
