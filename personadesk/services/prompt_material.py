"""What a prompt is made of, read out of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personadesk.domain.conversation import Message, RunningSummary
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.domain.memory import Memory
from personadesk.domain.persona import PersonaCard
from personadesk.services.memory_prompt import called
from personadesk.services.ports import ChatModel, Store
from personadesk.services.prompt import Prompt, build_prompt
from personadesk.services.prompt_files import (
    StoredPicture,
    read_pictures,
    stored_files,
    stored_pictures,
    with_files,
)
from personadesk.services.prompt_lore import Lore, stored_lore

LIKELIEST_MEMORIES = 500
"""Many times what fits into a prompt: the most useful are chosen of these."""

HISTORY_MESSAGES = 200
"""Messages read for a prompt: more never fit a context this program can talk to in good time."""


@dataclass(frozen=True, slots=True)
class PromptMaterial:
    """`history` is oldest first, each message with the texts of its files; `person` is what the persona calls one.

    `pictures` are the newest, for models that see.
    """

    card: PersonaCard
    person: str
    history: Sequence[Message]
    memories: Sequence[Memory]
    lore: Lore
    summary: RunningSummary | None
    pictures: Mapping[MessageId, Sequence[StoredPicture]]


def read_material(
    store: Store, persona_id: PersonaId, conversation_id: ConversationId, before: MessageId | None = None
) -> PromptMaterial:
    """Runs within one read of the store; `before` leaves out this message and what follows it."""
    chat = store.for_persona(persona_id)
    if before is None:
        path = chat.path_tail(conversation_id, HISTORY_MESSAGES)
    else:
        path = chat.path_tail(conversation_id, HISTORY_MESSAGES + 1, until=before)[:-1]
    person_id = chat.conversation(conversation_id).person_id
    kept = store.memories(persona_id)
    return PromptMaterial(
        card=store.personas.get(persona_id).card,
        person=called(store.people.you().name, kept.acquaintance(person_id)),
        history=with_files(path, stored_files(chat, path)),
        memories=kept.likeliest(person_id, LIKELIEST_MEMORIES),
        lore=stored_lore(store, persona_id, conversation_id),
        summary=chat.summary(conversation_id),
        pictures=stored_pictures(store, path),
    )


async def build_prompt_of(material: PromptMaterial, model: ChatModel) -> Prompt:
    """Asks the model to count tokens, which may load it."""
    return await build_prompt(
        material.card,
        material.person,
        material.history,
        model,
        memories=material.memories,
        lore=material.lore,
        summary=material.summary,
        pictures=await read_pictures(material.pictures) if model.info.sees_images and material.pictures else None,
    )
