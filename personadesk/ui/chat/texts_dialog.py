"""Every text a message has had: replies that were written again, and what stood there before an edit."""

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from personadesk.domain.conversation import WrittenText
from personadesk.domain.providers import ChosenModelRef
from personadesk.ui.chat.transcript_days import day_label, local_day, time_label
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import TextField


class TextsDialog(FramedDialog):
    """`chosen` carries the index of the text to show."""

    chosen = Signal(int)

    def __init__(self, *, themes: ThemeSource, texts: list[WrittenText], shown: int, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=620)
        self.set_title(self.tr("All its texts"))
        self._texts = texts
        self._shown = shown
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName(self.tr("Texts"))
        self.list.setMaximumHeight(160)
        for written in texts:
            self.list.addItem(QListWidgetItem(self._label(written)))
        self.field = TextField(themes, accessible=self.tr("Text"), placeholder="", lines=8)
        self.field.text.setReadOnly(True)
        self.content.addWidget(self.list)
        self.content.addWidget(self.field, 1)
        close = Button(themes, self.tr("Close"))
        close.clicked.connect(self.reject)
        self.show_it = Button(themes, self.tr("Show this one"), kind=Kind.PRIMARY)
        self.show_it.clicked.connect(self._choose)
        self.buttons.addStretch(1)
        self.buttons.addWidget(close)
        self.buttons.addWidget(self.show_it)
        self.list.currentRowChanged.connect(self._look)
        self.list.itemActivated.connect(self._choose)
        self.list.setCurrentRow(shown)
        themes.changed.connect(self._dress)
        self._dress(themes.theme)

    def _label(self, written: WrittenText) -> str:
        locale = QLocale()
        today = local_day(max(each.written_at for each in self._texts))
        when = f"{day_label(local_day(written.written_at), today, locale)}, {time_label(written.written_at, locale)}"
        parts = [locale.toString(written.index + 1), when]
        parts += [self.tr("edited")] if written.edited else []
        parts += [ChosenModelRef.of(written.model).model_id] if written.model else []
        parts += [self.tr("shown now")] if written.index == self._shown else []
        return "  ·  ".join(parts)

    def _look(self, row: int) -> None:
        if 0 <= row < len(self._texts):
            self.field.text.set_text(self._texts[row].text)
            self.show_it.setEnabled(self._texts[row].index != self._shown)

    def _choose(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._texts) and self._texts[row].index != self._shown:
            self.chosen.emit(self._texts[row].index)
            self.accept()

    def _dress(self, theme: Theme) -> None:
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.surface)
        colours.setColor(QPalette.ColorRole.Text, theme.text)
        colours.setColor(QPalette.ColorRole.Highlight, theme.selection)
        colours.setColor(QPalette.ColorRole.HighlightedText, theme.selection_text)
        self.list.setPalette(colours)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
