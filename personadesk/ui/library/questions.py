"""The one question there is: about what can't be undone."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget


def ask_for_good(
    window: QWidget,
    *,
    text: str,
    more: str,
    button: str,
    act: Callable[[], None],
    offer: QCheckBox | None = None,
    accept: Callable[[], None] | None = None,
) -> QMessageBox:
    """Ask before something is deleted for good; Enter and Escape both leave it.

    An `offer` is a tick for something that goes with it: `accept` is called after `act` where it is set.
    """
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(QCoreApplication.translate("Questions", "Delete for good"))
    box.setText(text)
    box.setInformativeText(more)
    delete = box.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    if offer is not None:
        box.setCheckBox(offer)

    def answer(clicked: object) -> None:
        if clicked is delete:
            act()
            if accept is not None and offer is not None and offer.isChecked():
                accept()

    box.buttonClicked.connect(answer)
    box.open()
    return box
