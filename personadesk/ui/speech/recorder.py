"""Records a voice: three, two, one, then as long as is wanted, with a meter and the time."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.sample import BEST_FROM_S, LONGEST_S
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.level_meter import LevelMeter
from personadesk.ui.speech.microphone import SAMPLE_BYTES, Input, Microphone
from personadesk.ui.speech.multimedia import find_devices, load_multimedia
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

RATE = 44_100
COUNT_FROM = 3
COUNT_MS = 1000


class Recorder(QWidget):
    """`recorded` carries signed 16-bit mono PCM and its rate. The microphone is open from `begin` until it ends.

    `open_input` is asked with the rate, None for the system's microphone.
    """

    recorded = Signal(bytes, int)
    left = Signal()
    failed = Signal(str)

    def __init__(
        self,
        themes: ThemeSource,
        bridge: Bridge,
        *,
        open_input: Callable[[int], Input | None] | None = None,
        count_ms: int = COUNT_MS,
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._turn = 0
        self._count = 0
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._prepare = load_multimedia if open_input is not None else find_devices
        self.microphone = Microphone(open_input=open_input, parent=self)
        self.microphone.heard.connect(self._take)
        self.microphone.failed.connect(self._fail)
        self._counter = QTimer(self)
        self._counter.setInterval(count_ms)
        self._counter.timeout.connect(self._count_down)
        size = self.font().pointSizeF()
        self.state = Label(themes, bold=True, size_pt=size * 1.15, wrap=True)
        self.time = Label(themes, bold=True, size_pt=size * 1.6)
        self.time.setAccessibleName(self.tr("Recorded so far"))
        self.meter = LevelMeter(themes)
        self.microphone.level.connect(self.meter.set_level)
        self.hint = Label(
            themes,
            self.tr(
                "Speak as you usually do, in a quiet room. If you need something to say: “The north wind and the sun"
                " argued about which of them was the stronger, when a traveller came along, wrapped in a warm cloak."
                " They agreed that whoever first made the traveller take the cloak off should be called the stronger.”"
            ),
            ink="muted",
            wrap=True,
        )
        self.stop_button = Button(themes, self.tr("Stop"), kind=Kind.PRIMARY, icon="stop")
        self.stop_button.clicked.connect(self.finish)
        self.cancel_button = Button(themes, self.tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancel)
        self._build()

    @property
    def recording(self) -> bool:
        """Whether what is heard is kept."""
        return self.microphone.listening and self._count == 0

    @property
    def duration_s(self) -> float:
        return self._bytes / SAMPLE_BYTES / RATE

    def begin(self) -> None:
        """Open the microphone and count down."""
        self._turn += 1
        turn = self._turn
        self._pieces, self._bytes, self._count = [], 0, COUNT_FROM
        self.stop_button.setEnabled(False)
        self.state.setText(self.tr("Opening the microphone…"))
        self._show_time()
        self._bridge.run(asyncio.to_thread(self._prepare), owner=self, then=lambda _none: self._open(turn))

    def finish(self) -> None:
        """End the recording and hand it over."""
        if not self.recording:
            return
        self.microphone.stop()
        self._turn += 1
        pcm, self._pieces = b"".join(self._pieces), []
        self.recorded.emit(pcm, RATE)

    def cancel(self) -> None:
        self._end()
        self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # Nobody sees that it listens any more.
        if event.spontaneous():
            return
        if self.recording:
            self.finish()
        elif self.microphone.listening or self._count:
            self.cancel()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    # -- inside

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.time)
        row.addWidget(self.meter, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.state)
        column.addLayout(row)
        column.addWidget(self.hint)
        column.addLayout(buttons)

    def _open(self, turn: int) -> None:
        if turn == self._turn and self.microphone.start(RATE):
            self._say_count()
            self._counter.start()
            self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count_down(self) -> None:
        self._count -= 1
        if self._count > 0:
            self._say_count()
            return
        self._counter.stop()
        self._say(self.tr("Recording: speak now."))
        self.stop_button.setEnabled(True)
        self.stop_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_count(self) -> None:
        self._say(self.tr("Recording begins in %s…") % self._count)

    def _say(self, words: str) -> None:
        self.state.setText(words)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _take(self, pcm: bytes) -> None:
        if self._count:
            return
        room = round(LONGEST_S * RATE) * SAMPLE_BYTES - self._bytes
        self._pieces.append(pcm[:room])
        self._bytes += len(self._pieces[-1])
        self._show_time()
        if len(pcm) >= room:
            self.finish()

    def _show_time(self) -> None:
        seconds = int(self.duration_s)
        self.time.setText(f"{seconds // 60}:{seconds % 60:02}")
        self.time.set_ink("ok" if seconds >= BEST_FROM_S else "text")

    def _fail(self, sentence: str, next_step: str) -> None:
        """What was heard before is not lost with the microphone."""
        pcm = b"".join(self._pieces)
        self._end()
        if pcm:
            self.recorded.emit(pcm, RATE)
        self.failed.emit(f"{sentence} {next_step}")

    def _end(self) -> None:
        self._turn += 1
        self._counter.stop()
        self._count = 0
        self._pieces, self._bytes = [], 0
        # What it still holds is nobody's.
        self.microphone.heard.disconnect(self._take)
        self.microphone.stop()
        self.microphone.heard.connect(self._take)
