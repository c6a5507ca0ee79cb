"""Lorebooks: what is told to a model only when the conversation comes to it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from personadesk.domain.chat import ChatRole

DEFAULT_DEPTH = 4
DEFAULT_ORDER = 100
DEFAULT_GROUP_WEIGHT = 100
_LONGEST_NUMBER = 10


class SelectiveLogic(IntEnum):
    """What the secondary keys must do beside a primary one. The numbers are SillyTavern's."""

    AND_ANY = 0
    NOT_ALL = 1
    NOT_ANY = 2
    AND_ALL = 3


class LorePosition(IntEnum):
    """Where a text goes. The numbers are SillyTavern's.

    BEFORE_CHAR and AFTER_CHAR stand around the character's definition. An author's note stands in the
    conversation, DEFAULT_DEPTH messages from its end.
    """

    BEFORE_CHAR = 0
    AFTER_CHAR = 1
    NOTE_TOP = 2
    NOTE_BOTTOM = 3
    AT_DEPTH = 4
    EXAMPLES_TOP = 5
    EXAMPLES_BOTTOM = 6


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """One text and when it is told. `uid` is unique within its book.

    `keys` and `secondary_keys` are words, or `/pattern/flags`; with `use_regex` all of them are patterns.
    `secondary_keys` count where `selective` is set. None means the book's or the program's default, for
    `priority` the `order`. `order` is ascending in the prompt; the lowest priority is left out first.
    `depth` counts messages from the conversation's end. `probability` is in percent. `sticky`,
    `cooldown` and `delay` are messages. `group` holds names with commas between them: one entry of a
    group is told. `delay_until_recursion` is the recursion level from which it can be told, 0 for at
    once. `raw` is the entry as received (a JSON object's text), "" for one made here.
    """

    uid: str
    keys: tuple[str, ...] = ()
    content: str = ""
    secondary_keys: tuple[str, ...] = ()
    logic: SelectiveLogic = SelectiveLogic.AND_ANY
    selective: bool = True
    name: str = ""
    comment: str = ""
    enabled: bool = True
    constant: bool = False
    order: int = DEFAULT_ORDER
    priority: int | None = None
    position: LorePosition = LorePosition.AFTER_CHAR
    depth: int = DEFAULT_DEPTH
    role: ChatRole = ChatRole.SYSTEM
    probability: int = 100
    use_probability: bool = True
    case_sensitive: bool | None = None
    match_whole_words: bool | None = None
    use_regex: bool = False
    scan_depth: int | None = None
    sticky: int = 0
    cooldown: int = 0
    delay: int = 0
    group: str = ""
    group_override: bool = False
    group_weight: int = DEFAULT_GROUP_WEIGHT
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: int = 0
    ignore_budget: bool = False
    raw: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What a list of entries calls it; "" for one without a name and keys."""
        return self.name or self.comment or ", ".join(self.keys)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.strip() for name in self.group.split(",") if name.strip()))


@dataclass(frozen=True, slots=True)
class Lorebook:
    """Entries that belong together. `uid` tells it from others where two have one name.

    `scan_depth` (messages) and `token_budget` are None where the program's defaults hold. `given_name`
    is what it was called from outside, for a book that names itself nowhere: `name` begins as that.
    `raw` is the book as received without its entries (a JSON object's text), "" for one made here.
    """

    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive_scanning: bool = False
    entries: tuple[LoreEntry, ...] = ()
    uid: str = ""
    given_name: str = ""
    raw: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """What the state of a conversation calls this book."""
        return self.uid or self.name

    def free_uid(self) -> str:
        """A uid for a new entry: the number after the largest."""
        uids = [entry.uid for entry in self.entries]
        numbers = [int(uid) for uid in uids if uid.isascii() and uid.isdigit() and len(uid) < _LONGEST_NUMBER]
        return str(max(numbers, default=-1) + 1)


class LoreShape(StrEnum):
    """How a book is written: a card's `character_book`, that with its spec around it, SillyTavern's world file."""

    CARD = "character_book"
    STANDALONE = "lorebook_v3"
    WORLD = "world"
