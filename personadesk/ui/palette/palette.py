"""The palette (Ctrl+K): jump to a persona, do something by its name, find what was said."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import NAME_LIMIT, PersonaSummary
from personadesk.domain.search import Found, SearchQuery
from personadesk.services.chat_ports import EVERY_MESSAGE
from personadesk.services.search_query import read_query
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.search_text import search_key
from personadesk.ui.palette.command import Command
from personadesk.ui.palette.entries import (
    AnyIndex,
    ConversationEntry,
    Entry,
    EntryModel,
    Heading,
    MemoryEntry,
    MessageEntry,
)
from personadesk.ui.palette.entry_painter import EntryPainter
from personadesk.ui.palette.found_rows import found_rows
from personadesk.ui.palette.matching import command_scores, score
from personadesk.ui.palette.narrowing import Narrowing
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.fields import Label, SearchField

if TYPE_CHECKING:
    from personadesk.services.search import SearchService

MOST_SHOWN = 50
MOST_BESIDE_MESSAGES = 6
"""Personas and commands that stand above the messages that were found."""
WIDTH_PX = 808
HEIGHT_PX = 540
DELAY_MS = 110


class Palette(QWidget):
    """An overlay over its window. Up, Down and Enter choose; Escape or a click beside it leaves."""

    persona_chosen = Signal(object)  # PersonaId
    conversation_chosen = Signal(object, object)  # PersonaId, ConversationId
    message_chosen = Signal(object)  # SearchHit
    memory_chosen = Signal(object)  # FoundMemory
    closed = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        avatars: Avatars,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._commands: list[Command] = []
        self._search: SearchService | None = None
        self._window = window
        self._asked = 0
        self._found = Found()
        self._model = EntryModel(self)
        self.field = SearchField(themes, placeholder=self.tr("Search everything, or type what to do"))
        self.narrowing = Narrowing(themes, self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self._delegate = EntryPainter(model=self._model, themes=themes, avatars=avatars)
        self.list.setItemDelegate(self._delegate)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Matches"))
        self.empty = Label(themes, ink="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(DELAY_MS)
        self._waiting.timeout.connect(self._ask)
        self._panel = QWidget(self)
        layout = QVBoxLayout(self._panel)
        layout.setContentsMargins(10, 12, 10, 10)
        layout.addWidget(self.field)
        layout.addWidget(self.narrowing)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        self.narrowing.changed.connect(self._change)
        self.field.changed.connect(self._change)
        self.field.line.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        avatars.ready.connect(self.list.viewport().update)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        window.installEventFilter(self)
        self.hide()

    def equip(self, commands: Sequence[Command], search: "SearchService | None") -> None:
        """Give it what can be done, and what finds what was said, once that is there."""
        self._commands = list(commands)
        self._search = search
        self.narrowing.setVisible(search is not None)

    def open(self, here: PersonaSummary | None = None) -> None:
        """Show it, empty; `here` is whose chat is on screen."""
        self.field.line.clear()
        self.narrowing.begin(here)
        self._change()
        self._settle()
        self.show()
        self.raise_()
        self.field.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        self._waiting.stop()
        self._asked += 1
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._settle()
        if watched is self.field.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event.key())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110 if theme.dark else 70))
        rect = QRectF(self._panel.geometry())
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.window)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 16, 16)

    # -- inside

    def _take_key(self, key: int) -> bool:
        rows = self._model.choosable()
        row = self.list.currentIndex().row()
        at = rows.index(row) if row in rows else 0
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            # Tab too: it must not lead the focus under the overlay.
            step = 1 if key in (Qt.Key.Key_Down, Qt.Key.Key_Tab) else -1
            if rows:
                self._select(rows[(at + step) % len(rows)])
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) and rows:
            step = 6 if key == Qt.Key.Key_PageDown else -6
            self._select(rows[min(max(at + step, 0), len(rows) - 1)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
        else:
            return False
        return True

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self._model.index(row))
        if row == self._model.choosable()[0]:
            self.list.scrollToTop()

    # -- finding

    def _change(self) -> None:
        """Another word or another chip: the names at once, what was said after a moment."""
        self._asked += 1
        self._found = Found()
        self._waiting.stop()
        asks = self._search is not None and self._asks_for_messages()
        if asks:
            self._waiting.start()
        self._fill(searching=asks)

    def _query(self) -> SearchQuery:
        return read_query(self.field.line.text())

    def _asks_for_messages(self) -> bool:
        query = self._query()
        if self._names_nobody(query):
            return False
        if self.narrowing.narrowed(query.only) != EVERY_MESSAGE:
            return True
        return len(query.words) > 1 or (query.words > "\u2e80")

    def _whose(self, query: SearchQuery) -> PersonaId | None:
        """The persona named in the query, if there is one, else the one chosen below the field."""
        if not query.within:
            return self.narrowing.persona_id
        key = search_key(query.within)
        ranked = sorted(self._roster.personas.values(), key=lambda item: -score(item.shown_name, key))
        return ranked[0].id if ranked and score(ranked[0].shown_name, key) else None

    def _names_nobody(self, query: SearchQuery) -> bool:
        return bool(query.within) and self._whose(query) is None

    def _ask(self) -> None:
        query = self._query()
        if self._search is None:
            return
        asked = self._asked
        work = self._search.find(
            query.words,
            persona_id=self._whose(query),
            only=self.narrowing.narrowed(query.only),
            order=self.narrowing.order,
        )
        self._bridge.run(work, owner=self, then=lambda found: self._take(asked, found))

    def _take(self, asked: int, found: Found) -> None:
        if asked == self._asked:
            self._found = found
            self._fill(searching=False)

    def _fill(self, *, searching: bool) -> None:
        chosen = self._model.entry(self.list.currentIndex().row())
        entries = self._entries()
        self._model.fill(entries)
        self.list.setVisible(bool(entries))
        self.empty.setVisible(not entries)
        self.empty.setText(self.tr("Searching…") if searching else self._nothing())
        rows = self._model.choosable()
        if rows:
            kept = next((row for row in rows if self._model.entry(row) is chosen), rows[0])
            self._select(kept if chosen is not None else rows[0])

    def _nothing(self) -> str:
        query = self._query()
        if self._names_nobody(query):
            return (
                self.tr("No persona is called “%s”. Write another name, or take this one away to look everywhere.")
                % query.within[:NAME_LIMIT]
            )
        whose = self._whose(query)
        if whose is not None and not self._asks_for_messages():
            name = self._roster.personas[whose].shown_name
            return self.tr("Type a word to look for in what was said with %s.") % name
        if whose is not None or self.narrowing.narrowed(query.only) != EVERY_MESSAGE:
            return self.tr("Nothing was found. Take a filter away, or look for another word.")
        return self.tr("Nothing was found. Look for another word, or for the beginning of one.")

    def _entries(self) -> list[Entry]:
        typed = self._query()
        narrowed = self.narrowing.narrowed(typed.only) != EVERY_MESSAGE or bool(typed.within)
        names = [] if narrowed else self._named(search_key(typed.words))
        said = found_rows(self._found, self._roster.personas)
        if said and len(names) > MOST_BESIDE_MESSAGES:
            names = names[:MOST_BESIDE_MESSAGES]
        return names + said

    def _named(self, query: str) -> list[Entry]:
        personas = [(score(item.shown_name, query), item) for item in self._roster.personas.values()]
        found = [pair for pair in personas if pair[0]]
        found.sort(key=lambda pair: (-pair[0], -_recency(pair[1]), pair[1].id))
        people: list[Entry] = [item for _, item in found[:MOST_SHOWN]]
        if not query:
            return [*people[:6], *(command for command in self._commands if not command.where)]
        scores = command_scores(self._commands, query)
        return [*people, *sorted(scores, key=lambda command: -scores[command])]

    def _choose(self, index: AnyIndex) -> None:
        entry = self._model.entry(index.row())
        if entry is None or isinstance(entry, Heading):
            return
        self.leave()
        match entry:
            case Command():
                entry.act()
            case MessageEntry():
                self.message_chosen.emit(entry.hit)
            case ConversationEntry():
                self.conversation_chosen.emit(entry.found.persona_id, entry.found.conversation_id)
            case MemoryEntry():
                self.memory_chosen.emit(entry.found)
            case _:
                self.persona_chosen.emit(PersonaId(entry.id))

    def _settle(self) -> None:
        self.setGeometry(self._window.rect())
        width = min(WIDTH_PX, self.width() - 32)
        height = min(HEIGHT_PX, self.height() - 80)
        self._panel.setGeometry((self.width() - width) // 2, max(24, self.height() // 9), width, height)

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.window)
        self.list.setPalette(colours)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.update()


def _recency(summary: PersonaSummary) -> float:
    return summary.last_message_at.timestamp() if summary.last_message_at else 0.0
