"""Writing a memory, or changing one."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from personadesk.ui.dialogs.text_dialog import TextDialog
from personadesk.ui.theme.source import ThemeSource


class MemoryDialog(TextDialog):
    def __init__(self, *, themes: ThemeSource, title: str, text: str, note: str, parent: QWidget) -> None:
        super().__init__(
            themes=themes,
            title=title,
            text=text,
            placeholder=_tr("Prefers tea to coffee"),
            note=note,
            parent=parent,
        )


def _tr(text: str) -> str:
    return QCoreApplication.translate("MemoryDialog", text)
