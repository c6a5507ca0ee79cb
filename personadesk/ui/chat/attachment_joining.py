"""Joins the chat pane and the files that go with messages."""

from personadesk.services.attachments import AttachmentService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.attachment_desk import AttachmentDesk
from personadesk.ui.chat.attachment_viewing import AttachmentViewing
from personadesk.ui.chat.picture_thumbs import PictureThumbs
from personadesk.ui.main_window import MainWindow


def join_attachments(window: MainWindow, bridge: Bridge, files: AttachmentService) -> None:
    """Nothing is joined where the window has no chat; its pane must have its chat service."""
    pane = window.chat
    if pane is None:
        return
    thumbs = PictureThumbs(bridge=bridge, content=files.content, parent=pane)
    viewing = AttachmentViewing(bridge=bridge, themes=pane.themes, toasts=window.toasts, files=files, window=pane)
    pane.transcript.set_pictures(thumbs)
    pane.transcript.file_requested.connect(viewing.show_sent)
    desk = AttachmentDesk(bridge=bridge, pane=pane, toasts=window.toasts, files=files, thumbs=thumbs, viewing=viewing)

    def ask() -> None:
        if window.shown_chat is not None:
            desk.ask()
        else:
            window.toasts.say(desk.tr("Open a chat first: files go with a message."), bad=True)

    window.overlays.offer(desk.tr("Attach files"), "attach", "", ask)
