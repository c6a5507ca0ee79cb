"""The microphone in the composer: a button to hold or click, what is heard, and words at the cursor."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from personadesk.services.weights_ports import WHISPER_WEIGHTS
from personadesk.ui.chat.composer import Composer
from personadesk.ui.chat.dictation_words import neighbours, spaced
from personadesk.ui.speech.dictating import Dictating
from personadesk.ui.speech.level_meter import LevelMeter
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

if TYPE_CHECKING:
    from personadesk.ui.chat.dictation_offer import DictationOffer

DICTATE_KEYS = "Ctrl+Shift+D"
METER_PX = 120
LET_GO_MS = 120
"""A key that is pressed again sooner was held: systems repeat it every 20 to 50 ms."""


class DictationBar(QWidget):
    """What it is doing: how loud it hears, in words, and a way to forget it."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.meter = LevelMeter(themes)
        self.meter.setFixedWidth(METER_PX)
        self.state = Label(themes, ink="muted", wrap=True)
        self.cancel = Button(
            themes, self.tr("Cancel"), accessible=self.tr("Stop, and forget what was said"), compact=True
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(10)
        row.addWidget(self.meter)
        row.addWidget(self.state, 1)
        row.addWidget(self.cancel)


class DictationControls(QObject):
    """Joins a composer and dictation. GUI thread."""

    def __init__(self, *, composer: Composer, dictating: Dictating, weights: WeightsDesk, themes: ThemeSource) -> None:
        super().__init__(composer)
        self._composer = composer
        self._dictating = dictating
        self._weights = weights
        self._themes = themes
        self.offer: DictationOffer | None = None
        self.button = Button(themes, icon="mic", accessible=self.tr("Dictate"), kind=Kind.GHOST, compact=True)
        self.bar = DictationBar(themes)
        self.bar.hide()
        composer.foot.insertWidget(0, self.button)
        composer.above.addWidget(self.bar)
        QWidget.setTabOrder(composer.editor, self.button)
        self._keys = QShortcut(QKeySequence(DICTATE_KEYS), composer, self._press_keys)
        self._keys.setAutoRepeat(False)
        self._down = False
        self._by_mouse = True
        # X11 repeats a held key as releases and presses, and Qt does not tell them all from real ones.
        self._let_go = QTimer(self)
        self._let_go.setSingleShot(True)
        self._let_go.setInterval(LET_GO_MS)
        self._let_go.timeout.connect(self._release)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), composer, dictating.cancel)
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._connect()
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While the keys are held: the first of them that is let go ends it, as does another window."""
        kind = event.type()
        if watched is self.button:
            # Its own signals tell of presses, and not by what.
            if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress):
                self._by_mouse = kind == QEvent.Type.MouseButtonPress
        elif kind == QEvent.Type.ApplicationDeactivate:
            self._release()
        elif isinstance(event, QKeyEvent):
            if kind != QEvent.Type.KeyRelease:
                self._let_go.stop()
            elif not event.isAutoRepeat():
                self._let_go.start()
        return False

    # -- inside

    def _connect(self) -> None:
        dictating, composer = self._dictating, self._composer
        self.button.pressed.connect(self._press)
        self.button.released.connect(self._let_go_of_button)
        self.button.installEventFilter(self)
        self.bar.cancel.clicked.connect(dictating.cancel)
        composer.opened.connect(dictating.cancel)
        dictating.changed.connect(self._show)
        dictating.level.connect(self.bar.meter.set_level)
        dictating.words.connect(self._insert)
        dictating.paused.connect(self._send)
        dictating.told.connect(composer.say)
        dictating.weights_missing.connect(self._offer_weights)
        self._weights.fetched.connect(self._end_offer)

    def _press_keys(self) -> None:
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._press()

    def _press(self) -> None:
        self._let_go.stop()
        if not self._down and self.button.isVisible():
            self._down = True
            self._dictating.press()

    def _let_go_of_button(self) -> None:
        if self._by_mouse:
            self._release()
        else:
            self._let_go.start()

    def _release(self) -> None:
        self._let_go.stop()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        if self._down:
            self._down = False
            self._dictating.release()

    def _show(self) -> None:
        dictating = self._dictating
        self._escape.setEnabled(dictating.active)
        if dictating.preparing:
            self._composer.notice.hide()
        self.bar.setVisible(dictating.active)
        self.bar.meter.setVisible(dictating.listening)
        if dictating.listening and dictating.writing:
            words = self.tr("Listening, and writing down what you said…")
        elif dictating.held and dictating.listening:
            words = self.tr("Listening. Let go when you have said it.")
        elif dictating.listening:
            words = self.tr("Listening. Words appear when you pause.")
        elif dictating.preparing:
            words = self.tr("Opening the microphone…")
        else:
            words = self.tr("Writing down what you said…")
        self.bar.state.setText(words)
        name = self.tr("Stop listening") if dictating.listening else self.tr("Dictate")
        self.button.setAccessibleName(name)
        self.button.setToolTip(
            self.tr("%s (%s)") % (name, DICTATE_KEYS) + ("" if dictating.listening else "\n" + self._hint())
        )
        self.button.set_icon_name("stop" if dictating.listening else "mic")
        self.button.set_kind(Kind.PRIMARY if dictating.listening else Kind.GHOST)

    def _hint(self) -> str:
        return self.tr("Hold it while you speak, or click it and speak.")

    def _insert(self, words: str) -> None:
        editor = self._composer.editor
        if editor.isReadOnly():
            return
        before, after = neighbours(editor.textCursor())
        words = spaced(before, words, after)
        if len(words) > editor.room:
            self._composer.say(self.tr("The message is full. What you said last was not written down."))
            return
        # A block of its own: else undo would take back all that was said in one step.
        cursor = editor.textCursor()
        cursor.beginEditBlock()
        editor.insert_text(words)
        cursor.endEditBlock()
        editor.ensureCursorVisible()

    def _send(self) -> None:
        if self._dictating.settings.sends and self._composer.edit_in_progress is None:
            self._composer.editor.sent.emit()

    def _offer_weights(self) -> None:
        if self.offer is None:
            from personadesk.ui.chat.dictation_offer import DictationOffer

            self.offer = DictationOffer(self._themes, self._weights)
            self.offer.later.clicked.connect(self._put_off)
            self._composer.above.insertWidget(0, self.offer)
        self.offer.show()
        self.offer.weights.fetch.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put_off(self) -> None:
        if self.offer is not None:
            self._weights.cancel(WHISPER_WEIGHTS)
            self.offer.hide()
        self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_offer(self, weights_id: str) -> None:
        if weights_id == WHISPER_WEIGHTS and self.offer is not None and not self.offer.isHidden():
            self.offer.hide()
            self._composer.say(self.tr("Ready to listen: hold the microphone and speak."))
            self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)
