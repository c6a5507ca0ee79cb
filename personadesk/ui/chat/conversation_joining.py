"""Joins the chat pane and what is done with whole conversations."""

from collections.abc import Callable

from personadesk.services.talking import Talking
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_files import ChatFiles
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.conversation_desk import ConversationDesk
from personadesk.ui.chat.impersonation import Impersonation
from personadesk.ui.chat.slash_doing import SlashDoing
from personadesk.ui.chat.slash_line import SlashLine
from personadesk.ui.main_window import MainWindow


def join_conversations(window: MainWindow, pane: ChatPane, bridge: Bridge, talking: Talking) -> None:
    """The pane must have its chat service."""
    files = ChatFiles(bridge=bridge, pane=pane, toasts=window.toasts, files=talking.files)
    desk = ConversationDesk(bridge=bridge, pane=pane, toasts=window.toasts, service=talking.conversations, files=files)
    impersonation = Impersonation(bridge=bridge, pane=pane, service=talking.impersonating)
    doing = SlashDoing(
        bridge=bridge, pane=pane, service=talking.conversations, desk=desk, files=files, impersonation=impersonation
    )
    SlashLine(pane=pane, doing=doing, impersonation=impersonation)
    for name, icon, act in (
        (desk.tr("All conversations"), "history", desk.open_list),
        (desk.tr("Archive this conversation"), "archive", desk.archive),
        (desk.tr("Name this conversation"), "edit", pane.conversations.rename),
        (desk.tr("Go to a date"), "arrow-down", desk.ask_for_date),
        (desk.tr("Marked messages"), "star", desk.show_marked),
        (desk.tr("Export this conversation"), "external-link", files.ask),
        (desk.tr("Import a chat"), "import", files.choose),
        (desk.tr("Write my next message"), "user", impersonation.begin),
    ):
        window.overlays.offer(name, icon, "", _in_chat(window, desk, act))


def _in_chat(window: MainWindow, desk: ConversationDesk, act: Callable[[], None]) -> Callable[[], None]:
    """The same, where a chat is on screen."""

    def run() -> None:
        if window.shown_chat is not None:
            act()
        else:
            window.toasts.say(desk.tr("Open a chat first: this is done in one."), bad=True)

    return run
