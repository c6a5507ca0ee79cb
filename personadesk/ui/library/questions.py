"""The one question there is: about what can't be undone."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def ask_for_good(window: QWidget, *, text: str, more: str, button: str, act: Callable[[], None]) -> QMessageBox:
    """Ask before something is deleted for good; Enter and Escape both leave it."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(QCoreApplication.translate("Questions", "Delete for good"))
    box.setText(text)
    box.setInformativeText(more)
    delete = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.buttonClicked.connect(lambda clicked: act() if clicked is delete else None)
    box.open()
    return box
