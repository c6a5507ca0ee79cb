"""The voice in the chat's header: whether replies are spoken by themselves, and what else can be heard or kept."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.persona_actions import PersonaActions
from personadesk.ui.speech.voices import Voices
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import menu_style


class VoiceMenu(QObject):
    """Keeps the header's button and the personas' menus in line with what is chosen."""

    save_requested = Signal()

    def __init__(
        self,
        *,
        chat: ChatPane,
        voices: Voices,
        personas: PersonaActions,
        speak: Callable[[], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._chat = chat
        self._voices = voices
        self._personas = personas
        self._speak = speak
        self._window = window
        personas.speaking_toggled.connect(self.toggle)
        chat.header.voice_requested.connect(self.open)
        chat.shown.connect(self._show)
        voices.altered.connect(self._show)
        self._show()

    def speaks(self, persona_id: PersonaId) -> bool:
        """Whether this persona's replies are spoken by themselves, also because everybody's are."""
        return self._voices.speaks_replies or persona_id in self._voices.habits.personas

    def toggle(self, persona_id: PersonaId) -> None:
        """Let a persona speak by itself, or no longer."""
        personas = self._voices.habits.personas
        self._voices.change_habits(personas=personas ^ {persona_id})

    def open(self, point: QPoint) -> None:
        """Show the menu at a global point."""
        persona_id = self._chat.persona_id
        if persona_id is None:
            return
        ink = self._chat.themes.theme.muted
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._chat.themes.theme))
        speaking = self._voices.speaks_replies
        everybody = self.tr("Everybody's replies are spoken as they come")
        by_itself = menu.addAction(everybody if speaking else self.tr("Speak each reply as it comes"))
        by_itself.setCheckable(True)
        by_itself.setChecked(self.speaks(persona_id))
        by_itself.setEnabled(not speaking)
        by_itself.triggered.connect(lambda: self.toggle(persona_id))
        menu.addSeparator()
        busy = bool(self._voices.key)
        words = self.tr("Stop speaking") if busy else self.tr("Speak the newest reply")
        menu.addAction(icon("stop" if busy else "volume", ink), words, self._speak)
        menu.addAction(icon("download", ink), self.tr("Save the conversation as speech…"), self.save_requested.emit)
        menu.popup(point)

    def _show(self, _persona_id: object = None) -> None:
        persona_id = self._chat.persona_id
        # Where everybody speaks there is nothing to choose for one.
        self._personas.speaks = None if self._voices.speaks_replies else self.speaks
        self._chat.header.show_speaking(persona_id is not None and self.speaks(persona_id))
