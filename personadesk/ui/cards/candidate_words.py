"""Cards and what becomes of them, in words."""

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.card_contents import CardContents, CardKind
from personadesk.domain.card_import import CardCandidate, CardDecision, CardMatch


def _tr(text: str) -> str:
    return QCoreApplication.translate("CandidateWords", text)


def decision_word(decision: CardDecision, candidate: CardCandidate | None = None) -> str:
    if decision is CardDecision.ADD:
        taken = candidate is not None and candidate.match is not CardMatch.NEW
        return _tr("Keep both") if taken else _tr("Import")
    return _tr("Update") if decision is CardDecision.UPDATE else _tr("Skip")


def bulk_word(decision: CardDecision) -> str:
    """A decision for all of those that are here already."""
    return _tr("Keep both") if decision is CardDecision.ADD else decision_word(decision)


def match_words(candidate: CardCandidate) -> str:
    """Whether it is here already, "" for what is new."""
    name = candidate.existing_name
    return {
        CardMatch.NEW: "",
        CardMatch.SAME_FILE: _tr("Here already: %s came from this very file") % name,
        CardMatch.SAME_CARD: _tr("Another version of %s, who is here") % name,
        CardMatch.SAME_NAME: _tr("There is a %s by somebody else") % name,
    }[candidate.match]


def kind_words(contents: CardContents) -> str:
    return {
        CardKind.V1: _tr("Character Card V1"),
        CardKind.V2: _tr("Character Card V2"),
        CardKind.V3: _tr("Character Card V3"),
        CardKind.PYGMALION: _tr("Pygmalion card"),
        CardKind.BOT: _tr("A bot's persona"),
    }[contents.kind]


def along_words(contents: CardContents) -> list[str]:
    """What comes along, a line each."""
    number = QLocale().toString
    lines = []
    if contents.greetings == 1:
        lines.append(_tr("One greeting"))
    elif contents.greetings:
        lines.append(_tr("%s greetings") % number(contents.greetings))
    else:
        lines.append(_tr("No greeting: it waits for you"))
    if contents.lorebook_entries >= 0:
        name = f" “{contents.lorebook_name}”" if contents.lorebook_name else ""
        lines.append(
            _tr("A lorebook%1 with %2 entries").replace("%1", name).replace("%2", number(contents.lorebook_entries))
        )
    for tally in contents.assets:
        line = _tr("%1 of kind %2").replace("%1", number(tally.count)).replace("%2", tally.kind or _tr("file"))
        if tally.absent:
            line += " " + _tr("(%s on the web or lost: nothing is fetched)") % number(tally.absent)
        lines.append(line)
    if len(contents.unknown_keys) == 1:
        lines.append(_tr("One key of another program, kept as it is"))
    elif contents.unknown_keys:
        lines.append(_tr("%s keys of other programs, kept as they are") % number(len(contents.unknown_keys)))
    return lines
