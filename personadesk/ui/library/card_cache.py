"""Painted cards, kept while they are likely to be seen again."""

from collections import OrderedDict
from collections.abc import Hashable

from PySide6.QtGui import QPixmap

from personadesk.domain.ids import PersonaId

BUDGET_BYTES = 32_000_000


class CardCache:
    """A card's pixmap beside all that it was painted from: anything else by now, and it is not given out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[PersonaId, tuple[Hashable, object, QPixmap]] = OrderedDict()
        self._bytes = 0

    def find(self, persona_id: PersonaId, look: Hashable, content: object) -> QPixmap | None:
        """`look` is compared by value, `content` by identity."""
        found = self._kept.get(persona_id)
        if found is None or found[1] is not content or found[0] != look:
            return None
        self._kept.move_to_end(persona_id)
        return found[2]

    def keep(self, persona_id: PersonaId, look: Hashable, content: object, pixmap: QPixmap) -> None:
        self.drop(persona_id)
        self._kept[persona_id] = (look, content, pixmap)
        self._bytes += _bytes(pixmap)
        while self._bytes > BUDGET_BYTES and len(self._kept) > 1:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1][2])

    def drop(self, persona_id: PersonaId) -> None:
        found = self._kept.pop(persona_id, None)
        if found is not None:
            self._bytes -= _bytes(found[2])

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
