"""How a persona stands with a person, in one line."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from personadesk.domain.memory import Acquaintance, AffectionStage


def _tr(text: str) -> str:
    return QCoreApplication.translate("Memory", text)


def standing_words(acquaintance: Acquaintance, known_as: str) -> str:
    """Stage, affection, since when, how often, and by which name; "" where nothing is known."""
    locale = QLocale()
    parts = [_stage(acquaintance)]
    if acquaintance.affection is not None:
        parts.append(_tr("%s of 100") % locale.toString(round(acquaintance.affection)))
    if acquaintance.first_met is not None:
        met = QDateTime.fromSecsSinceEpoch(int(acquaintance.first_met.timestamp()))
        parts.append(_tr("met %s") % locale.toString(met, "d MMM yyyy"))
    if acquaintance.interactions:
        parts.append(_tr("%s talks") % locale.toString(acquaintance.interactions))
    if acquaintance.known_as and known_as:
        parts.append(_tr("knows you as %s") % f"\u2068{known_as}\u2069")
    return " · ".join(part for part in parts if part)


def _stage(acquaintance: Acquaintance) -> str:
    stage = acquaintance.stage
    if not stage:
        return "" if acquaintance.affection is None else _names()[AffectionStage.of(acquaintance.affection)]
    known = stage in set(AffectionStage)
    return _names()[AffectionStage(stage)] if known else stage.replace("_", " ").capitalize()


def _names() -> dict[AffectionStage, str]:
    return {
        AffectionStage.STRANGER: _tr("Stranger"),
        AffectionStage.ACQUAINTANCE: _tr("Acquaintance"),
        AffectionStage.FRIEND: _tr("Friend"),
        AffectionStage.CLOSE_FRIEND: _tr("Close friend"),
        AffectionStage.BEST_FRIEND: _tr("Best friend"),
    }
