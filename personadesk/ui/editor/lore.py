"""What it knows only when the conversation comes to it: its own lorebook and the shared ones it reads."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from personadesk.domain.persona import PersonaCard
from personadesk.ui.editor.bound import pass_undo_on
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.lorebook.section import LorebookSection


class LoreSection(Section):
    key = SectionKey.LOREBOOK
    wide = True

    def sentence(self) -> str:
        return self.tr("What it knows only when the conversation comes to it.")

    def build(self) -> None:
        desk, persona = self.work.desk, self.work.contents.persona
        self.lore = LorebookSection(
            bridge=desk.bridge,
            service=desk.lorebooks,
            themes=self.themes,
            persona_id=persona.id if persona is not None else None,
        )
        for line in self.lore.findChildren(QLineEdit):
            pass_undo_on(line)
        for text in self.lore.findChildren(QPlainTextEdit):
            pass_undo_on(text)
            text.setUndoRedoEnabled(False)
        self.column.addSpacing(10)
        self.column.addWidget(self.lore)
        self.lore.set_book(self.work.state.book)
        self.lore.changed.connect(self._take_book)
        self.lore.shelf_requested.connect(self.shelf_requested)

    def show_card(self, card: PersonaCard) -> None:
        if self.lore.book() != self.work.state.book:
            self.lore.set_book(self.work.state.book)

    def set_read_only(self) -> None:
        self.lore.editor.setEnabled(False)

    def reveal(self, name: str) -> None:
        self.lore.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_book(self, field: str) -> None:
        self.work.state.put_book(field, self.lore.book())
