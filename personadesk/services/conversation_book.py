"""Beginning, naming and drafting conversations: what needs no reply."""

from personadesk.domain.conversation import Conversation, Edit, Message, Role
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.macros import fill
from personadesk.services.memory_prompt import called
from personadesk.services.ports import Database, NewSwipe, PersonaStore, Publish, Store
from personadesk.services.prompt_text import card_macros
from personadesk.services.unsaved_edits import forget_edit, store_edit


class ConversationBook:
    """Asynchronous, for the engine thread. `ChatService` is one."""

    def __init__(self, *, database: Database, publish: Publish) -> None:
        self._database = database
        self._publish = publish

    async def new_conversation(self, persona_id: PersonaId) -> Conversation:
        conversation = await self._database.write(lambda store: _begin(store, persona_id))
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation.id})))
        return conversation

    async def rename_conversation(self, persona_id: PersonaId, conversation_id: ConversationId, title: str) -> None:
        title = " ".join(title.split())[:100]
        await self._database.write(
            lambda store: store.for_persona(persona_id).rename_conversation(conversation_id, title)
        )
        self._publish(ChangeSet(conversations=frozenset({conversation_id})))

    async def save_draft(self, persona_id: PersonaId, conversation_id: ConversationId, draft: str) -> None:
        await self._database.write(lambda store: store.for_persona(persona_id).save_draft(conversation_id, draft))

    async def keep_edit(self, edit: Edit) -> None:
        """Keep how far an edit has come, in place of the conversation's last one."""
        await self._database.write(lambda store: store_edit(store, edit))

    async def forget_edit(self, message: Message) -> None:
        """Its edit was saved or given up."""
        await self._database.write(lambda store: forget_edit(store, message))


def begin_first(store: Store, persona_id: PersonaId) -> None:
    """Begin a conversation where none is at hand; somebody else may have begun one since that was seen."""
    if all(conversation.archived for conversation in store.for_persona(persona_id).conversations()):
        _begin(store, persona_id)


def _begin(store: Store, persona_id: PersonaId) -> Conversation:
    """Make a conversation with You; the persona's greetings are the swipes of its first message."""
    chat: PersonaStore = store.for_persona(persona_id)
    card = store.personas.get(persona_id).card
    you = store.people.you()
    conversation = chat.create_conversation(you.id)
    name = called(you.name, store.memories(persona_id).acquaintance(you.id))
    macros = card_macros(card, card.prompt_name, name, seed=str(conversation.id))
    greetings = [NewSwipe(fill(text, macros)) for text in card.greetings]
    if greetings:
        chat.append_message(conversation.id, Role.PERSONA, greetings)
    return conversation
