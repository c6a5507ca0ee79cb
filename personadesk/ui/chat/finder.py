"""Joins the find bar, the search index and the transcript."""

from PySide6.QtCore import QObject

from personadesk.domain.conversation import SearchHit
from personadesk.domain.ids import ConversationId
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.find_bar import FindBar
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.chat.transcript_view import TranscriptView


class Finder(QObject):
    """Searches one conversation and shows the match that was chosen, also in rows not read yet."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        current: OpenChat,
        bar: FindBar,
        view: TranscriptView,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._current = current
        self._bar = bar
        self._view = view
        bar.query_changed.connect(self._search)
        bar.hit_chosen.connect(self._reveal)
        bar.closed.connect(self._forget)

    def _search(self, query: str) -> None:
        chat, conversation = self._current.chat, self._current.conversation
        if chat is None or conversation is None:
            return
        self._light(query)
        if not query.strip():
            self._bar.show_hits([], query)
            return
        self._bridge.run(
            chat.search(conversation.persona_id, conversation.id, query),
            owner=self,
            then=lambda hits: self._show(conversation.id, hits, query),
        )

    def _show(self, conversation_id: ConversationId, hits: list[SearchHit], query: str) -> None:
        if conversation_id == self._current.conversation_id:
            self._bar.show_hits(hits, query)

    def _light(self, words: str) -> None:
        """Let the words stand out wherever they are on screen."""
        if self._view.found.look_for(words):
            self._view.viewport().update()

    def _forget(self) -> None:
        self._light("")

    def _reveal(self, hit: SearchHit) -> None:
        if hit.conversation_id == self._current.conversation_id:
            self._view.reveal_position(hit.position)
