"""Leads from what the search found to where it is."""

from PySide6.QtCore import QObject

from personadesk.domain.conversation import SearchHit
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.search import FoundMemory
from personadesk.services.search import SearchService
from personadesk.ui.main_window import MainWindow

WORDS_OF_MEMORY = 6


class Jumps(QObject):
    """The window must have its chat."""

    def __init__(self, *, window: MainWindow, search: SearchService) -> None:
        super().__init__(window)
        self._window = window
        overlays = window.overlays
        overlays.attach_search(search)
        overlays.conversation_chosen.connect(self._open_conversation)
        overlays.message_chosen.connect(self._open_message)
        overlays.memory_chosen.connect(self._open_memory)

    def _open_conversation(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        self._window.open_conversation(persona_id, conversation_id)

    def _open_message(self, hit: SearchHit) -> None:
        self._window.open_conversation(hit.persona_id, hit.conversation_id, hit.position)

    def _open_memory(self, found: FoundMemory) -> None:
        self._window.open_persona(found.persona_id)
        chat = self._window.chat
        if chat is not None:
            chat.beside.look_for(found.persona_id, " ".join(found.text.split()[:WORDS_OF_MEMORY]))
