"""Dictation in the window: listens, cuts at pauses, and has each passage written down in turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QElapsedTimer, QObject, Signal

from personadesk.domain.dictation import (
    LISTENING_RATE,
    WHISPER,
    DictationSettings,
    Heard,
    HearingState,
    HearingStatus,
)
from personadesk.domain.errors import UserFacingError
from personadesk.services.hearing import Dictation
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.microphone import Input, Microphone, open_device
from personadesk.ui.speech.multimedia import find_devices, load_multimedia
from personadesk.ui.speech.pauses import PauseFinder
from personadesk.ui.speech.voices import Voices

TAP_MS = 450
"""A button that is let go sooner was clicked, not held."""
ECHO_BYTES = round(0.4 * LISTENING_RATE) * 2
"""What a room gives back after a voice has ended."""
FORGOTTEN_S = 120.0
"""A microphone that nobody speaks into for so long was forgotten."""


class Dictating(QObject):
    """GUI thread. Held, it listens until it is let go; clicked, until the next click or, by choice, a pause.

    `names` gives who may be named in what is said.
    """

    changed = Signal()  # what it is doing
    level = Signal(float)  # from 0 to 1
    words = Signal(str)  # that were said
    paused = Signal()  # everything that was said is written down
    told = Signal(str)  # why not, or by whom
    weights_missing = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        dictation: Dictation,
        voices: Voices,
        parent: QObject,
        open_input: Callable[[int], Input | None] = open_device,
        tap_ms: int = TAP_MS,
        names: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._dictation = dictation
        self._voices = voices
        self._tap_ms = tap_ms
        self._names = names
        self._prepare = find_devices if open_input is open_device else load_multimedia
        self._finder = PauseFinder(LISTENING_RATE)
        self._waiting: deque[bytes] = deque()
        self._writing: Future[Heard] | None = None
        self._session = 0
        self._looks = 0
        self._looking = False
        self._hearing = False
        self._pressed = QElapsedTimer()
        self._held = False
        self._echo_bytes = 0
        self._silent_bytes = 0
        self._told: set[str] = set()
        self.settings = DictationSettings()
        self.microphone = Microphone(open_input=open_input, parent=self)
        self.microphone.heard.connect(self._take)
        self.microphone.level.connect(self.level)
        self.microphone.failed.connect(self._fail_listening)

    @property
    def listening(self) -> bool:
        return self.microphone.listening

    @property
    def preparing(self) -> bool:
        return self._looking

    @property
    def held(self) -> bool:
        """Whether it listens only as long as it is held."""
        return self._held

    @property
    def writing(self) -> bool:
        """Whether something that was said waits to be written down."""
        return self._writing is not None or bool(self._waiting)

    @property
    def active(self) -> bool:
        return self.listening or self.preparing or self.writing

    def press(self) -> None:
        """The button is held down: begin, or end where it listens."""
        if self.listening or self._looking:
            self._pressed.invalidate()
            self.stop()
            return
        self._pressed.start()
        self._held = True
        self._look()

    def release(self) -> None:
        """It is let go: soon, it was a click, and listening goes on."""
        held_ms = self._pressed.elapsed() if self._pressed.isValid() else -1
        self._pressed.invalidate()
        if held_ms < 0 or not self._held:
            return
        self._held = False
        if held_ms >= self._tap_ms:
            self.stop()
        elif self.listening:
            self._hear_alone()
            self.changed.emit()

    def stop(self) -> None:
        """Listen no more; what was said is written down."""
        self._looking = False
        if self.listening:
            # What the device still holds comes before it is gone.
            self.microphone.stop()
            self._queue(self._finder.finish())
        self._end_listening()

    def cancel(self) -> None:
        """Listen no more, and forget what was said."""
        self._looking = False
        self._hearing = False
        self._session += 1
        self._waiting.clear()
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.cancel()
        if self.listening:
            self.microphone.stop()
        self._finder.finish()
        self._end_listening()

    # -- beginning

    def _look(self) -> None:
        self._looking = True
        self._looks += 1
        turn = self._looks

        async def look() -> tuple[DictationSettings, HearingStatus]:
            # Loaded here, so that the window need not wait for it when the device is opened.
            await asyncio.to_thread(self._prepare)
            return await self._dictation.settings(), await self._dictation.status()

        self._bridge.run(
            look(),
            owner=self,
            then=lambda found: self._begin(turn, *found),
            failed=lambda problem: self._give_up(turn, problem.sentence, problem.next_step),
        )
        self.changed.emit()

    def _begin(self, turn: int, settings: DictationSettings, status: HearingStatus) -> None:
        if turn != self._looks or not self._looking:
            return
        self.settings = settings
        if status.state is HearingState.NOT_HERE and status.engine == WHISPER:
            self._give_up(turn, "", "")
            self.weights_missing.emit()
            return
        if status.state is not HearingState.READY:
            self._give_up(turn, status.sentence, status.next_step)
            return
        self._looking = False
        self._finder = PauseFinder(LISTENING_RATE)
        self._echo_bytes = self._silent_bytes = 0
        if self._held:
            self._voices.duck(True)
        else:
            self._hear_alone()
        self._hearing = True
        if self.microphone.start(LISTENING_RATE):
            self._bridge.run(self._dictation.warm_up(), owner=self)
            self.changed.emit()

    def _hear_alone(self) -> None:
        """Whoever begins to dictate is not talked over."""
        self._voices.duck(False)
        self._voices.stop()

    def _give_up(self, turn: int, sentence: str, next_step: str) -> None:
        if turn == self._looks:
            self._looking = False
            self._end_listening()
            if sentence:
                self.told.emit(f"{sentence} {next_step}".strip())

    # -- listening

    def _take(self, pcm: bytes) -> None:
        if not self._hearing:
            return
        if not self._held:
            # What a persona says meanwhile would be written down as said by the user.
            if self._voices.key and not self._voices.player.paused:
                self._echo_bytes = ECHO_BYTES
                self._queue(self._finder.finish())
                return
            echo, self._echo_bytes = self._echo_bytes, max(0, self._echo_bytes - len(pcm))
            pcm = pcm[echo:]
        self._silent_bytes = 0 if self._finder.speaking else self._silent_bytes + len(pcm)
        if self._silent_bytes > FORGOTTEN_S * LISTENING_RATE * 2:
            self.stop()
            self.told.emit(self.tr("Nobody spoke for two minutes, so listening has ended."))
            return
        for passage in self._finder.take(pcm):
            self._silent_bytes = 0
            self._queue(passage)
            if not self._held and not self.settings.hands_free:
                self._hearing = False
                self.stop()
                return

    def _fail_listening(self, sentence: str, next_step: str) -> None:
        self._queue(self._finder.finish())
        self._end_listening()
        self.told.emit(f"{sentence} {next_step}".strip())

    def _end_listening(self) -> None:
        self._held = False
        self._hearing = False
        self._voices.duck(False)
        self.changed.emit()

    # -- writing down

    def _queue(self, passage: bytes) -> None:
        if passage:
            self._waiting.append(passage)
            self._write_next()

    def _write_next(self) -> None:
        if self._writing is None and self._waiting:
            session = self._session
            self._writing = self._bridge.run(
                self._dictation.transcribe(self._waiting.popleft(), self._names()),
                owner=self,
                then=lambda heard: self._written(session, heard),
                failed=lambda problem: self._not_written(session, problem),
            )
            self.changed.emit()

    def _written(self, session: int, heard: Heard) -> None:
        if session != self._session:
            return
        self._writing = None
        if heard.text:
            self.words.emit(heard.text)
        if heard.notice and heard.notice not in self._told:
            self._told.add(heard.notice)
            self.told.emit(self.tr("Written down on this computer instead. %s") % heard.notice)
        self._write_next()
        if not self.writing:
            self.changed.emit()
            if heard.text and not self._finder.speaking:
                self.paused.emit()

    def _not_written(self, session: int, problem: UserFacingError) -> None:
        if session == self._session:
            self.cancel()
            self.told.emit(f"{problem.sentence} {problem.next_step}".strip())
