"""Who it is: names, picture, a line and a description for its card, tags."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from personadesk.domain.library import TAG_LIMIT
from personadesk.domain.persona import CARD_DESCRIPTION_LIMIT, PersonaCard
from personadesk.ui.avatar.field import AvatarField
from personadesk.ui.editor.bound import BoundLine, BoundText
from personadesk.ui.editor.chip_field import ChipField
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.state import AVATAR
from personadesk.ui.widgets.fields import Label


class BasicsSection(Section):
    key = SectionKey.BASICS

    def sentence(self) -> str:
        return self.tr("What it is called, and what its card in the library shows.")

    def build(self) -> None:
        self._add_avatar()
        self.name = BoundLine(self.themes, accessible=self.tr("Name"), placeholder=self.tr("What is it called?"))
        self.display_name = BoundLine(
            self.themes, accessible=self.tr("Display name"), placeholder=self.tr("The same as the name")
        )
        self._add_names()
        self.tagline = BoundLine(
            self.themes, accessible=self.tr("Tagline"), placeholder=self.tr("One line for its card")
        )
        self.add_field("tagline", self.tagline)
        self.description = BoundText(
            self.themes,
            accessible=self.tr("Description"),
            placeholder=self.tr("Who it is, where it comes from, how it behaves. The model acts on this."),
            lines=8,
        )
        self.length = Label(self.themes, ink="faint")
        self.add_field("description", self.description, beside=self.length)
        self.folded = Label(self.themes, ink="muted", wrap=True)
        self.column.addWidget(self.folded)
        self.tags = ChipField(
            self.themes,
            accessible=self.tr("Tags"),
            placeholder=self.tr("Add a tag"),
            known=self.work.contents.tags,
            limit=TAG_LIMIT,
        )
        self.add_field("tags", self.tags, sentence=self.tr("Tags sort the library. The model never reads them."))
        self.work.state.changed.connect(self._show_length)
        self._show_length()

    @property
    def waiting(self) -> str:
        return self.tr("The picture is still being read. Save again in a moment.") if self.avatar.waits else ""

    def show_card(self, card: PersonaCard) -> None:
        super().show_card(card)
        self.avatar.set_choice(self.work.state.avatar)
        self._show_length()

    def reveal(self, name: str) -> None:
        if name == AVATAR:
            self.avatar.setFocus(Qt.FocusReason.OtherFocusReason)
            self.show_widget(self.avatar)
        else:
            super().reveal(name)

    def set_read_only(self) -> None:
        super().set_read_only()
        self.avatar.setEnabled(False)

    # -- inside

    def _add_avatar(self) -> None:
        desk, persona = self.work.desk, self.work.contents.persona
        self.avatar = AvatarField(
            themes=self.themes, bridge=desk.bridge, avatars=desk.avatars, reader=desk.reader, pictures=desk.pictures
        )
        self.avatar.set_persona(self.work.state.card.shown_name, persona.avatar if persona is not None else "")
        self.column.addSpacing(8)
        self.column.addWidget(self.avatar)
        self.avatar.changed.connect(self._take_avatar)

    def _take_avatar(self) -> None:
        self.work.state.put_avatar(self.avatar.choice)

    def _add_names(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(14)
        for name, field in (("name", self.name), ("display_name", self.display_name)):
            column = QVBoxLayout()
            column.setSpacing(6)
            self.add_field(name, field, into=column)
            column.addStretch(1)
            row.addLayout(column, 1)
        self.column.addLayout(row)

    def _show_length(self) -> None:
        card = self.work.state.card
        length = len(card.description)
        self.length.setText(f"{length:,}" if length else "")
        over = length > CARD_DESCRIPTION_LIMIT
        self.folded.setVisible(over)
        self.folded.setText(
            self.tr("The card shows the first %s characters; the rest is kept, folded, and the model reads all of it.")
            % CARD_DESCRIPTION_LIMIT
            if over
            else ""
        )
        self.avatar.set_name(card.shown_name)
