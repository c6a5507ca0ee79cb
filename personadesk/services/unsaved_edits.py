"""Edits that are not saved yet, kept beside the drafts so that a killed program loses none."""

from personadesk.domain.conversation import Edit, Message
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.services.ports import JsonValue, Store

EDITS_SETTING = "chat.edits"
"""By the conversation's id, one each. With every change those go whose message is gone."""


def stored_edit(store: Store, persona_id: PersonaId, conversation_id: ConversationId) -> Edit | None:
    """What can't be read, or whose message is gone, is as if it had never been kept."""
    edit = _edit_from(store, _all(store).get(str(conversation_id)))
    return edit if edit is not None and edit.message.persona_id == persona_id else None


def store_edit(store: Store, edit: Edit) -> None:
    message = edit.message
    kept: JsonValue = {
        "persona": message.persona_id,
        "message": message.id,
        "text": edit.text,
        "instead": edit.instead,
    }
    _store(store, {**_all(store), str(message.conversation_id): kept})


def forget_edit(store: Store, message: Message) -> None:
    """Another message's edit in the same conversation stays."""
    edits, key = _all(store), str(message.conversation_id)
    kept = edits.get(key)
    if isinstance(kept, dict) and kept.get("message") == message.id:
        del edits[key]
        _store(store, edits)


def drop_gone_edits(store: Store) -> None:
    """Let nothing stay of messages that are deleted for good."""
    if edits := _all(store):
        _store(store, edits)


def _all(store: Store) -> dict[str, JsonValue]:
    stored = store.settings.get(EDITS_SETTING)
    return dict(stored) if isinstance(stored, dict) else {}


def _store(store: Store, edits: dict[str, JsonValue]) -> None:
    living = {key: kept for key, kept in edits.items() if _edit_from(store, kept) is not None}
    store.settings.set(EDITS_SETTING, living or None)


def _edit_from(store: Store, kept: JsonValue) -> Edit | None:
    if not isinstance(kept, dict):
        return None
    persona, message, text = kept.get("persona"), kept.get("message"), kept.get("text")
    if not (isinstance(persona, int) and isinstance(message, int) and isinstance(text, str)):
        return None
    try:
        found = store.for_persona(PersonaId(persona)).message(MessageId(message))
    except NotFound:
        return None
    return Edit(found, text, instead=kept.get("instead") is True)
