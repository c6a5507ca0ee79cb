"""What becomes of a running summary once turns that it tells of are others, or gone."""

from sqlalchemy import Connection, text

_OWN = "WHERE persona_id = :persona AND conversation_id = :conversation AND until_position >= :position"
_DROP = text(f"DELETE FROM conversation_summaries {_OWN} AND edited = 0")
_KEEP_WORDS = text(f"UPDATE conversation_summaries SET until_position = -1 {_OWN}")
_PLACE = text("SELECT position FROM messages WHERE persona_id = :persona AND id = :message AND on_path = 1")


def unsay_from(connection: Connection, persona_id: int, conversation_id: int, position: int) -> None:
    """The path is another one from this position on, or says something else there.

    A summary that tells of it goes, and the model writes another. The user's own words stay, and stand for no turn.
    """
    values = {"persona": persona_id, "conversation": conversation_id, "position": position}
    connection.execute(_DROP, values)
    connection.execute(_KEEP_WORDS, values)


def unsay(connection: Connection, persona_id: int, conversation_id: int, message_id: int) -> None:
    """One message says something else, is gone or is back. Off the active path it matters to no summary."""
    position = connection.scalar(_PLACE, {"persona": persona_id, "message": message_id})
    if position is not None:
        unsay_from(connection, persona_id, conversation_id, position)
