"""Find in what was said: a bar above the transcript that steps through the matches."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.domain.conversation import SearchHit
from personadesk.services.chat import FOUND_LIMIT
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, SearchField

DELAY_MS = 120


class FindBar(QWidget):
    """Asks with `query_changed`, is answered with `show_hits`, and points with `hit_chosen`."""

    query_changed = Signal(str)
    hit_chosen = Signal(object)  # SearchHit
    closed = Signal()

    def __init__(self, *, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._hits: list[SearchHit] = []
        self._at = 0
        self.field = SearchField(themes, placeholder=self.tr("Find in this conversation"))
        self.count = Label(themes, ink="muted")
        self.older = Button(themes, icon="chevron-up", accessible=self.tr("Older match"), kind=Kind.GHOST)
        self.newer = Button(themes, icon="chevron-down", accessible=self.tr("Newer match"), kind=Kind.GHOST)
        self.leave = Button(themes, icon="close", accessible=self.tr("Close the search"), kind=Kind.GHOST)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(22, 8, 16, 8)
        layout.addWidget(self.field, 1)
        for widget in (self.count, self.older, self.newer, self.leave):
            layout.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.field.changed.connect(lambda _text: self._timer.start())
        self.field.entered.connect(lambda: self._step(1))
        self.field.left.connect(self.close_bar)
        self.field.line.installEventFilter(self)
        self.older.clicked.connect(lambda: self._step(1))
        self.newer.clicked.connect(lambda: self._step(-1))
        self.leave.clicked.connect(self.close_bar)
        self.hide()

    def open_bar(self) -> None:
        """Show it; the words of last time are looked up anew, for another conversation may be open."""
        self.show()
        if self.field.line.text().strip():
            self._ask()
        self.field.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.line.selectAll()

    def look_for(self, words: str) -> None:
        """Show it with these words, or with those of last time."""
        if words:
            self.field.line.setText(words)
        self.open_bar()

    def close_bar(self) -> None:
        self._timer.stop()
        self._hits = []
        self._tell()
        self.hide()
        self.closed.emit()

    def show_hits(self, hits: list[SearchHit], query: str) -> None:
        """Show how many there are, newest first, and point at the newest. A late answer is dropped."""
        if query != self.field.line.text() or self.isHidden():
            return
        self._hits = hits
        self._at = 0
        self._tell()
        if hits:
            self.hit_chosen.emit(hits[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the field step, as the buttons do: up to the older match."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        painter.setPen(theme.line)
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _ask(self) -> None:
        self._timer.stop()
        self.query_changed.emit(self.field.line.text())

    def _step(self, by: int) -> None:
        if self._timer.isActive():
            self._ask()
            return
        if self._hits:
            self._at = (self._at + by) % len(self._hits)
            self._tell()
            self.hit_chosen.emit(self._hits[self._at])

    def _tell(self) -> None:
        self.older.setEnabled(len(self._hits) > 1)
        self.newer.setEnabled(len(self._hits) > 1)
        if not self.field.line.text().strip() or self.isHidden():
            self.count.setText("")
        elif not self._hits:
            self.count.setText(self.tr("No match"))
        else:
            several = str(len(self._hits)) + ("+" if len(self._hits) >= FOUND_LIMIT else "")
            self.count.setText(self.tr("%1 of %2").replace("%1", str(self._at + 1)).replace("%2", several))
