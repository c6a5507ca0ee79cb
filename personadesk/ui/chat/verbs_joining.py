"""Joins the chat pane and what can be done with conversations and messages."""

from personadesk.services.talking import Talking
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.attachment_joining import join_attachments
from personadesk.ui.chat.context_desk import ContextDesk
from personadesk.ui.chat.conversation_joining import join_conversations
from personadesk.ui.chat.message_verbs import MessageVerbs
from personadesk.ui.main_window import MainWindow


def join_verbs(window: MainWindow, bridge: Bridge, talking: Talking) -> None:
    """Nothing is joined where the window has no chat; its pane must have its chat service."""
    pane = window.chat
    if pane is None:
        return
    MessageVerbs(
        bridge=bridge,
        themes=pane.themes,
        toasts=window.toasts,
        view=pane.transcript,
        composer=pane.composer,
        doing=pane.doing,
        service=talking.conversations,
    )
    ContextDesk(bridge=bridge, pane=pane, context=talking.context, conversations=talking.conversations)
    join_attachments(window, bridge, talking.attachments)
    # Behind the attachments: of a file that is dropped, this one is asked first.
    join_conversations(window, pane, bridge, talking)
