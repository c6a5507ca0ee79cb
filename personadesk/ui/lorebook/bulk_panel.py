"""What can be done with many entries at once."""

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.lorebook import LorePosition
from personadesk.ui.lorebook.controls import NumberField
from personadesk.ui.lorebook.form import Form
from personadesk.ui.lorebook.words import position_word
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.wizard.pick_button import Choice, PickButton


class BulkPanel(QWidget):
    """`set_wanted` carries fields and their values. A number is set by Enter."""

    set_wanted = Signal(object)  # dict[str, object]
    duplicate_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.title = Label(themes, bold=True)
        form = Form(themes)
        form.bare(self.title)
        self.enable = Button(themes, self.tr("Enable"), icon="check", compact=True)
        self.disable = Button(themes, self.tr("Disable"), icon="close", compact=True)
        self.duplicate = Button(themes, self.tr("Duplicate"), icon="duplicate", compact=True)
        self.remove = Button(themes, self.tr("Delete"), icon="trash", kind=Kind.DANGER, compact=True)
        row = QWidget()
        flow = FlowLayout(row)
        for button in (self.enable, self.disable, self.duplicate, self.remove):
            flow.addWidget(button)
        form.bare(row)
        self.position = PickButton(themes, accessible=self.tr("Position"))
        self.position.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.position.setMinimumHeight(self.fontMetrics().height() + 20)
        self.position.choices = [Choice(position_word(position), position) for position in LorePosition]
        form.section(self.tr("Set for all of them"))
        hint = self.tr("A number, then Enter")
        self.order = NumberField(themes, accessible=self.tr("Order"), placeholder=hint, least=-1_000_000)
        self.at_depth = NumberField(themes, accessible=self.tr("Depth in messages"), placeholder=hint)
        self.probability = NumberField(themes, accessible=self.tr("Chance in %"), placeholder=hint, most=100)
        form.pairs(
            [
                (self.tr("Position"), self.position),
                (self.tr("Order"), self.order),
                (self.tr("Depth in messages"), self.at_depth),
                (self.tr("Chance in %"), self.probability),
            ]
        )
        self.said = Label(themes, ink="muted", wrap=True)
        form.bare(self.said)
        form.end()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form)
        self._connect()

    def show_count(self, count: int) -> None:
        """Say how many there are to change."""
        self.title.setText(self.tr("%s entries selected") % QLocale().toString(count))
        self.position.show_choice(self.tr("Choose…"))
        self.said.clear()
        for field in (self.order, self.at_depth, self.probability):
            field.show_value(None)

    def _connect(self) -> None:
        self.enable.clicked.connect(lambda: self._set({"enabled": True}))
        self.disable.clicked.connect(lambda: self._set({"enabled": False}))
        self.duplicate.clicked.connect(self.duplicate_wanted)
        self.remove.clicked.connect(self.remove_wanted)
        self.position.picked.connect(self._set_position)
        self.order.entered.connect(lambda: self._set_number("order", self.order))
        self.at_depth.entered.connect(lambda: self._set_number("depth", self.at_depth))
        self.probability.entered.connect(lambda: self._set_number("probability", self.probability))

    def _set_position(self, position: LorePosition) -> None:
        self.position.show_choice(position_word(position))
        self._set({"position": position})

    def _set_number(self, field: str, control: NumberField) -> None:
        if control.value is not None:
            self._set({field: control.value, **({"use_probability": True} if field == "probability" else {})})

    def _set(self, fields: dict[str, object]) -> None:
        self.set_wanted.emit(fields)
        self.said.setText(self.tr("Set for all of them."))
