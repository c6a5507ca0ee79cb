"""What a prompt held of lorebooks, and why."""

from dataclasses import dataclass, field
from enum import StrEnum

from personadesk.domain.lorebook import LoreEntry


class Cause(StrEnum):
    KEY = "key"
    CONSTANT = "constant"
    STICKY = "sticky"
    DECORATOR = "decorator"
    RECURSION = "recursion"


@dataclass(frozen=True, slots=True)
class Why:
    """Why an entry fired.

    `key` is the key (or decorator) as written, `message` how many messages back it stands (0 is the
    newest), `source` the entry whose text held it.
    """

    cause: Cause
    key: str = ""
    message: int | None = None
    source: LoreEntry | None = None


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """An entry as it was when the prompt was made. `book` is its book's name, `book_key` tells books apart."""

    entry: LoreEntry = field(repr=False)
    book: str
    book_key: str
    why: Why = field(repr=False)
    tokens: int = 0
