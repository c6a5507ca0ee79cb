"""The chips below the palette's field that narrow which messages are found, and say which come first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.conversation import Role, SearchFilter, SearchOrder
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.flow import FlowLayout


class Narrowing(QWidget):
    """`changed` comes when another choice is made by hand."""

    changed = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._here: PersonaSummary | None = None
        self.here = Chip(themes, "")
        self.mine = Chip(themes, self.tr("From you"))
        self.theirs = Chip(themes, self.tr("From personas"))
        self.week = Chip(themes, self.tr("Past week"))
        self.month = Chip(themes, self.tr("Past month"))
        self.code = Chip(themes, self.tr("Has code"))
        self.starred = Chip(themes, self.tr("Starred"), icon="star")
        self.best = Chip(themes, self.tr("Best first"))
        self.best.setToolTip(self.tr("The messages that say the words most often and closest together, not the newest"))
        layout = FlowLayout(self, spacing_px=6)
        self._all = (self.here, self.mine, self.theirs, self.week, self.month, self.code, self.starred, self.best)
        for chip in self._all:
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.clicked.connect(self._choose)
            layout.addWidget(chip)
        self.setAccessibleName(self.tr("Narrow the messages"))

    def begin(self, here: PersonaSummary | None) -> None:
        """Narrow nothing; offer whom the chat on screen is with."""
        self._here = here
        for chip in self._all:
            chip.setChecked(False)
        self.here.setVisible(here is not None)
        if here is not None:
            self.here.set_text(self.tr("Only %s") % here.shown_name)

    @property
    def persona_id(self) -> PersonaId | None:
        return self._here.id if self._here is not None and self.here.isChecked() else None

    @property
    def order(self) -> SearchOrder:
        return SearchOrder.RELEVANCE if self.best.isChecked() else SearchOrder.NEWEST

    def narrowed(self, only: SearchFilter) -> SearchFilter:
        """The same filter, with what is chosen here."""
        if self.mine.isChecked():
            only = replace(only, role=Role.USER)
        elif self.theirs.isChecked():
            only = replace(only, role=Role.PERSONA)
        days = 7 if self.week.isChecked() else 31 if self.month.isChecked() else 0
        if days:
            only = replace(only, since=datetime.now(UTC) - timedelta(days=days))
        return replace(
            only,
            has_code=only.has_code or self.code.isChecked(),
            starred=only.starred or self.starred.isChecked(),
        )

    def _choose(self) -> None:
        chosen = self.sender()
        for one, other in ((self.mine, self.theirs), (self.week, self.month)):
            if chosen is one:
                other.setChecked(False)
            elif chosen is other:
                one.setChecked(False)
        self.changed.emit()
