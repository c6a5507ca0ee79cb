"""What a voice sample's panel is made of, and what of it shows when."""

from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.sample_clone import SampleClone
from personadesk.ui.editor.sample_drop import SampleDrop
from personadesk.ui.editor.sample_view import SampleView
from personadesk.ui.speech.recorder import Recorder
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel, Label
from personadesk.ui.widgets.flow import FlowLayout


class Mode(Enum):
    EMPTY = "empty"
    READING = "reading"
    RECORDING = "recording"
    REVIEW = "review"
    """A recording that is not used yet: just made, or too long as it is."""
    SHOWN = "shown"
    GONE = "gone"
    """The voice names a recording that can't be read."""


class SampleStage(QWidget):
    """The place to drop on, the recorder, or a recording with what can be done with it."""

    grew = Signal()

    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self.work = work
        themes, bridge = work.themes, work.desk.bridge
        self.mode = Mode.EMPTY
        self.drop = SampleDrop(themes)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.reading = Label(themes, self.tr("Reading the recording…"), ink="muted")
        self.recorder = Recorder(themes, bridge)
        self.view = SampleView(themes, bridge)
        self.clone = SampleClone(themes, bridge)
        self.use = Button(themes, self.tr("Use it"), icon="check", kind=Kind.PRIMARY, compact=True)
        self.again = Button(themes, self.tr("Again"), icon="refresh", compact=True)
        self.leave = Button(themes, self.tr("Cancel"), compact=True)
        self.cut = Button(themes, self.tr("Cut to this part"), icon="cut", kind=Kind.PRIMARY, compact=True)
        self.replace = Button(themes, self.tr("Replace…"), icon="folder", compact=True)
        self.record = Button(themes, self.tr("Record…"), icon="mic", compact=True)
        self.remove = Button(themes, self.tr("Remove"), icon="trash", compact=True)
        self._build()
        self.view.part_changed.connect(self._show_actions)
        self.view.sound_play.output_missing.connect(self._tell_silent)
        self.go(Mode.EMPTY)

    def go(self, mode: Mode) -> None:
        """Show what belongs to a mode, and nothing else."""
        self.mode = mode
        if mode is not Mode.SHOWN:
            self.view.stop()
        self.drop.setVisible(mode is Mode.EMPTY)
        self.reading.setVisible(mode is Mode.READING)
        self._recording.setVisible(mode is Mode.RECORDING)
        self._shown.setVisible(mode in (Mode.REVIEW, Mode.SHOWN, Mode.GONE))
        self.view.setVisible(mode in (Mode.REVIEW, Mode.SHOWN))
        self._show_actions()
        self.grew.emit()

    def _show_actions(self) -> None:
        review, shown = self.mode is Mode.REVIEW, self.mode is Mode.SHOWN
        self.use.setVisible(review)
        self.use.setEnabled(self.view.usable)
        self.leave.setVisible(review)
        if not review:
            self.again.hide()
        self.cut.setVisible(shown and not self.view.wave.is_whole)
        self.cut.setEnabled(self.view.usable)
        for button in (self.replace, self.record, self.remove):
            button.setVisible(shown or self.mode is Mode.GONE)

    def say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.grew.emit()

    def _tell_silent(self) -> None:
        self.say(self.tr("No sound output found. Connect a speaker or headphones and try again."))

    def _build(self) -> None:
        themes = self.work.themes
        actions = QWidget()
        flow = FlowLayout(actions)
        for button in (self.use, self.cut, self.again, self.leave, self.replace, self.record, self.remove):
            flow.addWidget(button)
        self._shown, self._recording = CardPanel(themes), CardPanel(themes)
        inside = QVBoxLayout(self._shown)
        inside.setContentsMargins(18, 14, 18, 16)
        inside.setSpacing(10)
        for widget in (self.view, actions, self.clone):
            inside.addWidget(widget)
        frame = QVBoxLayout(self._recording)
        frame.setContentsMargins(18, 14, 18, 16)
        frame.addWidget(self.recorder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.problem, self.drop, self._shown, self._recording, self.reading):
            column.addWidget(part)
        self.problem.hide()
