"""What a persona says from one message of a conversation on, read as it is needed."""

from personadesk.domain.conversation import BLOCK_POSITIONS, Message, Role, SwipeState
from personadesk.services.ports import Database, Store


class Following:
    """The persona's messages behind `message` on the active path, one after the other."""

    def __init__(self, message: Message, *, database: Database) -> None:
        self._last = message
        self._database = database
        self._read: list[Message] = []

    async def next(self) -> Message | None:
        """None at the conversation's end, and where a reply is still being written."""
        if not self._read:
            self._read = await self._database.read(self._behind)
        if not self._read or self._read[0].state is SwipeState.STREAMING:
            return None
        self._last = self._read.pop(0)
        return self._last

    def _behind(self, store: Store) -> list[Message]:
        """Those of the next block that has any."""
        last = self._last
        chat = store.for_persona(last.persona_id)
        first = last.position // BLOCK_POSITIONS
        for block in chat.transcript(last.conversation_id, 1).blocks:
            if block.index >= first:
                messages = chat.block(last.conversation_id, block.index)
                found = [
                    message
                    for message in messages
                    if message.position > last.position and message.role is Role.PERSONA and message.text
                ]
                if found:
                    return found
        return []
