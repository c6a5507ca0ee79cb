"""The voices to choose from, as rows."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from personadesk.domain.speech import KOKORO, SYSTEM
from personadesk.domain.voice import VoicePreset
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, mix, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import focus_ring
from personadesk.ui.widgets.text import draw_line

PRESET_ROLE = Qt.ItemDataRole.UserRole
CHECK_PX = 18
PLAY_PX = 32
AnyIndex = QModelIndex | QPersistentModelIndex


class VoiceModel(QAbstractListModel):
    """`chosen` is the "engine:key" of the preset that is marked, `heard` of the one that speaks, None for none.

    `states` says in words why an engine can't speak. `can_play` shows a button on each row.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.presets: list[VoicePreset] = []
        self.chosen = ""
        self.heard: str | None = None
        self.can_play = False
        self.states: dict[str, str] = {}

    def fill(self, presets: Sequence[VoicePreset]) -> None:
        self.beginResetModel()
        self.presets = list(presets)
        self.endResetModel()

    def mark(self, chosen: str) -> None:
        self.chosen = chosen
        if self.presets:
            self.dataChanged.emit(self.index(0), self.index(len(self.presets) - 1))

    def words(self, preset: VoicePreset) -> str:
        """How it sounds, and what it lacks."""
        return " · ".join(word for word in (preset.sounds, self.states.get(preset.engine, "")) if word)

    def play(self, heard: str | None) -> None:
        self.heard = heard
        self.mark(self.chosen)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.presets)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.presets):
            return None
        preset = self.presets[index.row()]
        if role == PRESET_ROLE:
            return preset
        if role == Qt.ItemDataRole.AccessibleTextRole:
            chosen = self.tr("chosen") if preset_id(preset) == self.chosen else ""
            return ", ".join(
                word for word in (preset.name, self.words(preset), engine_name(preset.engine), chosen) if word
            )
        return preset.name if role == Qt.ItemDataRole.DisplayRole else None


def preset_id(preset: VoicePreset) -> str:
    """What a VoiceChoice calls it."""
    return f"{preset.engine}:{preset.key}" if preset.key else ""


def engine_name(engine: str) -> str:
    names = {
        "elevenlabs": "ElevenLabs",
        KOKORO: QCoreApplication.translate("VoiceList", "On this computer"),
        SYSTEM: QCoreApplication.translate("VoiceList", "Your system"),
    }
    return names.get(engine, engine)


def play_box(inner: QRectF, *, rtl: bool) -> QRectF:
    """Where a row's play button is, in the row without its margins."""
    left = inner.right() - PLAY_PX if rtl else inner.left()
    return QRectF(left, inner.center().y() - PLAY_PX / 2, PLAY_PX, PLAY_PX)


