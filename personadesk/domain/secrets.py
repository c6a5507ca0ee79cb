"""Keys of services: where they are kept, and why one can't be had."""

from dataclasses import dataclass
from enum import StrEnum

from personadesk.domain.errors import UserFacingError

ELEVENLABS = "elevenlabs"


class KeptIn(StrEnum):
    KEYRING = "keyring"
    """The system's own."""
    FILE = "file"
    """An encrypted file in the data folder, under a passphrase that is asked for once in a session."""
    SESSION = "session"
    """This program's memory, until it ends."""


@dataclass(frozen=True, slots=True)
class SecretsStatus:
    """Where keys go. `agreed` is False where there is no keyring and the user has not chosen what to use instead.

    `locked` means a file that waits for its passphrase. `sentence` says it in words.
    """

    kept_in: KeptIn
    keyring_works: bool
    agreed: bool = True
    locked: bool = False
    sentence: str = ""


class SecretsError(UserFacingError):
    """A key can't be read or kept. Its text never holds the key."""
