"""Storing a conversation that was led in another program."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from personadesk.domain.incoming import IncomingChat, IncomingMessage
from personadesk.storage import search_index
from personadesk.storage.marks import NOTE_LIMIT, TITLE_LIMIT
from personadesk.storage.moments import to_stored
from personadesk.storage.row_buffer import RowBuffer
from personadesk.storage.texts import one_line, storable

_CONVERSATION = (
    "INSERT INTO conversations (id, uuid, persona_id, person_id, title, draft, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, '', ?, ?)"
)
_MESSAGE = (
    "INSERT INTO messages (id, persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe,"
    " characters, created_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)"
)
_SWIPE = (
    "INSERT INTO swipes (id, persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
    " created_at, finished_at, text) VALUES (?, ?, ?, ?, 'complete', ?, '', 0, ?, ?, ?, ?)"
)
_MARK = "INSERT INTO message_marks (persona_id, message_id, starred, pinned, note) VALUES (?, ?, ?, ?, ?)"
_FILE = (
    "INSERT INTO attachments (persona_id, conversation_id, message_id, sha256, name, media_type, characters, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
MODEL_LIMIT = 200

PutFile = Callable[[bytes, str], str]
"""Keeps a file's content of a media type; its SHA-256."""

_STATE = """
SELECT title, draft, (
    SELECT max(s.id) FROM messages AS m JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id
    WHERE m.persona_id = c.persona_id AND m.conversation_id = c.id
) FROM conversations AS c WHERE c.id = ?
"""


def store_chat(
    connection: Connection,
    ids: RowBuffer,
    chat: IncomingChat,
    *,
    persona_id: int,
    person_id: int,
    now: datetime,
    put_file: PutFile | None = None,
) -> tuple[int, str]:
    """Store the whole conversation; return its id and its mark. Texts are kept whole, also beyond MESSAGE_LIMIT."""
    messages = [message for message in chat.messages if message.swipes]
    times = _times(messages, chat.started_at, to_stored(now))
    started = to_stored(chat.started_at) if chat.started_at else (times[0] if times else to_stored(now))
    conversation_id = ids.next_id("conversations")
    title = one_line(storable(chat.title), TITLE_LIMIT)
    last = max((*times, started))
    values = (conversation_id, str(uuid4()), persona_id, person_id, title, started, min(last, to_stored(now)))
    connection.exec_driver_sql(_CONVERSATION, values)
    message_rows: list[tuple[object, ...]] = []
    swipe_rows: list[tuple[object, ...]] = []
    mark_rows: list[tuple[object, ...]] = []
    file_rows: list[tuple[object, ...]] = []
    entries: list[tuple[int, str]] = []
    whose = (persona_id, conversation_id)
    parent: int | None = None
    swipe_id = 0
    for position, (message, moment) in enumerate(zip(messages, times, strict=True)):
        message_id = ids.next_id("messages")
        texts = [storable(text) for text in message.swipes]
        shown = min(max(message.shown, 0), len(texts) - 1)
        message_rows.append(
            (message_id, *whose, parent, position, message.role.value, shown, len(texts[shown]), moment)
        )
        for ordinal, text in enumerate(texts):
            swipe_id = ids.next_id("swipes")
            model = one_line(storable(message.models[ordinal]), MODEL_LIMIT) if message.models else ""
            swipe_rows.append((swipe_id, persona_id, message_id, ordinal, model, len(text), moment, moment, text))
        if message.starred or message.pinned or message.note.strip():
            note = storable(message.note).strip()[:NOTE_LIMIT]
            mark_rows.append((persona_id, message_id, int(message.starred), int(message.pinned), note))
        files = message.files if put_file is not None else ()
        for file in files:
            assert put_file is not None
            text = storable(file.text)
            about = (put_file(file.content, file.media_type), storable(file.name), file.media_type, len(text), text)
            file_rows.append((*whose, message_id, *about))
        names = " ".join(file.name for file in files)
        entries.append((message_id, search_index.with_names(texts[shown], names)))
        parent = message_id
    if message_rows:
        connection.exec_driver_sql(_MESSAGE, message_rows)
        connection.exec_driver_sql(_SWIPE, swipe_rows)
        if mark_rows:
            connection.exec_driver_sql(_MARK, mark_rows)
        if file_rows:
            connection.exec_driver_sql(_FILE, file_rows)
        search_index.put_entries(connection, persona_id, entries)
    return conversation_id, conversation_mark(title, swipe_id)


def conversation_mark(title: str, last_swipe: int) -> str:
    """Whatever is said or edited adds a swipe, and a swipe's id is above all that were before."""
    return f"{last_swipe} {title}"


def is_unchanged(connection: Connection, conversation_id: int, mark: str) -> bool:
    """Whether nothing was said, edited or named since, and nothing stands in the composer."""
    row = connection.exec_driver_sql(_STATE, (conversation_id,)).first()
    if row is None:
        return True
    title, draft, last_swipe = row
    known, _, known_title = mark.partition(" ")
    return not draft and title == known_title and (last_swipe or 0) <= int(known)


def _times(messages: Sequence[IncomingMessage], started_at: datetime | None, now: int) -> list[int]:
    moment = to_stored(started_at) if started_at else now
    times = []
    for message in messages:
        moment = to_stored(message.sent_at) if message.sent_at else moment
        times.append(moment)
    return times
