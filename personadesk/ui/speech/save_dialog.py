"""Keeping speech: which messages, where to, and how far it has come."""

from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QLocale, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from personadesk.domain.conversation import Message
from personadesk.domain.errors import UserFacingError
from personadesk.formats.sound_file import SoundKind
from personadesk.services.card_exports import file_stem
from personadesk.services.speech.saving import SavedSpeech, SaveProgress, SpeechSaving
from personadesk.services.speech.spoken_text import SpokenWords
from personadesk.ui.bridge import Bridge
from personadesk.ui.dialogs.writing import WritingDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.steps import Tick

WIDTH_PX = 460
HEIGHT_PX = 280
KINDS = (SoundKind.MP3, SoundKind.OGG, SoundKind.WAV)
Step = SaveProgress | SavedSpeech


class SaveSpeechDialog(WritingDialog):
    """Of one message, or of all of its conversation. `saved` carries the SavedSpeech."""

    saved = Signal(object)

    def __init__(
        self,
        *,
        themes: ThemeSource,
        bridge: Bridge,
        saving: SpeechSaving,
        message: Message,
        whole: bool,
        name: str,
        parent: QWidget,
    ) -> None:
        super().__init__(
            themes=themes,
            parent=parent,
            width_px=WIDTH_PX,
            title=self.tr("Save the conversation as speech") if whole else self.tr("Save speech"),
            save=self.tr("Save as…"),
            writing=self.tr("Saving speech"),
        )
        self._bridge = bridge
        self._saving = saving
        self._message = message
        self._whole = whole
        self._name = name
        self._work: Future[None] | None = None
        self.mine = Tick(themes, self.tr("My messages too, in the system's voice"))
        self.note_line = Label(themes, ink="muted", wrap=True)
        self._build()

    def save_to(self, place: Path) -> None:
        """Write to a file; without an ending of its own it becomes an MP3."""
        if place.suffix.removeprefix(".").casefold() not in set(SoundKind):
            place = place.with_name(f"{place.name}.{SoundKind.MP3}")
        self.save.setEnabled(False)
        self.mine.setEnabled(False)
        self.problem.hide()
        self.bar.setRange(0, 0)
        self.bar.show()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        words = SpokenWords(code=self.tr("Some code is left out."), link=self.tr("link to {host}"))
        self._work = self._bridge.stream(
            self._steps(place, words, with_mine=self.mine.isChecked()),
            owner=self,
            each=self._show,
            then=self._end,
            failed=self._show_problem,
        )

    def done(self, result: int) -> None:
        """However it is closed, what is not whole by then goes."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
        super().done(result)

    # -- inside

    async def _steps(self, place: Path, words: SpokenWords, *, with_mine: bool) -> AsyncGenerator[Step, None]:
        """Runs on the engine."""
        message = self._message
        messages: Sequence[Message] = [message]
        if self._whole:
            messages = await self._saving.messages(message.persona_id, message.conversation_id, with_mine=with_mine)
        steps = self._saving.save_messages(messages, place, words)
        try:
            async for step in steps:
                yield step
        finally:
            await steps.aclose()

    def _build(self) -> None:
        explained = (
            self.tr("Everything %s says here, in order, as one sound file.")
            if self._whole
            else self.tr("What %s says in this message, as a sound file.")
        )
        self.content.addWidget(Label(self.themes, explained % self._name, ink="muted", wrap=True))
        self.content.addWidget(self.mine)
        self.mine.setVisible(self._whole)
        self.add_end(self.note_line)

    def ask_where(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        name = f"{file_stem(self._name)}.{SoundKind.MP3}"
        dialog = QFileDialog(self, self.tr("Save as"), str(Path(folder) / name))
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        filters = {kind: f"{kind.value.upper()} (*.{kind.value})" for kind in KINDS}
        dialog.setNameFilters(list(filters.values()))
        dialog.setDefaultSuffix(SoundKind.MP3.value)
        dialog.filterSelected.connect(
            lambda chosen: _take_kind(dialog, next(kind for kind in KINDS if filters[kind] == chosen))
        )
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()

    def _show(self, step: Step) -> None:
        if isinstance(step, SavedSpeech):
            self._work = None
            self.saved.emit(step)
            self.accept()
            return
        self.bar.setRange(0, max(step.total, 1))
        self.bar.setValue(step.done)
        if step.seconds_left is not None:
            self.note_line.setText(self._left(step.seconds_left))

    def _left(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("About %s seconds left") % QLocale().toString(max(1, round(seconds)))
        return self.tr("About %s minutes left") % QLocale().toString(round(seconds / 60))

    def _end(self, _none: None) -> None:
        """All steps have been shown."""

    def _show_problem(self, problem: UserFacingError) -> None:
        self._work = None
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()
        self.bar.hide()
        self.note_line.setText("")
        self.save.setEnabled(True)
        self.mine.setEnabled(True)


def _take_kind(dialog: QFileDialog, kind: SoundKind) -> None:
    """Let the name that is written there end as its kind does."""
    dialog.setDefaultSuffix(kind.value)
    named = dialog.selectedFiles()
    if named:
        dialog.selectFile(Path(named[0]).with_suffix(f".{kind.value}").name)
