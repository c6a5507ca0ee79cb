"""The keyboard in a transcript: rows, pages, the ends, and what can be done with the row that has the focus."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from personadesk.domain.conversation import Role
from personadesk.ui.chat.message_offers import Act, offers_for

if TYPE_CHECKING:
    from personadesk.ui.chat.transcript_view import TranscriptView

PAGE_OVERLAP_PX = 48
STEP_SHARE = 0.6
"""How much of the view the arrow keys move through a message that is higher than the view."""


def handle_key(view: "TranscriptView", event: QKeyEvent) -> bool:
    """Do what a key stands for. Returns False for keys that mean nothing here."""
    if event.matches(QKeySequence.StandardKey.Copy):
        copy_focused(view)
        return True
    if event.matches(QKeySequence.StandardKey.SelectAll):
        view.pointer.select_all(_current(view))
        view.viewport().update()
        return True
    if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ControlModifier):
        return False
    key = Qt.Key(event.key())
    page = max(40, view.viewport().height() - PAGE_OVERLAP_PX)
    match key:
        case Qt.Key.Key_Up | Qt.Key.Key_Down:
            _step(view, 1 if key == Qt.Key.Key_Down else -1)
        case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown:
            view.scroll_pixels(page if key == Qt.Key.Key_PageDown else -page)
            _take_visible(view, last=key == Qt.Key.Key_PageDown)
        case Qt.Key.Key_Home:
            view.show_row(0)
            _focus_row(view, 0)
        case Qt.Key.Key_End:
            view.scroll_to_latest()
            _focus_row(view, view.transcript.rowCount() - 1)
        case Qt.Key.Key_Left | Qt.Key.Key_Right:
            return _swipe(view, key, repeated=event.isAutoRepeat())
        case Qt.Key.Key_Delete:
            return _act(view, Act.DELETE)
        case Qt.Key.Key_F2:
            return _act(view, Act.EDIT)
        case Qt.Key.Key_Return | Qt.Key.Key_Enter:
            view.chrome.focus_bar()
        case Qt.Key.Key_Escape if view.pointer.selected is not None:
            view.pointer.clear()
            view.viewport().update()
        case _:
            return False
    return True


def copy_focused(view: "TranscriptView") -> None:
    """Copy the selected words, or else the whole message that has the focus."""
    message = view.transcript.message_at(_current(view))
    view.copy(selected_words(view) or (message.text if message is not None else ""))


def selected_words(view: "TranscriptView") -> str:
    """What is selected; of several messages each under who said it."""
    selected = view.pointer.selected
    if selected is None or selected.empty:
        return ""
    first, last = (view.transcript.row_of(place.message_id) for place in selected.ends)
    if first < 0 or last < 0:
        return ""
    parts = [(made, view.pointer.selected_text(made)) for made in map(view.layout_of, range(first, last + 1))]
    said = [(made.message.role, words) for made, words in parts if made is not None and words]
    if len(said) == 1:
        return said[0][1]
    return "\n\n".join(f"{view.transcript.speaker(role)}:\n{words}" for role, words in said)


def take_focus(view: "TranscriptView") -> None:
    """The focus came by keyboard: show which row has it."""
    row = view.currentIndex().row()
    if view.seen.placed(row) is not None:
        _focus_row(view, row)
    else:
        _take_visible(view, last=True)


def _current(view: "TranscriptView") -> int:
    row = view.currentIndex().row()
    if row >= 0:
        return row
    return view.seen.visible[-1].row if view.seen.visible else -1


def _focus_row(view: "TranscriptView", row: int) -> None:
    if 0 <= row < view.transcript.rowCount():
        view.keyboard_used = True
        view.selectionModel().setCurrentIndex(view.transcript.index(row), QItemSelectionModel.SelectionFlag.NoUpdate)
        view.viewport().update()
        view.chrome.place()


def _step(view: "TranscriptView", way: int) -> None:
    """One row on; a row that is higher than the view is first read to its end."""
    height = view.viewport().height()
    row = view.currentIndex().row()
    placed = view.seen.placed(row)
    if placed is None:
        _take_visible(view, last=way > 0)
        return
    hidden = placed.y + placed.height - height if way > 0 else -placed.y
    if hidden > 0 and placed.height > height:
        view.scroll_pixels(way * min(hidden + 8, round(height * STEP_SHARE)))
    elif 0 <= row + way < view.transcript.rowCount():
        view.show_row(row + way)
        _focus_row(view, row + way)


def _take_visible(view: "TranscriptView", *, last: bool) -> None:
    """Give the focus to the row that is in view nearest to the end that was asked for."""
    if view.seen.visible:
        _focus_row(view, view.seen.visible[-1 if last else 0].row)


def _swipe(view: "TranscriptView", key: Qt.Key, *, repeated: bool) -> bool:
    """The reply before, or the next one; behind the last reply's last one, another is asked for."""
    forward = (key == Qt.Key.Key_Right) != view.isRightToLeft()
    if _act(view, Act.NEXT if forward else Act.PREVIOUS):
        return True
    message = view.transcript.message_at(view.currentIndex().row())
    reply = message is not None and message.role is Role.PERSONA
    return forward and reply and not repeated and _act(view, Act.REGENERATE)


def _act(view: "TranscriptView", act: Act) -> bool:
    row = view.currentIndex().row()
    message = view.transcript.message_at(row)
    if message is None:
        return False
    last = row == view.transcript.rowCount() - 1
    if any(offer.act is act and offer.enabled for offer in offers_for(message, last=last, speech=view.speech)):
        view.act(message, act)
        return True
    return False
