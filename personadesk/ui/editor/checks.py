"""What is wrong with a card, in words, field by field."""

from PySide6.QtCore import QCoreApplication

from personadesk.domain.persona import DISPLAY_NAME_LIMIT, NAME_LIMIT, TRAIT_LIMIT, TRAITS_LIMIT, PersonaCard


def problems_of(card: PersonaCard, taken: frozenset[str]) -> dict[str, str]:
    """Field → sentence. `taken` are the other personas' names, casefolded."""
    found = {
        "name": _name_problem(" ".join(card.name.split()), taken),
        "display_name": _display_name_problem(" ".join(card.display_name.split())),
        "traits": _traits_problem(card.traits),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _name_problem(name: str, taken: frozenset[str]) -> str:
    if not name:
        return _tr("A persona needs a name.")
    if len(name) > NAME_LIMIT:
        return _too_long(_tr("A name has up to %1 characters; this one has %2."), NAME_LIMIT, len(name))
    if name.casefold() in taken:
        return _tr("There is a persona of this name already.")
    return ""


def _display_name_problem(name: str) -> str:
    if len(name) > DISPLAY_NAME_LIMIT:
        return _too_long(_tr("A display name has up to %1 characters; this one has %2."), DISPLAY_NAME_LIMIT, len(name))
    return ""


def _traits_problem(traits: tuple[str, ...]) -> str:
    if len(traits) > TRAITS_LIMIT:
        return _too_long(_tr("Up to %1 traits; these are %2. Take some away."), TRAITS_LIMIT, len(traits))
    longest = max(traits, key=len, default="")
    if len(longest) > TRAIT_LIMIT:
        sentence = _too_long(_tr("A trait has up to %1 characters; “%3…” has %2."), TRAIT_LIMIT, len(longest))
        return sentence.replace("%3", longest[:20])
    return ""


def _too_long(sentence: str, limit: int, length: int) -> str:
    return sentence.replace("%1", str(limit)).replace("%2", str(length))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Editor", text)
