"""The orders that cards can stand in."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QCollator, QCollatorSortKey, QLocale, Qt

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.roster import Roster


class SortOrder(StrEnum):
    RECENT = "recent"
    NAME = "name"
    CREATED = "created"
    MOST_TALKED = "most_talked"


def name_order() -> QCollator:
    """How names are compared: by the user's language, "Ada 9" before "Ada 10", capitals alike."""
    locale = QLocale()
    # The C locale compares code points: no order of names that anyone knows.
    collator = QCollator(locale if locale.language() != QLocale.Language.C else QLocale(QLocale.Language.English))
    collator.setNumericMode(True)
    collator.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return collator


class CardOrders:
    """Every persona of the roster, sorted once and kept until somebody's place may be another."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._collator = name_order()
        self._names: dict[PersonaId, tuple[str, QCollatorSortKey]] = {}
        self._sorted: dict[SortOrder, list[PersonaId]] = {}

    def sorted_by(self, order: SortOrder) -> list[PersonaId]:
        """Not to be changed by the caller."""
        if order not in self._sorted:
            people = self._roster.personas.values()
            keys = self._keys(order, people)
            # By id first: a sort keeps the order of what is equal.
            by_id = sorted(keys, reverse=order is SortOrder.CREATED)
            self._sorted[order] = sorted(by_id, key=keys.__getitem__)
        return self._sorted[order]

    def forget(self) -> None:
        """Somebody came, went or changed."""
        self._sorted.clear()

    def _keys(self, order: SortOrder, people: Iterable[PersonaSummary]) -> Mapping[PersonaId, Any]:
        if order is SortOrder.NAME:
            self._names = {item.id: self._name_key(item) for item in people}
            return {key: collated for key, (_, collated) in self._names.items()}
        if order is SortOrder.CREATED:
            return {item.id: -item.created_at.timestamp() for item in people}
        if order is SortOrder.MOST_TALKED:
            return {item.id: -item.message_count for item in people}
        return {item.id: -item.last_message_at.timestamp() if item.last_message_at else 0.0 for item in people}

    def _name_key(self, summary: PersonaSummary) -> tuple[str, QCollatorSortKey]:
        known = self._names.get(summary.id)
        if known is not None and known[0] == summary.shown_name:
            return known
        return summary.shown_name, self._collator.sortKey(summary.shown_name)
