"""Who reads a shared book."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.ids import PersonaId
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.library.search_text import search_key
from personadesk.ui.lorebook.controls import Switch
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.wizard.row_model import plain

SEARCHED_FROM = 8
LONGEST_NAME = 48


class ReadersDialog(FramedDialog):
    """`chosen` carries the frozenset of those who read it."""

    chosen = Signal(object)

    def __init__(
        self, *, themes: ThemeSource, book: ShelvedBook, personas: Sequence[tuple[PersonaId, str]], parent: QWidget
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=420)
        self.set_title(self.tr("Who reads it"))
        self.content.addWidget(Label(themes, plain(book.name), ink="muted", elide=True))
        self.search = SearchField(themes, placeholder=self.tr("Search personas"))
        self.search.setVisible(len(personas) >= SEARCHED_FROM)
        self.search.changed.connect(self._search)
        self.content.addWidget(self.search)
        self.switches: dict[PersonaId, Switch] = {}
        for persona_id, name in personas:
            shown = plain(name)
            switch = Switch(themes, shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…")
            switch.setChecked(persona_id in book.shared_with)
            self.switches[persona_id] = switch
            self.content.addWidget(switch)
        if not personas:
            self.content.addWidget(Label(themes, self.tr("There is no persona yet. Make one first."), wrap=True))
        self.content.addStretch(1)
        cancel = Button(themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save = Button(themes, self.tr("Save"), kind=Kind.PRIMARY)
        self.save.clicked.connect(self._save)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.save)

    def _search(self, query: str) -> None:
        words = search_key(query).split()
        for switch in self.switches.values():
            name = search_key(switch.accessibleName())
            switch.setVisible(all(word in name for word in words))

    def _save(self) -> None:
        self.chosen.emit(frozenset(item for item, switch in self.switches.items() if switch.isChecked()))
        self.accept()
