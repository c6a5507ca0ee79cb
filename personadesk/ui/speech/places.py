"""Where voices are heard in the window: the library, the menus, the chat, and a key for all."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.events import Event, MessageChanged, ReplyEnded, ReplyGrew
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, SwipeId
from personadesk.services.speech.saving import SavedSpeech
from personadesk.services.speech.services import SpeechServices
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.message_offers import Speech
from personadesk.ui.main_window import MainWindow
from personadesk.ui.speech.speaking_bar import SpeakingBar
from personadesk.ui.speech.voice_menu import VoiceMenu
from personadesk.ui.speech.voices import Voices, persona_key, swipe_key, swipe_of

SPEAK_KEYS = "Ctrl+Shift+S"


class SpeakingPlaces(QObject):
    """Joins the window and what can be heard, once there is a chat."""

    def __init__(
        self, *, window: MainWindow, chat: ChatPane, voices: Voices, bridge: Bridge, services: SpeechServices
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._voices = voices
        self._bridge = bridge
        self._services = services
        self._followed: dict[SwipeId, MessageId] = {}
        self._reopened: dict[SwipeId, str] = {}
        window.library.hear_requested.connect(voices.hear)
        window.personas.hear_requested.connect(voices.hear)
        window.personas.left.connect(voices.persona_left)
        window.closing.connect(voices.stop)
        chat.shown.connect(voices.persona_shown)
        chat.composer.typed.connect(self._expect_reply)
        chat.transcript.speak_requested.connect(self._speak)
        chat.transcript.speak_on_requested.connect(voices.speak_from)
        chat.transcript.set_speech(Speech(possible=True))
        self.bar = SpeakingBar(themes=chat.themes, voices=voices)
        self.bar.left.connect(chat.focus_composer)
        chat.place_above_composer(self.bar)
        window.toasts.keep_clear_of(self.bar)
        self.bar.stand_between(chat.transcript, chat.composer.editor)
        self.menu = VoiceMenu(
            chat=chat, voices=voices, personas=window.personas, speak=self._speak_or_stop, window=window
        )
        self.menu.save_requested.connect(self._save_conversation)
        chat.conversations.can_speak = True
        chat.conversations.save_speech_requested.connect(self._save_conversation)
        chat.transcript.save_speech_requested.connect(self._save)
        chat.transcript.delete_requested.connect(self._deleted)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), chat.transcript, voices.stop)
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._escape.setEnabled(False)
        voices.changed.connect(self._show)
        voices.position.connect(self._mark)
        window.overlays.attach_voices(voices)
        QShortcut(QKeySequence(SPEAK_KEYS), window, self._speak_or_stop)
        offer = window.overlays.offer
        offer(self.tr("Hear the voice, or stop it"), "volume", SPEAK_KEYS, self._speak_or_stop)
        offer(self.tr("Pause the voice, or let it go on"), "pause", "", self._pause)
        offer(self.tr("Save the conversation as speech"), "download", "", self._save_conversation)

    def take_event(self, event: Event) -> None:
        """Speak a reply that is written on screen, where that is wanted, and be silent once it gives way to another."""
        if isinstance(event, ReplyGrew):
            if event.swipe_id in self._followed:
                self._voices.reading.grow(swipe_key(event.swipe_id), event.text)
            elif self._is_wanted(event.persona_id, event.conversation_id):
                self._follow(event.persona_id, event.message_id, event.swipe_id, event.text)
        elif isinstance(event, ReplyEnded):
            message = event.message
            if message.swipe_id in self._followed:
                self._voices.reading.end_text(swipe_key(message.swipe_id), message.text)
            elif message.text and self._is_wanted(message.persona_id, message.conversation_id):
                self._follow(message.persona_id, message.id, message.swipe_id, message.text, ended=True)
        elif isinstance(event, MessageChanged):
            if event.message.state is SwipeState.STREAMING:
                # It is written anew, or goes on where it broke off.
                self._followed.pop(event.message.swipe_id, None)
                if event.message.text:
                    self._reopened[event.message.swipe_id] = event.message.text
            said = swipe_of(self._voices.key)
            if said not in (None, event.message.swipe_id) and self._followed.get(said) == event.message.id:
                self._voices.stop()

    def _expect_reply(self) -> None:
        """Whoever writes is answered soon."""
        persona_id, conversation_id = self._chat.persona_id, self._chat.conversation_id
        if persona_id is not None and conversation_id is not None and self._is_wanted(persona_id, conversation_id):
            self._bridge.run(self._services.warm_up(persona_id), owner=self)

    def _is_wanted(self, persona_id: PersonaId, conversation_id: ConversationId) -> bool:
        return (
            (self._voices.speaks_replies or persona_id in self._voices.habits.personas)
            and conversation_id == self._chat.conversation_id
            and persona_id == self._window.current_persona
        )

    def _follow(
        self, persona_id: PersonaId, message_id: MessageId, swipe_id: SwipeId, text: str, *, ended: bool = False
    ) -> None:
        self._followed[swipe_id] = message_id
        given = self._reopened.pop(swipe_id, "")
        self._voices.follow_reply(persona_id, swipe_id, text, given=given, ended=ended)

    def _speak(self, message: Message) -> None:
        self._followed[message.swipe_id] = message.id
        self._voices.speak_message(message)

    def _show(self, key: str) -> None:
        self._escape.setEnabled(bool(key))
        speaking = self._window.library.roster.personas.get(self._voices.persona) if self._voices.persona else None
        self.bar.show_name(speaking.shown_name if speaking is not None else "")
        if not key:
            self._chat.transcript.spoken.clear()
        library = self._window.library
        personas = library.roster.personas
        heard = next((persona_id for persona_id in personas if persona_key(persona_id) == key), None) if key else None
        library.hero.show_speaking(heard)
        library.grid.canvas.speaking = heard
        library.grid.viewport().update()
        self._chat.transcript.set_speech(Speech(possible=True, swipe_id=swipe_of(key)))

    def _deleted(self, message: Message) -> None:
        if swipe_of(self._voices.key) == message.swipe_id:
            self._voices.stop()

    def _mark(self, key: str, start: int, end: int) -> None:
        swipe_id = swipe_of(key)
        if swipe_id is not None:
            self._chat.transcript.spoken.show(swipe_id, start, end)

    def _save_conversation(self) -> None:
        model = self._chat.model
        message = model.message_at(model.rowCount() - 1)
        if message is not None and self._window.current_persona is not None:
            self._save(message, whole=True)

    def _save(self, message: Message, *, whole: bool = False) -> None:
        from personadesk.ui.speech.save_dialog import HEIGHT_PX, SaveSpeechDialog

        speaking = self._window.library.roster.personas.get(message.persona_id)
        dialog = SaveSpeechDialog(
            themes=self._chat.themes,
            bridge=self._bridge,
            saving=self._services.saving,
            message=message,
            whole=whole,
            name=speaking.shown_name if speaking is not None else "",
            parent=self._window,
        )
        dialog.saved.connect(self._say_saved)
        dialog.show_fitting(HEIGHT_PX)

    def _say_saved(self, saved: SavedSpeech) -> None:
        said = self.tr("Saved as %s.") % saved.path.name
        self._window.toasts.say(
            f"{said} {saved.notice}".strip(),
            action=self.tr("Show folder"),
            act=lambda: open_folder(saved.path.parent),
        )

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

    def _pause(self) -> None:
        self._voices.reading.set_paused(not self._voices.player.paused)

    def _reply(self) -> Message | None:
        view, model = self._chat.transcript, self._chat.model
        rows = range(model.rowCount() - 1, -1, -1)
        focused = [view.currentIndex().row()] if view.keyboard_used and view.hasFocus() else []
        messages = (model.message_at(row) for row in (*focused, *rows))
        return next((item for item in messages if item is not None and item.role is Role.PERSONA and item.text), None)


def open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
