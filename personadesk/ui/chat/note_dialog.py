"""Writing a note on a message."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from personadesk.ui.dialogs.text_dialog import TextDialog
from personadesk.ui.theme.source import ThemeSource


class NoteDialog(TextDialog):
    """An empty text takes the note away."""

    def __init__(self, *, themes: ThemeSource, text: str, parent: QWidget) -> None:
        super().__init__(
            themes=themes,
            title=_tr("Note"),
            text=text,
            placeholder=_tr("Come back to this"),
            note=_tr("Only you see it: it is never part of a prompt."),
            parent=parent,
        )


def _tr(text: str) -> str:
    return QCoreApplication.translate("NoteDialog", text)
