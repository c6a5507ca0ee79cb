"""What a book says of itself: its name, how far it looks back, how much it may say."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.lorebook import Lorebook
from personadesk.formats.lorebook_files import NAME_LIMIT
from personadesk.ui.lorebook.controls import Control, NumberField, Switch, TextArea, TextLine
from personadesk.ui.lorebook.form import Form
from personadesk.ui.theme.source import ThemeSource


class BookSettings(QWidget):
    """`edited` carries the book as it is now and the name of the field that changed."""

    edited = Signal(object, str)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._book = Lorebook()
        self._loading = False
        self.controls: dict[str, Control] = {
            "name": TextLine(
                themes, accessible=self.tr("Name"), placeholder=self.tr("What is it about?"), limit=NAME_LIMIT
            ),
            "description": TextArea(themes, accessible=self.tr("Description"), lines=3),
            "scan_depth": NumberField(
                themes, accessible=self.tr("Scan depth in messages"), placeholder=self.tr("2 messages")
            ),
            "token_budget": NumberField(
                themes, accessible=self.tr("Token budget"), placeholder=self.tr("a quarter of the context")
            ),
            "recursive_scanning": Switch(themes, self.tr("Entries may call other entries")),
        }
        form = Form(themes)
        form.wide(self.tr("Name"), self.controls["name"])
        form.wide(self.tr("Description"), self.controls["description"])
        form.wide(self.tr("Scan depth: how many messages are searched for keys"), self.controls["scan_depth"])
        form.wide(self.tr("Token budget: how much of the prompt it may take"), self.controls["token_budget"])
        form.bare(self.controls["recursive_scanning"])
        form.end()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form)
        for field, control in self.controls.items():
            control.value_changed.connect(lambda value, field=field: self._take(field, value))

    def show_book(self, book: Lorebook) -> None:
        self._book = book
        self._loading = True
        for field, control in self.controls.items():
            control.show_value(getattr(book, field))
        self._loading = False

    def _take(self, field: str, value: Any) -> None:
        if not self._loading:
            self._book = replace(self._book, **{field: value})
            self.edited.emit(self._book, field)
