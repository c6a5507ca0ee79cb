"""Joins the chat pane and what can be done with conversations and messages."""

from personadesk.services.talking import Talking
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.context_desk import ContextDesk
from personadesk.ui.chat.message_verbs import MessageVerbs
from personadesk.ui.widgets.toasts import ToastStack


def join_verbs(*, bridge: Bridge, pane: ChatPane, toasts: ToastStack, talking: Talking) -> None:
    """The pane must have its chat service."""
    MessageVerbs(
        bridge=bridge,
        themes=pane.themes,
        toasts=toasts,
        view=pane.transcript,
        composer=pane.composer,
        doing=pane.doing,
        service=talking.conversations,
    )
    ContextDesk(bridge=bridge, pane=pane, context=talking.context, conversations=talking.conversations)
