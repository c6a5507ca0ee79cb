"""Bringing card files in: what each would do, what the user decided, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from personadesk.domain.card_contents import CardContents
from personadesk.domain.ids import PersonaId


class CardMatch(StrEnum):
    """What is in the library of a card already."""

    NEW = "new"
    SAME_FILE = "same_file"
    """A persona was brought in from a file of the same content."""
    SAME_CARD = "same_card"
    """A persona of the same name and creator."""
    SAME_NAME = "same_name"
    """A persona of that name by somebody else."""


class CardDecision(StrEnum):
    ADD = "add"
    """A new persona; where its name is taken, under the next free one."""
    UPDATE = "update"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class CardCandidate:
    """A file and what it would become.

    `content` is b"" for a file on disk, which is read again when it is brought in; `path` is None for what was
    pasted. `contents` is None for a file that is refused: then `problem` says why. `existing_id` is the persona
    that `match` means. `is_picture` is a whole picture that carries no card.
    """

    name: str
    path: Path | None
    size: int
    sha256: str
    contents: CardContents | None = None
    card_name: str = ""
    problem: str = ""
    is_picture: bool = False
    match: CardMatch = CardMatch.NEW
    existing_id: PersonaId | None = None
    existing_name: str = ""
    content: bytes = field(default=b"", repr=False)

    @property
    def decisions(self) -> tuple[CardDecision, ...]:
        """What may be decided, the default first."""
        match self.match:
            case _ if self.contents is None:
                return (CardDecision.SKIP,)
            case CardMatch.NEW:
                return (CardDecision.ADD, CardDecision.SKIP)
            case CardMatch.SAME_FILE:
                return (CardDecision.SKIP, CardDecision.ADD)
            case CardMatch.SAME_CARD:
                return (CardDecision.UPDATE, CardDecision.ADD, CardDecision.SKIP)
            case CardMatch.SAME_NAME:
                return (CardDecision.ADD, CardDecision.SKIP)


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """What came of one file. `persona_id` is None where nothing was brought in: then `problem` says why, or it is ""
    for one that was skipped. `note` says what of a card that came in did not."""

    name: str
    decision: CardDecision
    persona_id: PersonaId | None = None
    persona_name: str = ""
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CardReport:
    """`stopped` is true where the user ended it: what had come in by then stays."""

    outcomes: tuple[CardOutcome, ...]
    stopped: bool = False

    def count(self, decision: CardDecision) -> int:
        return sum(item.decision is decision and not item.problem for item in self.outcomes)

    @property
    def failed(self) -> int:
        return sum(bool(item.problem) for item in self.outcomes)


@dataclass(frozen=True, slots=True)
class PictureProblem:
    """A card that is in the library without its picture, and why; `name` is its file's."""

    persona_id: PersonaId
    name: str
    problem: str


def with_notes(report: CardReport, problems: Iterable[PictureProblem]) -> CardReport:
    """The report with what was found of its pictures since."""
    notes = {item.persona_id: item.problem for item in problems}
    outcomes = (
        replace(item, note=notes[item.persona_id]) if item.persona_id in notes else item for item in report.outcomes
    )
    return replace(report, outcomes=tuple(outcomes))
