"""The form that makes or changes a persona: validation beside the field, nothing lost on the way out."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.persona import NAME_LIMIT, TRAIT_LIMIT, TRAITS_LIMIT, CommunicationStyle, PersonaCard
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, LineField, TextField


class PersonaForm(FramedDialog):
    """`save_requested` carries the PersonaCard; the owner answers with `saved` or `show_problem`."""

    save_requested = Signal(object)
    delete_requested = Signal()

    def __init__(
        self, *, themes: ThemeSource, card: PersonaCard | None, taken: frozenset[str], parent: QWidget
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=640)
        self.set_title(self.tr("New persona") if card is None else self.tr("Edit persona"))
        self._card = card or PersonaCard(name="")
        self._is_new = card is None
        self._taken = taken
        self._style = self._card.style
        self._asked_to_leave = False
        self.name = LineField(themes, accessible=self.tr("Name"), placeholder=self.tr("What is it called?"))
        self.tagline = LineField(themes, accessible=self.tr("Tagline"), placeholder=self.tr("One line for its card"))
        self.description = TextField(
            themes,
            accessible=self.tr("Description"),
            placeholder=self.tr("Who it is, where it comes from, how it behaves. The model acts on this."),
            lines=6,
        )
        self.traits = LineField(
            themes, accessible=self.tr("Traits"), placeholder=self.tr("curious, patient, a little sarcastic")
        )
        self.style_button = Button(themes, "", icon="chevron-down")
        self.style_text = LineField(
            themes, accessible=self.tr("Style in your words"), placeholder=self.tr("short sentences, dry humour")
        )
        self.greeting = TextField(
            themes,
            accessible=self.tr("Greeting"),
            placeholder=self.tr("The first thing it says. Leave it empty and it waits for you."),
            lines=3,
        )
        self._problems: dict[str, Label] = {}
        self.save = Button(themes, self.tr("Create") if self._is_new else self.tr("Save"), kind=Kind.PRIMARY)
        self.cancel = Button(themes, self.tr("Cancel"))
        self._fill()
        self._build()
        self._connect()
        self.validate()

    @property
    def changed(self) -> bool:
        """Whether anything differs from the card the form began with."""
        return self.card() != self._card

    def card(self) -> PersonaCard:
        """The card as the form stands."""
        return replace(
            self._card,
            name=self.name.line.text().strip(),
            tagline=self.tagline.line.text().strip(),
            description=self.description.text.toPlainText().strip(),
            traits=split_traits(self.traits.line.text()),
            style=self._style,
            style_text=self.style_text.line.text().strip(),
            greeting=self.greeting.text.toPlainText().strip(),
        )

    def validate(self) -> bool:
        """Say beside each field what is wrong with it."""
        card = self.card()
        problems = {"name": "", "traits": ""}
        if not card.name:
            problems["name"] = self.tr("A persona needs a name.") if self.changed else ""
        elif len(card.name) > NAME_LIMIT:
            problems["name"] = (
                self.tr("A name has up to %1 characters; this one has %2.")
                .replace("%1", str(NAME_LIMIT))
                .replace("%2", str(len(card.name)))
            )
        elif card.name.casefold() in self._taken:
            problems["name"] = self.tr("There is a persona of this name already.")
        if len(card.traits) > TRAITS_LIMIT:
            problems["traits"] = self.tr("Up to %s traits.") % TRAITS_LIMIT
        elif any(len(trait) > TRAIT_LIMIT for trait in card.traits):
            problems["traits"] = self.tr("A trait has up to %s characters.") % TRAIT_LIMIT
        for field, sentence in problems.items():
            self._show(field, sentence)
        sound = bool(card.name) and not any(problems.values())
        self.save.setEnabled(sound and (self.changed or self._is_new))
        self.note.setText(self.tr("Unsaved changes") if self.changed else "")
        return sound

    def show_problem(self, problem: UserFacingError) -> None:
        """Show why the store refused it; the form stays as it is."""
        field = problem.field if isinstance(problem, InvalidInput) else "name"
        self._show(field if field in self._problems else "name", f"{problem.sentence} {problem.next_step}".strip())
        self.save.setEnabled(True)

    def saved(self) -> None:
        self._asked_to_leave = True
        self.accept()

    def reject(self) -> None:
        """Escape and Cancel: unsaved changes ask for a second press."""
        if self.changed and not self._asked_to_leave:
            self._asked_to_leave = True
            self.note.setText(self.tr("Unsaved changes: press Cancel again to discard them"))
            self.note.set_ink("warn")
            self.cancel.set_text(self.tr("Discard"))
            return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.changed and not self._asked_to_leave:
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    # -- inside

    def _fill(self) -> None:
        self.name.line.setText(self._card.name)
        self.tagline.line.setText(self._card.tagline)
        self.description.text.set_text(self._card.description)
        self.traits.line.setText(", ".join(self._card.traits))
        self.style_text.line.setText(self._card.style_text)
        self.greeting.text.set_text(self._card.greeting)
        self._choose_style(self._style)

    def _build(self) -> None:
        style_row = QHBoxLayout()
        style_row.setSpacing(10)
        style_row.addWidget(self.style_button)
        style_row.addWidget(self.style_text, 1)
        style_row.addStretch(0)
        for key, caption, field in (
            ("name", self.tr("Name"), self.name),
            ("tagline", self.tr("Tagline"), self.tagline),
            ("description", self.tr("Description"), self.description),
            ("traits", self.tr("Traits, with commas between them"), self.traits),
            ("style", self.tr("Communication style"), style_row),
            ("greeting", self.tr("Greeting"), self.greeting),
        ):
            self.content.addSpacing(6)
            self.content.addWidget(Label(self.themes, caption, ink="muted"))
            if isinstance(field, QHBoxLayout):
                self.content.addLayout(field)
            else:
                self.content.addWidget(field)
            problem = Label(self.themes, ink="bad", wrap=True)
            problem.hide()
            self._problems[key] = problem
            self.content.addWidget(problem)
        self.content.addStretch(1)
        if not self._is_new:
            delete = Button(self.themes, self.tr("Move to trash"), kind=Kind.DANGER, icon="trash")
            delete.clicked.connect(self.delete_requested)
            self.buttons.addWidget(delete)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.save)

    def _connect(self) -> None:
        for field in (self.name, self.tagline, self.traits, self.style_text):
            field.changed.connect(self._touched)
        for area in (self.description, self.greeting):
            area.changed.connect(self._touched)
        self.style_button.clicked.connect(self._open_styles)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        for keys in (QKeySequence.StandardKey.Save, QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return)):
            QShortcut(keys, self).activated.connect(self._save)

    def _touched(self) -> None:
        self._asked_to_leave = False
        self.note.set_ink("faint")
        self.cancel.set_text(self.tr("Cancel"))
        self.validate()

    def _save(self) -> None:
        if self.validate():
            self.save.setEnabled(False)
            self.save_requested.emit(self.card())

    def _show(self, field: str, sentence: str) -> None:
        label = self._problems.get(field)
        if label is None:
            return
        label.setText(sentence)
        label.setVisible(bool(sentence))
        frame = {"name": self.name, "traits": self.traits}.get(field)
        if frame is not None:
            frame.set_wrong(bool(sentence))
            frame.line.setAccessibleDescription(sentence)

    def _style_names(self) -> dict[CommunicationStyle, str]:
        return {
            CommunicationStyle.FRIENDLY: self.tr("Friendly"),
            CommunicationStyle.CASUAL: self.tr("Casual"),
            CommunicationStyle.PROFESSIONAL: self.tr("Professional"),
            CommunicationStyle.SUPPORTIVE: self.tr("Supportive"),
            CommunicationStyle.MOTIVATIONAL: self.tr("Motivational"),
            CommunicationStyle.CUSTOM: self.tr("In my own words"),
        }

    def _open_styles(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self.themes.theme))
        group = QActionGroup(menu)
        for style, name in self._style_names().items():
            entry = QAction(name, menu)
            entry.setCheckable(True)
            entry.setChecked(style is self._style)
            entry.triggered.connect(lambda _checked=False, chosen=style: self._take_style(chosen))
            group.addAction(entry)
            menu.addAction(entry)
        menu.popup(self.style_button.mapToGlobal(self.style_button.rect().bottomLeft()))

    def _take_style(self, style: CommunicationStyle) -> None:
        self._choose_style(style)
        self._touched()
        if style is CommunicationStyle.CUSTOM:
            self.style_text.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_style(self, style: CommunicationStyle) -> None:
        self._style = style
        self.style_button.setText(self._style_names()[style])
        self.style_button.setAccessibleName(self.tr("Communication style: %s") % self.style_button.text())
        self.style_button.updateGeometry()
        self.style_text.setVisible(style is CommunicationStyle.CUSTOM)


def split_traits(text: str) -> tuple[str, ...]:
    """Comma-separated words, each once, in order."""
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := " ".join(part.split()))))