class _Rows(QStyledItemDelegate):
    def __init__(self, model: VoiceModel, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height() * 2) + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        preset = index.data(PRESET_ROLE)
        if not isinstance(preset, VoicePreset):
            return
        theme = self._themes.theme
        rect = QRectF(option.rect)
        state = option.state
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        chosen = preset_id(preset) == self._model.chosen
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, mix(theme.surface, theme.accent, 0.12) if chosen else theme.hover)
        if index.row():
            painter.setPen(theme.line)
            painter.drawLine(rect.topLeft(), rect.topRight())
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_Selected:
            focus_ring(painter, theme, rect.adjusted(2, 2, -2, -2), 8)
        inner = rect.adjusted(16, 0, -16, 0)
        if self._model.can_play:
            inner = self._paint_play(painter, theme, inner, heard=preset_id(preset) == self._model.heard, rtl=rtl)
        end = self._paint_end(painter, theme, inner, preset, option.font, rtl=rtl, chosen=chosen)
        words = inner.adjusted(end, 0, 0, 0) if rtl else inner.adjusted(0, 0, -end, 0)
        self._paint_words(painter, theme, words, preset, option.font, rtl=rtl)
        painter.restore()

    def _paint_play(self, painter: QPainter, theme: Theme, inner: QRectF, *, heard: bool, rtl: bool) -> QRectF:
        """The button that plays the voice, or stops it; returns what is left of the row."""
        box = play_box(inner, rtl=rtl)
        painter.setBrush(theme.raised)
        painter.setPen(theme.accent if heard else theme.line)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        ratio = painter.device().devicePixelRatioF()
        drawn = pixmap("stop" if heard else "play", theme.accent_text if heard else theme.text, 14, ratio)
        painter.drawPixmap(QPointF(box.center().x() - 7, box.center().y() - 7), drawn)
        room = PLAY_PX + 14
        return inner.adjusted(0, 0, -room, 0) if rtl else inner.adjusted(room, 0, 0, 0)

    def _paint_words(
        self, painter: QPainter, theme: Theme, words: QRectF, preset: VoicePreset, font: QFont, *, rtl: bool
    ) -> None:
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        height = QFontMetricsF(strong).height()
        painter.setFont(strong)
        painter.setPen(theme.text)
        draw_line(painter, QRectF(words.left(), words.center().y() - height, words.width(), height), preset.name, side)
        painter.setFont(font)
        painter.setPen(theme.muted)
        draw_line(
            painter, QRectF(words.left(), words.center().y(), words.width(), height), self._model.words(preset), side
        )

    def _paint_end(
        self,
        painter: QPainter,
        theme: Theme,
        inner: QRectF,
        preset: VoicePreset,
        font: QFont,
        *,
        rtl: bool,
        chosen: bool,
    ) -> float:
        """The check and the engine's name; returns how wide they are."""
        if chosen:
            x = inner.left() if rtl else inner.right() - CHECK_PX
            drawn = pixmap("check", theme.accent_text, CHECK_PX, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(x, inner.center().y() - CHECK_PX / 2), drawn)
        name = engine_name(preset.engine)
        if not name:
            return CHECK_PX + 10.0
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        metrics = QFontMetricsF(small)
        width = metrics.horizontalAdvance(name) + 18
        x = inner.left() + CHECK_PX + 12 if rtl else inner.right() - CHECK_PX - 12 - width
        pill = QRectF(x, inner.center().y() - metrics.height() / 2 - 3, width, metrics.height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(theme.surface, theme.text, 0.075))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setFont(small)
        painter.setPen(theme.muted)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, name)
        return CHECK_PX + 24 + width


class VoiceList(QListView):
    """`chosen` carries the preset that a click, Space or Enter takes, `hear_requested` the one whose play button
    is clicked; by keyboard, Ctrl+Space plays.
    """

    chosen = Signal(object)  # VoicePreset
    hear_requested = Signal(object)  # VoicePreset

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._pressed = QPointF()
        self.voices = VoiceModel(self)
        self.setModel(self.voices)
        self.setItemDelegate(_Rows(self.voices, themes, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Voices"))
        self.clicked.connect(self._click)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        preset = self.currentIndex().data(PRESET_ROLE)
        plays = event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plays and self.voices.can_play and isinstance(preset, VoicePreset):
            self.hear_requested.emit(preset)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def let_play(self, states: dict[str, str]) -> None:
        """Show a play button on each row; `states` says why an engine can't speak."""
        self.voices.can_play = True
        self.voices.states = states
        self.setAccessibleDescription(self.tr("Space chooses a voice, Ctrl+Space plays it."))

    def _click(self, index: QModelIndex) -> None:
        preset = index.data(PRESET_ROLE)
        inner = QRectF(self.visualRect(index)).adjusted(16, 0, -16, 0)
        on_button = play_box(inner, rtl=self.isRightToLeft()).adjusted(-8, -8, 8, 8).contains(self._pressed)
        if self.voices.can_play and isinstance(preset, VoicePreset) and on_button:
            self.hear_requested.emit(preset)
        else:
            self._take(index)

    def _take(self, index: QModelIndex) -> None:
        preset = index.data(PRESET_ROLE)
        if isinstance(preset, VoicePreset):
            self.chosen.emit(preset)

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(colours)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
