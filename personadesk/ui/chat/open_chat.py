"""Which conversation stands in the pane: shared by the parts that act on it."""

from personadesk.domain.conversation import Conversation, Edit
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.services.chat import ChatService


class OpenChat:
    """Plain state of one pane, GUI thread. `chat` is None until the store is open."""

    def __init__(self) -> None:
        self.chat: ChatService | None = None
        self.summary: PersonaSummary | None = None
        self.conversation: Conversation | None = None
        self.conversations: tuple[Conversation, ...] = ()
        self.drafts: dict[ConversationId, str] = {}
        """Drafts of this run, newer than the store's while they are on their way there."""
        self.edits: dict[ConversationId, Edit | None] = {}
        """Edits of this run as far as their texts have come, None where there is none; newer than the store's."""

    @property
    def draft(self) -> str:
        """What stands in the composer of this conversation."""
        if self.conversation is None:
            return ""
        return self.drafts.get(self.conversation.id, self.conversation.draft)

    @property
    def persona_id(self) -> PersonaId | None:
        return self.summary.id if self.summary else None

    @property
    def conversation_id(self) -> ConversationId | None:
        return self.conversation.id if self.conversation else None
