"""What changed between two versions of a card: field by field, and word by word."""

import re
from dataclasses import dataclass, fields
from difflib import SequenceMatcher

from personadesk.domain.persona import PersonaCard
from personadesk.domain.voice import VoiceChoice

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 3000
"""Beyond it only the common beginning and end are told: a comparison takes the square of the words' number."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `marked` where the other text has not the same."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`field` is the card's own name of it, "avatar" for the picture, which has no words."""

    field: str
    before: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()


def changed_fields(before: PersonaCard, after: PersonaCard) -> tuple[str, ...]:
    """The names of the fields that differ, in the card's order."""
    return tuple(field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name))


def compare(before: PersonaCard, after: PersonaCard) -> tuple[FieldChange, ...]:
    """May take a second for long texts: not for the GUI thread."""
    return tuple(
        FieldChange(name, *compare_texts(_text(getattr(before, name)), _text(getattr(after, name))))
        for name in changed_fields(before, after)
        if name != "raw_json"
    )


def compare_texts(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces; joined, they are the texts again."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old_rest, new_rest = old[start : len(old) - end], new[start : len(new) - end]
    left, right = [Piece("".join(old[:start]), False)], [Piece("".join(new[:start]), False)]
    if max(len(old_rest), len(new_rest)) > MOST_WORDS:
        left.append(Piece("".join(old_rest), True))
        right.append(Piece("".join(new_rest), True))
    else:
        matcher = SequenceMatcher(None, old_rest, new_rest, autojunk=False)
        for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            left.append(Piece("".join(old_rest[old_from:old_to]), kind != "equal"))
            right.append(Piece("".join(new_rest[new_from:new_to]), kind != "equal"))
    left.append(Piece("".join(old[len(old) - end :]), False))
    right.append(Piece("".join(new[len(new) - end :]), False))
    return tuple(piece for piece in left if piece.text), tuple(piece for piece in right if piece.text)


def _common(left: list[str], right: list[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    if isinstance(value, VoiceChoice):
        return "\n".join(f"{field.name}: {getattr(value, field.name)}" for field in fields(value))
    return str(value)
