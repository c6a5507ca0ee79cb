"""What the services need of a conversation beside its messages: branches, marks, files, its summary."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from personadesk.domain.conversation import (
    Attachment,
    Branch,
    RunningSummary,
    SearchFilter,
    SearchHit,
    SearchOrder,
    WrittenText,
)
from personadesk.domain.ids import AttachmentId, ConversationId, MessageId, PersonaId
from personadesk.domain.search import FoundConversation, FoundMemory


class Branches(Protocol):
    """The tree behind the active path. What leaves the path stays stored."""

    def truncate_after(self, message_id: MessageId) -> None:
        """Make this message of the active path its leaf."""
        ...

    def truncate_before(self, message_id: MessageId) -> None:
        """Make the message before this one the leaf; the path is empty where there is none."""
        ...

    def branches(self, message_id: MessageId) -> list[Branch]:
        """The ways on from a message, oldest first."""
        ...

    def siblings(self, message_id: MessageId) -> list[Branch]:
        """The ways on of which this message is one, oldest first."""
        ...

    def show_branch(self, message_id: MessageId) -> None:
        """Let the active path go through this message, and on to the newest leaf behind it."""
        ...


class Marks(Protocol):
    def texts_of(self, message_id: MessageId) -> list[WrittenText]:
        """Every text it has had, oldest first."""
        ...

    def mark_message(
        self,
        message_id: MessageId,
        *,
        starred: bool | None = None,
        pinned: bool | None = None,
        note: str | None = None,
    ) -> None:
        """None leaves a mark as it is, "" takes the note away. Raises InvalidInput for a note that is too long."""
        ...

    def marked(self, conversation_id: ConversationId) -> list[SearchHit]:
        """The pinned, starred and noted messages of the active path, in order; `snippet` is their first words."""
        ...

    def position_at(self, conversation_id: ConversationId, moment: datetime) -> int | None:
        """The position of the active path's first message from that moment on, or of its last one."""
        ...

    def spoken_days(self, conversation_id: ConversationId) -> dict[date, int]:
        """The local days of the active path's messages, and how many there are on each."""
        ...

    def archive_conversation(self, conversation_id: ConversationId, archived: bool) -> None: ...
    def name_by_model(self, conversation_id: ConversationId, title: str) -> bool:
        """Give it a title unless the user has; says whether it did."""
        ...

    def summary(self, conversation_id: ConversationId) -> RunningSummary | None: ...
    def save_summary(
        self, conversation_id: ConversationId, text: str, until_position: int, *, edited: bool = False
    ) -> None:
        """ "" takes it away."""
        ...


class Attachments(Protocol):
    """Files by their content, which `Store.assets` holds."""

    def attach(
        self, conversation_id: ConversationId, *, sha256: str, name: str, media_type: str, text: str
    ) -> Attachment:
        """Lay a file into the composer."""
        ...

    def waiting(self, conversation_id: ConversationId) -> list[Attachment]:
        """What lies in the composer, with its text."""
        ...

    def detach(self, attachment_id: AttachmentId) -> str:
        """Take a file out of the composer; returns its SHA-256. Raises NotFound for one that was sent."""
        ...

    def send_waiting(self, conversation_id: ConversationId, message_id: MessageId) -> None:
        """Let what lies in the composer go with this message."""
        ...

    def copy_attachments(self, message_id: MessageId, to: MessageId) -> None:
        """Give a message the files of another one, which keeps them."""
        ...

    def attachments_of(self, message_ids: Sequence[MessageId]) -> dict[MessageId, list[Attachment]]:
        """With their texts."""
        ...


EVERY_MESSAGE = SearchFilter()


class SearchEverywhere(Protocol):
    """The user's own search: over every persona, or one."""

    def messages(
        self,
        query: str,
        *,
        limit: int = 50,
        persona_id: PersonaId | None = None,
        conversation_id: ConversationId | None = None,
        order: SearchOrder = SearchOrder.NEWEST,
        only: SearchFilter = EVERY_MESSAGE,
    ) -> list[SearchHit]:
        """Messages on active paths that hold every word of `query`, or all that `only` lets through for no words."""
        ...

    def conversations(
        self, words: str, *, limit: int = 50, persona_id: PersonaId | None = None
    ) -> list[FoundConversation]:
        """Those whose title holds every word, or the start of it."""
        ...

    def memories(self, words: str, *, limit: int = 50, persona_id: PersonaId | None = None) -> list[FoundMemory]:
        """Those whose text holds every word, or a part of it."""
        ...
