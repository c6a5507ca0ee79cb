"""Where voices are heard in the window: the library, the menus, the chat, and a key for all."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.events import Event, ReplyEnded
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.message_actions import Speech
from personadesk.ui.main_window import MainWindow
from personadesk.ui.speech.voices import Voices, message_key, persona_key

SPEAK_KEYS = "Ctrl+Shift+S"


class SpeakingPlaces(QObject):
    """Joins the window and what can be heard, once there is a chat."""

    def __init__(self, *, window: MainWindow, chat: ChatPane, voices: Voices) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._voices = voices
        self._message: Message | None = None
        window.library.hear_requested.connect(voices.hear)
        window.personas.hear_requested.connect(voices.hear)
        window.personas.left.connect(voices.persona_left)
        window.closing.connect(voices.stop)
        chat.shown.connect(voices.persona_shown)
        chat.transcript.speak_requested.connect(self._speak)
        chat.transcript.set_speech(Speech(possible=True))
        voices.changed.connect(self._show)
        window.overlays.attach_voices(voices)
        QShortcut(QKeySequence(SPEAK_KEYS), window, self._speak_or_stop)
        window.overlays.offer(self.tr("Hear the voice, or stop it"), "volume", SPEAK_KEYS, self._speak_or_stop)

    def take_event(self, event: Event) -> None:
        """Speak a whole reply that ended on screen, where that is wanted."""
        if (
            self._voices.speaks_replies
            and isinstance(event, ReplyEnded)
            and event.message.state is SwipeState.COMPLETE
            and event.message.conversation_id == self._chat.conversation_id
            and event.message.persona_id == self._window.current_persona
            and self._voices.key != message_key(event.message)
        ):
            self._speak(event.message)

    def _speak(self, message: Message) -> None:
        self._message = message
        self._voices.speak_message(message)

    def _show(self, key: str) -> None:
        library = self._window.library
        personas = library.roster.personas
        heard = next((persona_id for persona_id in personas if persona_key(persona_id) == key), None) if key else None
        library.hero.show_speaking(heard)
        library.grid.canvas.speaking = heard
        library.grid.viewport().update()
        message = self._message
        said = message.swipe_id if message is not None and message_key(message) == key else None
        self._chat.transcript.set_speech(Speech(possible=True, swipe_id=said))

    def _speak_or_stop(self) -> None:
        """Stop; else hear the reply that has the focus or is the newest, or the persona on the card."""
        if self._voices.key:
            self._voices.stop()
        elif self._window.current_persona is not None:
            message = self._reply()
            if message is not None:
                self._speak(message)
        else:
            library = self._window.library
            summary = library.model.summary(library.grid.currentIndex().row())
            if summary is not None and not library.model.in_trash:
                self._voices.hear(summary.id)

    def _reply(self) -> Message | None:
        view, model = self._chat.transcript, self._chat.model
        rows = range(model.rowCount() - 1, -1, -1)
        focused = [view.currentIndex().row()] if view.keyboard_used and view.hasFocus() else []
        messages = (model.message_at(row) for row in (*focused, *rows))
        return next((item for item in messages if item is not None and item.role is Role.PERSONA and item.text), None)
