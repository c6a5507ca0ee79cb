"""What may go with a message, and how much of it is read."""

from dataclasses import dataclass, field

FILE_LIMIT = 20 * 1024 * 1024
"""Bytes of one file."""
TEXT_LIMIT = 200_000
"""Characters that are read out of one file: more than any model here takes at once."""
WAITING_LIMIT = 10
"""Files in one message."""
PICTURE_LIMIT = 4
"""Pictures that a model is shown at once, the newest."""
PICTURE_TOKENS = 1_500
"""What one of 1024 x 1024 px takes of a context, with the service that counts the most."""
CHARACTERS_PER_TOKEN = 4
"""Of ordinary prose and code: for an estimate beside a file, before a model counts."""


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What was read out of a document. `cut` says that it goes on beyond TEXT_LIMIT; `pages` is 0 where it has none.

    `guessed` is the encoding it was read in where nothing in the file says which it is.
    """

    text: str = field(repr=False)
    pages: int = 0
    cut: bool = False
    guessed: str = ""


def estimated_tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
