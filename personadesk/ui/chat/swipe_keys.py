"""Left and Right in an empty composer go through the last message's replies."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from personadesk.domain.conversation import Role, SwipeState

if TYPE_CHECKING:
    from personadesk.ui.chat.chat_pane import ChatPane


def swipe_last(pane: "ChatPane", key: Qt.Key, *, repeated: bool = False) -> bool:
    """Show the reply before or the next one; behind the last one, let another be written.

    A greeting has the card's others and no more. A key that is held asks for no reply. Returns False where
    there is nothing to go through.
    """
    message = pane.model.message_at(pane.model.rowCount() - 1)
    if message is None or message.role is not Role.PERSONA:
        return False
    if pane.replying or message.state is SwipeState.STREAMING:
        return False
    forward = (key == Qt.Key.Key_Right) != pane.isRightToLeft()
    index = message.swipe_index + (1 if forward else -1)
    if 0 <= index < message.swipe_count:
        pane.doing.show_swipe(message, index)
        return True
    if forward and message.parent_id is not None and not repeated:
        pane.doing.regenerate(message)
        return True
    return False
