"""A persona's own voice sample: brought, recorded, looked at, cut, replaced, taken away."""

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, QMimeData, Qt
from PySide6.QtWidgets import QFileDialog

from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.samples import OpenedSample, can_be_used, findings
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.sample_drop import dropped_path
from personadesk.ui.editor.sample_stage import Mode, SampleStage

PATTERNS = "*.mp3 *.wav *.ogg *.oga *.opus *.m4a *.flac"
NAME_LIMIT = 200


class SamplePanel(SampleStage):
    """Works on the card's voice. GUI thread; reading and cutting happen elsewhere."""

    def __init__(self, work: EditorWork) -> None:
        super().__init__(work)
        self._samples = work.desk.editing.samples
        self._sample = ""
        self._name = ""
        self._turn = 0
        self._stored_turn = False
        self._chosen = False
        """Whether what is looked at was a file, and not recorded here."""
        self._speaker, self._preset = "", ""
        self._connect()

    @property
    def waiting(self) -> str:
        """Why the card can't be saved yet, "" where it can."""
        if self.mode is Mode.READING and not self._stored_turn:
            return self.tr("The recording is still being read. Save again in a moment.")
        if self.mode is Mode.RECORDING:
            return self.tr("A recording is being made. Stop or cancel it, then save.")
        if self.mode is Mode.REVIEW:
            return self.tr("There is a recording that is not used yet. Use it or cancel it, then save.")
        return ""

    def go(self, mode: Mode) -> None:
        super().go(mode)
        if mode not in (Mode.REVIEW, Mode.READING):
            self.work.state.await_nothing()

    def attach(self, clones: VoiceClones) -> None:
        """Offer what a cloning service can do."""
        self.clone.attach(clones)

    def show_card(self, *, name: str, preset: str) -> None:
        """Show the card's voice as it stands. `name` is the persona's, `preset` says who speaks for it otherwise."""
        self._speaker, self._preset = name, preset
        state = self.work.state
        voice = state.card.voice
        busy = self.mode in (Mode.RECORDING, Mode.REVIEW) or (self.mode is Mode.READING and not self._stored_turn)
        if not busy and voice.sample != self._sample:
            self._sample = voice.sample
            self.say("")
            if not voice.sample:
                self.go(Mode.EMPTY)
            elif state.sample is not None and state.sample.sha256 == voice.sample:
                self._read(self._samples.open(state.sample.content), voice.sample_name, stored=True)
            else:
                self._read(self._samples.open_stored(voice.sample), voice.sample_name, stored=True)
        file = state.sample if state.sample is not None and state.sample.sha256 == voice.sample else None
        self.clone.show_sample(voice.sample if not busy else "", file, name=name, preset=preset)

    def set_read_only(self) -> None:
        """Let it be heard and nothing else."""
        self.drop.setEnabled(False)
        self.view.set_fixed(True)
        for widget in (self.replace, self.record, self.remove, self.cut):
            widget.setEnabled(False)

    # -- what a user does

    def choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a recording"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        # The content decides: a recording without an ending is one too.
        dialog.setNameFilters([self.tr("Recordings (%s)") % PATTERNS, self.tr("All files (*)")])
        dialog.fileSelected.connect(self.take_file)
        dialog.open()

    def take_file(self, path: str) -> None:
        """Take a recording's file as the sample."""
        self._chosen = True
        self._read(self._samples.open_file(Path(path)), Path(path).name[:NAME_LIMIT], stored=False)

    def take_mime(self, mime: QMimeData) -> None:
        try:
            self.take_file(str(dropped_path(mime)))
        except InvalidInput as problem:
            self._refuse(problem)

    def begin_recording(self) -> None:
        self.view.stop()
        self._chosen = False
        self.say("")
        self.go(Mode.RECORDING)
        self.recorder.begin()

    # -- inside

    def _connect(self) -> None:
        self.drop.dropped.connect(self.take_mime)
        self.drop.choose.clicked.connect(self.choose_file)
        self.drop.record.clicked.connect(self.begin_recording)
        self.replace.clicked.connect(self.choose_file)
        self.record.clicked.connect(self.begin_recording)
        self.again.clicked.connect(self.begin_recording)
        self.remove.clicked.connect(self._remove)
        self.cut.clicked.connect(self._cut)
        self.use.clicked.connect(self._use)
        self.leave.clicked.connect(self._go_back)
        self.recorder.recorded.connect(self._take_recording)
        self.recorder.left.connect(self._go_back)
        self.recorder.failed.connect(self._fail_recording)

    def _read(self, opening: Coroutine[Any, Any, OpenedSample], name: str, *, stored: bool) -> None:
        self._turn += 1
        turn = self._turn
        self._stored_turn = stored
        self.view.stop()
        self.say("")
        self.go(Mode.READING)
        self.work.desk.bridge.run(
            opening,
            owner=self,
            then=lambda opened: self._take_read(turn, opened, name),
            failed=lambda problem: self._fail_read(turn, problem),
        )

    def _take_read(self, turn: int, opened: OpenedSample, name: str) -> None:
        if turn != self._turn:
            return
        found = findings(opened.sound)
        if self._stored_turn:
            self._show(opened, name)
        elif can_be_used(found):
            self._take(opened, name)
        elif can_be_used(findings(opened.sound, min(opened.sound.duration_s, 20))):
            self._review(opened, name)  # too long as it is: a part of it will do
        else:
            self._go_back()
            self.say(f"{found[0].sentence} {found[0].next_step}")

    def _fail_read(self, turn: int, problem: UserFacingError) -> None:
        if turn != self._turn:
            return
        if self._stored_turn:
            self.go(Mode.GONE)
            self.say(f"{problem.sentence} {problem.next_step}".strip())
        else:
            self._refuse(problem)

    def _refuse(self, problem: UserFacingError) -> None:
        """Say what is wrong with what was brought; what was there before stays."""
        self._go_back()
        self.say(f"{problem.sentence} {problem.next_step}".strip())

    def _take_recording(self, pcm: bytes, sample_rate: int) -> None:
        made_at = QLocale().toString(QDateTime.currentDateTime(), QLocale.FormatType.ShortFormat)
        self._turn += 1
        turn, name = self._turn, self.tr("Recording of %s") % made_at
        self._stored_turn = False
        self.go(Mode.READING)
        self.work.desk.bridge.run(
            self._samples.open_pcm(pcm, sample_rate),
            owner=self,
            then=lambda opened: self._review(opened, name) if turn == self._turn else None,
            failed=lambda problem: self._fail_read(turn, problem),
        )

    def _fail_recording(self, words: str) -> None:
        if self.mode is Mode.RECORDING:
            self._go_back()
        self.say(words)

    def _review(self, opened: OpenedSample, name: str) -> None:
        self._name = name
        self.go(Mode.REVIEW)
        if can_be_used(findings(opened.sound)):
            self.work.state.await_sample(name, opened.sample)
        self.again.setVisible(not self._chosen)
        self.view.show_sample(opened, name)
        self.show_card(name=self._speaker, preset=self._preset)
        self.view.play.setFocus(Qt.FocusReason.OtherFocusReason)

    def _use(self) -> None:
        opened = self.view.opened
        if opened is None:
            return
        if self.view.wave.is_whole:
            self._take(opened, self._name)
        else:
            self._cut()

    def _cut(self) -> None:
        opened = self.view.opened
        if opened is not None and self.view.usable:
            name = f"{Path(self._name).stem[: NAME_LIMIT - 5]}.flac" if self.mode is Mode.SHOWN else self._name
            self._read(self._samples.cut(opened.sound, *self.view.wave.part), name, stored=False)

    def _take(self, opened: OpenedSample, name: str) -> None:
        """Make it the card's, which undo takes back."""
        state = self.work.state
        self._sample = opened.sample.sha256
        state.put_sample(replace(state.card.voice, sample=self._sample, sample_name=name), opened.sample)
        self._show(opened, name)
        self.show_card(name=self._speaker, preset=self._preset)

    def _show(self, opened: OpenedSample, name: str) -> None:
        self._name = name
        self.go(Mode.SHOWN)
        self.view.show_sample(opened, name)

    def _remove(self) -> None:
        state = self.work.state
        self.view.stop()
        self._sample = ""
        self.go(Mode.EMPTY)
        self.say("")
        state.put_sample(replace(state.card.voice, sample="", sample_name=""), None)
        self.show_card(name=self._speaker, preset=self._preset)

    def _go_back(self) -> None:
        """To what the card says."""
        self._turn += 1
        self._sample = ""
        self.go(Mode.EMPTY)
        self.show_card(name=self._speaker, preset=self._preset)
