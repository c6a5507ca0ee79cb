"""A window for text that is too long for a bubble: read, select, copy, close."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QGuiApplication, QPalette, QTextOption
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from personadesk.ui.chat.markdown_blocks import clean
from personadesk.ui.chat.markdown_ink import code_font
from personadesk.ui.theme.tokens import SPACE_PX, Theme

WRAP_LIMIT = 4_000
"""Lines longer than this are broken when shown: one endless line would stall the layout. A copy stays whole."""
COPIED_MS = 1_500


class TextViewer(QDialog):
    """Shows a whole text, read only. Opened with `open()`; deleted when closed."""

    def __init__(
        self, theme: Theme, *, title: str, text: str, monospace: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(760, 560)
        self._text = clean(text)
        heading = QLabel(title, self)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        heading.setFont(font)
        self.field = QPlainTextEdit(self)
        self.field.setReadOnly(True)
        self.field.setAccessibleName(title)
        self.field.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.field.setWordWrapMode(
            QTextOption.WrapMode.NoWrap if monospace else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        )
        if monospace:
            self.field.setFont(code_font(self.font()))
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.code if monospace else theme.surface)
        colours.setColor(QPalette.ColorRole.Text, theme.text)
        colours.setColor(QPalette.ColorRole.Highlight, theme.selection)
        colours.setColor(QPalette.ColorRole.HighlightedText, theme.selection_text)
        self.field.setPalette(colours)
        self.field.setPlainText("\n".join(_broken(self._text)))
        self.copy_button = QPushButton(self.tr("Copy all"), self)
        self.copy_button.clicked.connect(self._copy)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[SPACE_PX * 5] * 4)
        layout.setSpacing(SPACE_PX * 3)
        layout.addWidget(heading)
        layout.addWidget(self.field)
        layout.addWidget(self.buttons)
        self._label = QTimer(self)
        self._label.setSingleShot(True)
        self._label.setInterval(COPIED_MS)
        self._label.timeout.connect(lambda: self.copy_button.setText(self.tr("Copy all")))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.copy_button.setText(self.tr("Copied"))
        self._label.start()


def _broken(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        lines.extend([line[at : at + WRAP_LIMIT] for at in range(0, len(line), WRAP_LIMIT)] or [""])
    return lines
