"""Writing one persona's conversations and messages."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, update

from personadesk.domain.conversation import Conversation, Message, Role, SwipeState
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import ConversationId, MessageId, PersonId, SwipeId, TrashId
from personadesk.domain.incoming import IncomingChat
from personadesk.services.ports import NewSwipe
from personadesk.storage import search_index
from personadesk.storage.appending import append_message
from personadesk.storage.chat_import import store_chat
from personadesk.storage.core import inserted_id
from personadesk.storage.marks import TITLE_LIMIT, NotesOfPersona
from personadesk.storage.moments import to_stored
from personadesk.storage.row_buffer import RowBuffer
from personadesk.storage.tables import conversations, messages, people, personas
from personadesk.storage.tables import swipes as swipe_rows
from personadesk.storage.texts import checked_message, one_line, storable
from personadesk.storage.told_turns import unsay
from personadesk.storage.transcripts import conversation_not_found
from personadesk.storage.trash import put_in_trash

_LABEL_LIMIT = 80

_OWN_CONVERSATION = select(conversations.c.id).where(
    conversations.c.persona_id == bindparam("persona_id"),
    conversations.c.id == bindparam("conversation_id"),
    conversations.c.deleted_at.is_(None),
)
_TOUCH = (
    update(conversations)
    .where(
        conversations.c.persona_id == bindparam("own_id"),
        conversations.c.id == bindparam("that_id"),
    )
    .values(updated_at=bindparam("now"))
)
_SWIPE = (
    select(
        swipe_rows.c.message_id,
        swipe_rows.c.ordinal,
        swipe_rows.c.character_count,
        messages.c.shown_swipe,
        messages.c.conversation_id,
    )
    .join(messages, (messages.c.persona_id == swipe_rows.c.persona_id) & (messages.c.id == swipe_rows.c.message_id))
    .where(swipe_rows.c.id == bindparam("swipe_id"), swipe_rows.c.persona_id == bindparam("persona_id"))
)
_SHOW = (
    update(messages)
    .where(messages.c.persona_id == bindparam("own_id"), messages.c.id == bindparam("that_id"))
    .values(shown_swipe=bindparam("ordinal"))
)


class SqlPersonaStore(NotesOfPersona):
    """A persona's own memory of what was said. Made by SqlStore.for_persona, which checks that it exists."""

    def create_conversation(self, person_id: PersonId, title: str = "") -> Conversation:
        if self._connection.scalar(select(people.c.id).where(people.c.id == person_id)) is None:
            raise NotFound("This person is not here any more.", "Choose another one.")
        now = self._now()
        result = self._connection.execute(
            insert(conversations),
            {
                "uuid": str(uuid4()),
                "persona_id": self._persona_id,
                "person_id": person_id,
                "title": _checked_title(title),
                "draft": "",
                "created_at": now,
                "updated_at": now,
            },
        )
        return self.conversation(ConversationId(inserted_id(result)))

    def take_chat(self, chat: IncomingChat, person_id: PersonId) -> Conversation:
        now = self._clock.now()
        buffer = RowBuffer(self._connection, now=to_stored(now))
        made, _ = store_chat(self._connection, buffer, chat, persona_id=self._persona_id, person_id=person_id, now=now)
        return self.conversation(ConversationId(made))

    def rename_conversation(self, conversation_id: ConversationId, title: str) -> None:
        self._change_conversation(conversation_id, title=_checked_title(title))
        if self.conversation(conversation_id).named_by_model:
            self._mark_conversation(conversation_id, named_by_model=0)

    def save_draft(self, conversation_id: ConversationId, draft: str) -> None:
        """A draft may be longer than a message: nothing that was pasted is lost."""
        self._change_conversation(conversation_id, draft=storable(draft))

    def trash_conversation(self, conversation_id: ConversationId) -> TrashId:
        conversation = self.conversation(conversation_id)
        now = self._now()
        self._change_conversation(conversation_id, deleted_at=now)
        newest = self._newest_text(conversation_id)
        return put_in_trash(
            self._connection,
            kind="conversation",
            label=conversation.title or one_line(newest, _LABEL_LIMIT),
            persona_id=self._persona_id,
            conversation_id=conversation_id,
            deleted_at=now,
        )

    def append_message(
        self, conversation_id: ConversationId, role: Role, swipes: Sequence[NewSwipe], *, shown: int = 0
    ) -> Message:
        if not 0 <= shown < len(swipes):
            raise ValueError("a message has at least one swipe, and shows one of its own")
        stored = [(swipe, checked_message(swipe.text)) for swipe in swipes]
        return append_message(self._connection, self._persona_id, conversation_id, role, stored, shown, self._now())

    def add_swipe(self, message_id: MessageId, swipe: NewSwipe) -> Message:
        return self._add_and_show(self.message(message_id), swipe, is_edit=False)

    def edit_message(self, message_id: MessageId, text: str) -> Message:
        message = self.message(message_id)
        if text == message.text:
            return message
        return self._add_and_show(message, NewSwipe(text, model=message.model), is_edit=True)

    def show_swipe(self, message_id: MessageId, swipe_index: int) -> Message:
        message = self.message(message_id)
        if not 0 <= swipe_index < message.swipe_count:
            raise NotFound("This reply is not here any more.", "Choose another one.")
        if swipe_index != message.swipe_index:
            unsay(self._connection, self._persona_id, message.conversation_id, message_id)
        self._show(message_id, swipe_index)
        shown = self.message(message_id)
        search_index.put_message(self._connection, shown)
        return shown

    def update_swipe(
        self, swipe_id: SwipeId, text: str, state: SwipeState, error: str = "", *, model: str = ""
    ) -> None:
        """A reply is kept whole, also beyond MESSAGE_LIMIT, and also where its message is in the trash by now.

        A long one that still grows is found up to where the index took it last.
        """
        row = self._connection.execute(_SWIPE, {"swipe_id": swipe_id, "persona_id": self._persona_id}).first()
        if row is None:
            raise NotFound("This reply is not here any more.", "Ask again.")
        text = storable(text)
        now = self._now()
        finished = state is not SwipeState.STREAMING
        self._connection.execute(
            update(swipe_rows).where(swipe_rows.c.id == swipe_id),
            {
                "text": text,
                "character_count": len(text),
                "state": state.value,
                "error": storable(error),
                "finished_at": now if finished else None,
                **({"model": model} if model else {}),
            },
        )
        if row.ordinal == row.shown_swipe and (finished or search_index.is_due(row.character_count, len(text))):
            search_index.put_entry(self._connection, self._persona_id, row.message_id, text)
        if finished:
            self._touch(row.conversation_id, now)

    def trash_message(self, message_id: MessageId) -> TrashId:
        message = self.message(message_id)
        now = self._now()
        self._connection.execute(update(messages).where(messages.c.id == message_id), {"deleted_at": now})
        unsay(self._connection, self._persona_id, message.conversation_id, message_id)
        return put_in_trash(
            self._connection,
            kind="message",
            label=one_line(message.text or ", ".join(file.name for file in message.attachments), _LABEL_LIMIT),
            persona_id=self._persona_id,
            conversation_id=message.conversation_id,
            message_id=message_id,
            deleted_at=now,
        )

    def mark_read(self) -> None:
        self._change_unread(0)

    def add_unread(self) -> None:
        self._change_unread(personas.c.unread + 1)

    def _add_and_show(self, message: Message, swipe: NewSwipe, *, is_edit: bool) -> Message:
        text = checked_message(swipe.text)
        now = self._now()
        self._insert_swipes(message.id, message.swipe_count, [(swipe, text)], now=now, is_edit=is_edit)
        self._show(message.id, message.swipe_count)
        unsay(self._connection, self._persona_id, message.conversation_id, message.id)
        search_index.put_message(self._connection, replace(message, text=text))
        self._touch(message.conversation_id, now)
        return self.message(message.id)

    def _insert_swipes(
        self,
        message_id: MessageId,
        first_ordinal: int,
        new_swipes: Sequence[tuple[NewSwipe, str]],
        *,
        now: int,
        is_edit: bool = False,
    ) -> None:
        self._connection.execute(
            insert(swipe_rows),
            [
                {
                    "persona_id": self._persona_id,
                    "message_id": message_id,
                    "ordinal": ordinal,
                    "state": swipe.state.value,
                    "model": swipe.model,
                    "error": "",
                    "is_edit": int(is_edit),
                    "character_count": len(text),
                    "created_at": now,
                    "finished_at": None if swipe.state is SwipeState.STREAMING else now,
                    "text": text,
                }
                for ordinal, (swipe, text) in enumerate(new_swipes, first_ordinal)
            ],
        )

    def _show(self, message_id: MessageId, ordinal: int) -> None:
        self._connection.execute(_SHOW, {"own_id": self._persona_id, "that_id": message_id, "ordinal": ordinal})

    def _touch(self, conversation_id: int, now: int) -> None:
        self._connection.execute(_TOUCH, {"own_id": self._persona_id, "that_id": conversation_id, "now": now})

    def _require_conversation(self, conversation_id: ConversationId) -> None:
        values = {"persona_id": self._persona_id, "conversation_id": conversation_id}
        if self._connection.scalar(_OWN_CONVERSATION, values) is None:
            raise conversation_not_found()

    def _change_conversation(self, conversation_id: ConversationId, **values: object) -> None:
        self._require_conversation(conversation_id)
        self._connection.execute(update(conversations).where(conversations.c.id == conversation_id), values)

    def _change_unread(self, unread: object) -> None:
        self._connection.execute(update(personas).where(personas.c.id == self._persona_id).values(unread=unread))

    def _newest_text(self, conversation_id: ConversationId) -> str:
        newest = self._tail(conversation_id, 1, 2**62)
        return newest[0].text if newest else ""


def _checked_title(title: str) -> str:
    title = " ".join(storable(title).split())
    if len(title) > TITLE_LIMIT:
        raise InvalidInput(
            "title", f"This title has {len(title)} characters; a title has up to {TITLE_LIMIT}.", "Shorten it."
        )
    return title
