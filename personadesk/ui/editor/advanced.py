"""What stands beside the persona: who made it, where from, and the card it came as."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.persona import PersonaCard
from personadesk.services.persona_editing import CardInsides
from personadesk.ui.editor.bound import Bound, BoundLine, BoundText, pass_undo_on
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.raw_view import RawView
from personadesk.ui.editor.section import Section
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label, LineField

MOST_KEYS = 40


class SourceField(Bound):
    """A tuple of ids or addresses that only grows."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._sources: tuple[str, ...] = ()
        self.shown = Label(themes, wrap=True)
        self.field = LineField(
            themes, accessible=self.tr("Another source"), placeholder=self.tr("An address or a name")
        )
        pass_undo_on(self.field.line)
        self.add = Button(themes, self.tr("Add"), icon="plus")
        self.add.clicked.connect(self._add)
        self.field.line.returnPressed.connect(self._add)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.add)
        self.column.addWidget(self.shown)
        self.column.addWidget(self._row)
        self.setFocusProxy(self.field)

    @property
    def target(self) -> QWidget:
        return self.field.line

    def put(self, value: object) -> None:
        if isinstance(value, tuple):
            self._sources = value
            self.shown.setText("\n".join(value))
            self.shown.setVisible(bool(value))

    def set_read_only(self, read_only: bool) -> None:
        self._row.setVisible(not read_only)

    def _add(self) -> None:
        source = self.field.line.text().strip()
        if source:
            self.field.line.clear()
            self.put((*self._sources, source))
            self.edited.emit(self._sources)


class AdvancedSection(Section):
    key = SectionKey.ADVANCED

    def sentence(self) -> str:
        return self.tr("Who made it and where it comes from. Of this the model reads the nickname alone.")

    def build(self) -> None:
        self.nickname = self._line(self.tr("Nickname"), self.tr("The same as the name"))
        self.add_field(
            "nickname", self.nickname, sentence=self.tr("What {{char}} stands for, where it is not the name.")
        )
        self.creator = self._line(self.tr("Creator"), "")
        self.version = self._line(self.tr("Version"), "")
        row = QHBoxLayout()
        row.setSpacing(14)
        for name, field in (("creator", self.creator), ("character_version", self.version)):
            column = QVBoxLayout()
            column.setSpacing(6)
            self.add_field(name, field, into=column)
            row.addLayout(column, 1)
        self.column.addLayout(row)
        self.notes = BoundText(
            self.themes,
            accessible=self.tr("Creator's notes"),
            placeholder=self.tr("For whoever uses this persona. The model never reads them."),
            lines=4,
        )
        self.add_field("creator_notes", self.notes)
        self.source = SourceField(self.themes)
        self.add_field(
            "source", self.source, sentence=self.tr("Sources are added and never taken away, so credit stays.")
        )
        self._add_card()

    def _line(self, accessible: str, placeholder: str) -> BoundLine:
        return BoundLine(self.themes, accessible=accessible, placeholder=placeholder)

    def _add_card(self) -> None:
        """The card it came as, where it came as one."""
        self._raw_json = ""
        self._card = QWidget()
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(0, 16, 0, 0)
        inside.setSpacing(6)
        inside.addWidget(Label(self.themes, self.tr("Card as received"), bold=True))
        self.known = Label(self.themes, ink="muted", wrap=True)
        inside.addWidget(self.known)
        self.raw = RawView(self.themes)
        inside.addWidget(self.raw)
        self.column.addWidget(self._card)
        self._card.hide()

    def show_card(self, card: PersonaCard) -> None:
        super().show_card(card)
        if card.raw_json != self._raw_json:
            self._raw_json = card.raw_json
            desk = self.work.desk
            desk.bridge.run(desk.editing.insides(card.raw_json), owner=self, then=self._show_insides)

    def _show_insides(self, insides: CardInsides) -> None:
        self._card.setVisible(bool(insides.text))
        self.raw.show_insides(insides)
        words = [
            self.tr("What you change is laid over it when it is exported; all the rest goes out as it came in."),
        ]
        if insides.extensions:
            words.append(self.tr("Extensions: %s") % _listed(insides.extensions))
        if insides.unknown_keys:
            words.append(self.tr("Keys this program does not know: %s") % _listed(insides.unknown_keys))
        self.known.setText("\n".join(words))


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(keys[:MOST_KEYS]) + (" …" if len(keys) > MOST_KEYS else "")
