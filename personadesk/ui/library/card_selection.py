"""Which cards are selected: by persona, so that a new order or a fresh reading changes nothing."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Signal

from personadesk.domain.ids import PersonaId
from personadesk.ui.library.card_model import CardModel


class CardSelection(QObject):
    """What is not shown any more is not selected any more: whatever is done is done to what can be seen.

    `mode` says that a click selects instead of opening a chat.
    """

    changed = Signal()

    def __init__(self, model: CardModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._ids: frozenset[PersonaId] = frozenset()
        self._anchor: PersonaId | None = None
        self._mode = False

    def __contains__(self, persona_id: PersonaId) -> bool:
        return persona_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def mode(self) -> bool:
        return self._mode or bool(self._ids)

    @property
    def held(self) -> frozenset[PersonaId]:
        return self._ids

    def ids(self) -> list[PersonaId]:
        """In the order shown."""
        return sorted(self._ids, key=self._model.row_of)

    def begin(self) -> None:
        """Let clicks select, until `clear`."""
        self._mode = True
        self.changed.emit()

    def clear(self) -> None:
        self._anchor = None
        was, self._mode = self._mode, False
        if self._ids or was:
            self._ids = frozenset()
            self.changed.emit()

    def toggle(self, row: int) -> None:
        summary = self._model.summary(row)
        if summary is not None:
            self._anchor = summary.id
            self.set_ids(self._ids ^ {summary.id})

    def anchor_at(self, row: int) -> None:
        """From here a range is counted."""
        summary = self._model.summary(row)
        self._anchor = summary.id if summary is not None else None

    def extend_to(self, row: int, *, add: bool = False) -> None:
        """Select from the anchor to this row; with `add` what is selected elsewhere stays."""
        start = self._model.row_of(self._anchor) if self._anchor is not None else -1
        if start < 0:
            start = row
            self.anchor_at(row)
        reached = frozenset(self._model.ids()[min(start, row) : max(start, row) + 1])
        self.set_ids(self._ids | reached if add else reached)

    def select_all(self) -> None:
        self.set_ids(self._model.ids())

    def set_ids(self, persona_ids: Iterable[PersonaId]) -> None:
        ids = frozenset(persona_ids)
        if ids != self._ids:
            self._ids = ids
            self.changed.emit()

    def keep_shown(self) -> None:
        if self._ids:
            self.set_ids(self._ids.intersection(self._model.ids()))

    def show_in(self, selection: QItemSelectionModel) -> None:
        """Mirror it in a view's own model: what a screen reader asks."""
        shown = QItemSelection()
        rows = sorted(row for row in map(self._model.row_of, self._ids) if row >= 0)
        start = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at] != rows[at - 1] + 1:
                shown.select(self._model.index(rows[start]), self._model.index(rows[at - 1]))
                start = at
        selection.select(shown, QItemSelectionModel.SelectionFlag.ClearAndSelect)
