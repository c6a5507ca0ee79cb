"""The keyboard in the grid: places, what is done with a card, and selecting."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from personadesk.ui.library.card_grid import CardGrid

SHIFT = Qt.KeyboardModifier.ShiftModifier
MOVES = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)


def handle_key(grid: "CardGrid", event: QKeyEvent) -> bool:
    """Do what a key stands for. Returns False for keys that only move, or mean nothing here."""
    selection, row = grid.selection, grid.currentIndex().row()
    if event.matches(QKeySequence.StandardKey.SelectAll):
        selection.select_all()
        return True
    if event.key() == Qt.Key.Key_Escape and selection.mode:
        selection.clear()
        return True
    if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Back):
        grid.back_requested.emit()
        return True
    summary = grid.cards.summary(row)
    if summary is None:
        return False
    match event.key():
        case Qt.Key.Key_Return | Qt.Key.Key_Enter:
            grid.chat_requested.emit(summary.id)
        case Qt.Key.Key_Space:
            if event.modifiers() & SHIFT:
                selection.extend_to(row)
            else:
                selection.toggle(row)
        case Qt.Key.Key_F2:
            grid.edit_requested.emit(summary.id)
        case Qt.Key.Key_Delete:
            chosen = selection.ids() or [summary.id]
            if len(chosen) > 1 or selection.held:
                grid.delete_many_requested.emit(chosen)
            else:
                grid.delete_requested.emit(summary.id)
        case _:
            return False
    return True


def selects(event: QKeyEvent) -> bool:
    """Whether a key that moves takes the selection along."""
    return event.key() in MOVES and bool(event.modifiers() & SHIFT)
