"""A bot's names for its personas: folders, the stems of card files, and what may be one."""

import unicodedata

from personadesk.domain.errors import InvalidInput
from personadesk.formats.exact_json import storable

PERSONA_ID_LIMIT = 100

_RESERVED = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
    )
)


def persona_stem(folder_name: str) -> tuple[str, ...]:
    """The stems of the card that a persona's folder may belong to: its name, and that without a framework's."""
    stem, _, framework = folder_name.rpartition("_")
    return (folder_name, stem) if stem.strip("_") and framework else (folder_name,)


def shown_name(stem: str) -> str:
    """A stem as a name: "dagoth_ur" is "Dagoth Ur"; capitals that are there stay."""
    spaced = "".join(" " if letter in "_-" or _is_control(letter) else letter for letter in storable(stem))
    return " ".join(word[:1].upper() + word[1:] for word in spaced.split())


def check_persona_id(text: str) -> None:
    """Raise InvalidInput for what can't be a folder's name on every system, or would leave its place."""
    if not text.strip():
        raise _refused("A persona's id can't be empty.")
    if not text.strip(" ."):
        raise _refused("A persona's id can't be made of dots alone.")
    if "/" in text or "\\" in text or ":" in text:
        raise _refused("A persona's id can't hold a slash, a backslash or a colon.")
    if any(_is_control(letter) for letter in text):
        raise _refused("A persona's id can't hold control characters.")
    if storable(text) != text:
        raise _refused("A persona's id has to be text.")
    if text.partition(".")[0].strip().casefold() in _RESERVED:
        raise _refused("Windows keeps that name for a device.")
    if len(text) > PERSONA_ID_LIMIT:
        raise _refused(f"A persona's id has at most {PERSONA_ID_LIMIT} characters.")


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc"


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput("persona", sentence, "Give the name of the persona's folder, such as dagoth_ur.")
