"""In what form a conversation is saved as a file."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from personadesk.domain.chat_file import ChatFormat
from personadesk.ui.cards.export_dialog import radio_style
from personadesk.ui.chat.conversation_words import messages_words
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

HEIGHT_PX = 560
INDENT_PX = 26


class ChatExportDialog(FramedDialog):
    """`chosen` carries the form, and whether only what is selected is wanted."""

    chosen = Signal(object, bool)  # ChatFormat

    def __init__(self, *, themes: ThemeSource, title: str, selected: int, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=520)
        self.set_title(self.tr("Export “%s”") % title if title else self.tr("Export"))
        self._rows = QWidget()
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        self.extents = QButtonGroup(self)
        self.whole = QRadioButton(self.tr("The whole conversation"))
        self.some = QRadioButton(self.tr("Only what is selected: %s") % messages_words(selected))
        if selected:
            for button in (self.whole, self.some):
                self.extents.addButton(button)
                self._list.addWidget(button)
            self._list.addSpacing(12)
        self.whole.setChecked(True)
        self.forms = QButtonGroup(self)
        self.choices: dict[ChatFormat, QRadioButton] = {}
        for form in ChatFormat:
            self._offer(form)
        first = self.choices[ChatFormat.SILLYTAVERN]
        first.setChecked(True)
        self.content.addWidget(self._rows)
        self.content.addStretch(1)
        cancel = Button(themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save = Button(themes, self.tr("Save…"), kind=Kind.PRIMARY)
        self.save.clicked.connect(self._choose)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.save)
        themes.changed.connect(self._dress)
        self._dress(themes.theme)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer(self, form: ChatFormat) -> None:
        name, hint = self._words(form)
        button = QRadioButton(name)
        button.setAccessibleDescription(hint)
        self.forms.addButton(button)
        self.choices[form] = button
        explained = Label(self.themes, hint, ink="muted", wrap=True)
        left, right = (0, INDENT_PX) if self.isRightToLeft() else (INDENT_PX, 0)
        explained.setContentsMargins(left, 0, right, 8)
        self._list.addWidget(button)
        self._list.addWidget(explained)

    def _words(self, form: ChatFormat) -> tuple[str, str]:
        return {
            ChatFormat.SILLYTAVERN: (
                self.tr("SillyTavern (JSONL)"),
                self.tr("With every reply there was. Opens in SillyTavern, and here again."),
            ),
            ChatFormat.JSON: (
                self.tr("PersonaDesk (JSON)"),
                self.tr("With every reply there was. Can be imported here again."),
            ),
            ChatFormat.MARKDOWN: (self.tr("Markdown"), self.tr("The conversation as it is shown, for notes.")),
            ChatFormat.TEXT: (self.tr("Plain text"), self.tr("The conversation as it is shown, without markup.")),
            ChatFormat.HTML: (self.tr("Web page (HTML)"), self.tr("One file to read or print; it loads nothing.")),
        }[form]

    def _choose(self) -> None:
        form = next(form for form, button in self.choices.items() if button.isChecked())
        self.accept()
        self.chosen.emit(form, self.some.isChecked())

    def _dress(self, theme: Theme) -> None:
        self._rows.setStyleSheet(radio_style(theme))
