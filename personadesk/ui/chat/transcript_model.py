"""A conversation as rows. Only the blocks that are looked at are held; the rest is counted."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from personadesk.domain.conversation import BLOCK_POSITIONS, Message, Role, SwipeState, Transcript
from personadesk.domain.ids import ConversationId, MessageId, SwipeId
from personadesk.ui.chat.markdown_blocks import clean
from personadesk.ui.chat.transcript_days import local_day, time_label

BLOCKS_KEPT = 6
"""How many blocks stay in memory besides the newest one."""
WANTED_DELAY_MS = 15
"""A block is asked for when it is still looked at after this time: a dragged scroll bar passes many."""


class TranscriptRole(IntEnum):
    MESSAGE = Qt.ItemDataRole.UserRole


@dataclass(slots=True)
class _Block:
    """`rows` holds None for a message that is counted and not loaded."""

    index: int
    characters: float
    count: int
    rows: list[Message | None] | None = None
    ids: dict[MessageId, int] = field(default_factory=dict)

    def hold(self, rows: list[Message | None]) -> None:
        self.rows = rows
        self.count = len(rows)
        self.ids = {message.id: at for at, message in enumerate(rows) if message is not None}

    def release(self) -> None:
        self.rows = None
        self.ids = {}


class TranscriptModel(QAbstractListModel):
    """The active path of one conversation, a row a message. Lives on the GUI thread."""

    block_wanted = Signal(int)
    """A block that is not loaded is in view: read it and hand it to `accept_block`."""
    message_grew = Signal(int)
    """The text of this row's reply is longer now. `dataChanged` is kept for what a screen reader should hear."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._conversation: ConversationId | None = None
        self._blocks: list[_Block] = []
        self._starts: list[int] = [0]
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._removed: set[MessageId] = set()
        self._wanted: set[int] = set()
        self._asked: set[int] = set()
        self._names = {Role.USER: self.tr("You"), Role.PERSONA: ""}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WANTED_DELAY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def conversation_id(self) -> ConversationId | None:
        return self._conversation

    def outline(self) -> list[tuple[int, float]]:
        """(rows, mean characters a row) of every block, for estimates."""
        return [(block.count, block.characters / max(1, block.count)) for block in self._blocks]

    def set_persona_name(self, name: str) -> None:
        """The name a screen reader says before the persona's messages."""
        self._names[Role.PERSONA] = name

    def speaker(self, role: Role) -> str:
        """The name that stands before what somebody said."""
        return self._names[role]

    def open(self, transcript: Transcript) -> None:
        """Show a conversation: its outline, with the newest messages in place."""
        self.beginResetModel()
        self._forget()
        self._conversation = transcript.conversation.id
        for outline in transcript.blocks:
            if outline.messages > 0:
                self._blocks.append(_Block(outline.index, outline.characters, outline.messages))
        at = len(transcript.tail)
        for block in reversed(self._blocks):
            taken = min(block.count, at)
            if taken == 0:
                break
            held: list[Message | None] = [None] * (block.count - taken)
            block.hold(held + list(transcript.tail[at - taken : at]))
            self._recent[block.index] = None
            at -= taken
        self._count_from(0)
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self._forget()
        self.endResetModel()

    def accept_block(self, conversation_id: ConversationId, index: int, messages: Sequence[Message]) -> None:
        """Take in the messages of a block, oldest first. Late ones of another conversation are dropped.

        What is held already stays: it was kept up to date, and the answer may be older.
        """
        self._asked.discard(index)
        at = next((at for at, block in enumerate(self._blocks) if block.index == index), -1)
        if conversation_id != self._conversation or at < 0:
            return
        block = self._blocks[at]
        merged = {message.id: message for message in messages if message.id not in self._removed}
        merged |= {message.id: message for message in block.rows or () if message is not None}
        rows: list[Message | None] = [*sorted(merged.values(), key=lambda message: message.position)]
        first = self._starts[at]
        self._make_room(at, len(rows) - block.count)
        block.hold(rows)
        self._touch(index)
        if rows:
            # The first row of the next block may begin a day now, or no longer.
            last = min(first + len(rows), self.rowCount() - 1)
            self.dataChanged.emit(self.index(first), self.index(last))

    def _make_room(self, at: int, more: int) -> None:
        """Count so many rows more (or fewer) at the start of a block, where those not loaded are."""
        block, first = self._blocks[at], self._starts[at]
        if more == 0:
            return
        if more > 0:
            self.beginInsertRows(QModelIndex(), first, first + more - 1)
        else:
            self.beginRemoveRows(QModelIndex(), first, first - more - 1)
        if block.rows is None:
            block.count += more
        else:
            room: list[Message | None] = [None] * max(0, more)
            block.hold(room + block.rows[max(0, -more) :])
        self._count_from(at)
        if more > 0:
            self.endInsertRows()
        else:
            self.endRemoveRows()

    def drop_request(self, index: int) -> None:
        """The block could not be read: ask again when it is next looked at."""
        self._asked.discard(index)

    def append(self, message: Message) -> None:
        """Add a message at the end."""
        if message.conversation_id != self._conversation or self.row_of(message.id) >= 0:
            return
        row = self.rowCount()
        self.beginInsertRows(QModelIndex(), row, row)
        index = message.position // BLOCK_POSITIONS
        if not self._blocks or self._blocks[-1].index != index:
            self._blocks.append(_Block(index, 0, 0))
        block = self._blocks[-1]
        rows: list[Message | None] = block.rows if block.rows is not None else [None] * block.count
        block.hold([*rows, message])
        block.characters += len(message.text)
        self._recent[index] = None
        self._removed.discard(message.id)
        self._count_from(len(self._blocks) - 1)
        self.endInsertRows()

    def change(self, message: Message) -> None:
        """Show another state of a message that is here."""
        row = self.row_of(message.id)
        if row >= 0 and message.conversation_id == self._conversation:
            self._put(row, message)
            self.dataChanged.emit(self.index(row), self.index(row))

    def grow(self, message_id: MessageId, swipe_id: SwipeId, text: str) -> None:
        """Show how far a reply has come. Ignored when that reply is not the one shown here."""
        row = self.row_of(message_id)
        message = self.message_at(row)
        if message is None or message.swipe_id != swipe_id or message.state is not SwipeState.STREAMING:
            return
        self._put(row, replace(message, text=text))
        self.message_grew.emit(row)

    def remove(self, message_id: MessageId) -> None:
        """Take a message out."""
        self._removed.add(message_id)
        row = self.row_of(message_id)
        if row < 0:
            return
        at = _block_at(self._starts, row)
        block = self._blocks[at]
        self.beginRemoveRows(QModelIndex(), row, row)
        rows = list(block.rows or ())
        del rows[row - self._starts[at]]
        block.hold(rows)
        if not rows:
            del self._blocks[at]
        self._count_from(at)
        self.endRemoveRows()
        if row < self.rowCount():
            self.dataChanged.emit(self.index(row), self.index(row))

    def message_at(self, row: int) -> Message | None:
        """The message of a row; None beyond the ends and where it is not loaded."""
        if not 0 <= row < self._starts[-1]:
            return None
        at = _block_at(self._starts, row)
        rows = self._blocks[at].rows
        return rows[row - self._starts[at]] if rows is not None else None

    def row_of(self, message_id: MessageId) -> int:
        """The row of a message that is loaded, else -1."""
        for at in range(len(self._blocks) - 1, -1, -1):
            found = self._blocks[at].ids.get(message_id)
            if found is not None:
                return self._starts[at] + found
        return -1

    def row_of_position(self, position: int) -> int:
        """The row at a path position: exact where it is loaded, else about where it must be; -1 if there is none."""
        index = position // BLOCK_POSITIONS
        for at, block in enumerate(self._blocks):
            if block.index == index:
                return self._starts[at] + _place_in(block.rows or (), position)
        return -1

    def begins_day(self, row: int) -> date | None:
        """The day a row is the first of; None where the row before is of the same day or not loaded."""
        message = self.message_at(row)
        if message is None:
            return None
        day = local_day(message.created_at)
        if row == 0:
            return day
        before = self.message_at(row - 1)
        return day if before is not None and local_day(before.created_at) != day else None

    def look_at(self, first: int, last: int) -> None:
        """Say which rows are in view: what of them is not loaded is asked for, what is far away may go."""
        self._wanted.clear()
        if not self._blocks or last < first:
            return
        last = min(last, self._starts[-1] - 1)
        for at in range(_block_at(self._starts, max(0, first)), _block_at(self._starts, last) + 1):
            block = self._blocks[at]
            start = self._starts[at]
            if block.rows is None or None in block.rows[max(0, first - start) : last + 1 - start]:
                self._wanted.add(block.index)
            else:
                self._touch(block.index)
        if self._wanted - self._asked and not self._timer.isActive():
            self._timer.start()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else self._starts[-1]

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        message = self.message_at(index.row()) if index.isValid() else None
        if role == TranscriptRole.MESSAGE:
            return message
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return _spoken(message, self._names[message.role]) if message else self.tr("Not loaded yet")
        return None

    def _put(self, row: int, message: Message) -> None:
        at = _block_at(self._starts, row)
        block = self._blocks[at]
        if block.rows is not None:
            block.rows[row - self._starts[at]] = message

    def _ask(self) -> None:
        for index in sorted(self._wanted - self._asked):
            self._asked.add(index)
            self.block_wanted.emit(index)

    def _count_from(self, at: int) -> None:
        del self._starts[at + 1 :]
        for block in self._blocks[at:]:
            self._starts.append(self._starts[-1] + block.count)

    def _touch(self, index: int) -> None:
        self._recent[index] = None
        self._recent.move_to_end(index)
        if len(self._recent) <= BLOCKS_KEPT + 1:
            return
        newest = self._blocks[-1].index if self._blocks else -1
        gone = next((old for old in self._recent if old != newest), None)
        if gone is not None:
            del self._recent[gone]
            for block in self._blocks:
                if block.index == gone:
                    block.release()

    def _forget(self) -> None:
        self._conversation = None
        self._blocks = []
        self._starts = [0]
        self._recent.clear()
        self._removed.clear()
        self._wanted.clear()
        self._asked.clear()
        self._timer.stop()


def _block_at(starts: Sequence[int], row: int) -> int:
    """Which block holds a row, where each begins at one of `starts`."""
    return bisect_right(starts, row) - 1


def _place_in(rows: Sequence[Message | None], position: int) -> int:
    """Where in a block a position is; where the rows before the first loaded one hold it, one of those."""
    for at, message in enumerate(rows):
        if message is not None and message.position >= position:
            unloaded = at > 0 and rows[at - 1] is None and message.position > position
            return min(max(0, at - (message.position - position)), at - 1) if unloaded else at
    return 0


def _spoken(message: Message, name: str) -> str:
    """What a screen reader says for a message."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Transcript", text)

    said = time_label(message.created_at, QLocale())
    words = clean(message.text or message.error)
    if message.attachments:
        attached = tr("Attached: {names}").format(names=", ".join(file.name for file in message.attachments))
        words = f"{words} {attached}".strip()
    return tr("{name}, {time}: {text}").format(name=name or tr("Persona"), time=said, text=words)
