"""Whole conversations: listed, found, named, put aside, thrown away, gone through by date and by mark."""

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QRadioButton

from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import ConversationId
from personadesk.ui.chat.chat_export_dialog import ChatExportDialog
from personadesk.ui.chat.conversation_list import ConversationList
from personadesk.ui.chat.jump_dialog import JumpDialog
from personadesk.ui.chat.marked_page import MarkedPage
from personadesk.ui.chat.message_offers import Act
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.widgets.buttons import PaintedButton
from personadesk.ui.widgets.toasts import Toast
from tests.ui.desk import Desk


def with_conversations(desk: Desk, *titles: str) -> None:
    """Luna's chat, with a conversation of each of these names; the last one is open."""
    desk.open("Luna")
    for number, title in enumerate(titles):
        if number:
            begin(desk)
        desk.answer(f"About {title}", f"{title} it is.")
        name(desk, title)


def begin(desk: Desk) -> None:
    before = desk.chat.conversation_id
    desk.chat.conversations.begin()
    desk.until(lambda: desk.chat.conversation_id not in (None, before))


def name(desk: Desk, title: str) -> None:
    here = desk.chat.conversation_id
    assert here is not None
    desk.ask(desk.chat_service.rename_conversation(desk.persona("Luna").id, here, title))
    desk.until(lambda: desk.chat.header.conversation.text() == title)


def titles(listed: ConversationList) -> list[str]:
    return [str(listed.model.index(row).data()) for row in range(listed.model.rowCount())]


def open_list(desk: Desk) -> ConversationList:
    desk.chat.conversations.list_requested.emit()
    listed: ConversationList = desk.dialog(ConversationList)
    desk.until(lambda: listed.model.rowCount() > 0)
    return listed


def undo(desk: Desk, listed: ConversationList) -> None:
    desk.until(lambda: any(toast.isVisible() for toast in listed.findChildren(Toast)))
    toast = next(toast for toast in listed.findChildren(Toast) if toast.isVisible())
    assert toast.action_button is not None
    desk.click(toast.action_button)


def test_a_conversation_is_found_by_its_title_and_opened_by_keyboard(desk: Desk) -> None:
    with_conversations(desk, "Kites", "The old lighthouse", "Tea")
    listed = open_list(desk)
    desk.until(lambda: "it is." in str(listed.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)))
    everything = titles(listed)
    spoken = str(listed.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))

    QTest.keyClicks(listed.search.line, "light old")
    found = titles(listed)
    desk.press(Qt.Key.Key_Return, into=listed.search.line)

    desk.until(lambda: desk.chat.header.conversation.text() == "The old lighthouse")
    assert everything == ["Tea", "The old lighthouse", "Kites"]
    assert found == ["The old lighthouse"]
    assert all(word in spoken for word in ("Tea", "open now", "Tea it is."))


def test_a_search_that_finds_nothing_says_what_to_do(desk: Desk) -> None:
    with_conversations(desk, "Kites")
    listed = open_list(desk)

    QTest.keyClicks(listed.search.line, "zebra")

    assert listed.empty.isVisible()
    assert "Try fewer" in listed.empty.text()
    assert not listed.open_button.isEnabled()


def test_a_conversation_is_renamed_in_its_place(desk: Desk) -> None:
    with_conversations(desk, "Kites")
    listed = open_list(desk)
    listed.list.setFocus()

    desk.press(Qt.Key.Key_F2, into=listed.list)
    # Whatever happens meanwhile, the name that is being typed stays.
    desk.hub(ChangeSet(conversations=frozenset({ConversationId(999)})))
    listed.read()
    desk.ask(desk.talking.conversations.listing(desk.persona("Luna").id))
    QApplication.sendPostedEvents()
    [line] = listed.list.findChildren(QLineEdit)
    line.setText("Boats")
    QTest.keyClick(line, Qt.Key.Key_Return)

    desk.until(lambda: titles(listed) == ["Boats"])
    desk.until(lambda: desk.chat.header.conversation.text() == "Boats")
    assert listed.isVisible()


def test_an_archived_conversation_waits_behind_a_chip_and_out_of_the_menu(desk: Desk) -> None:
    with_conversations(desk, "Kites", "Tea")
    listed = open_list(desk)

    desk.click(listed.archive)
    desk.until(lambda: titles(listed) == ["Kites"])
    desk.until(lambda: desk.chat.header.conversation.text() == "Kites")
    desk.click(listed.archived)
    aside = titles(listed)
    offered = listed.archive.text()
    listed.reject()
    desk.chat.header.conversation.click()
    entries = [entry.text() for entry in desk.menu().actions() if entry.isCheckable()]
    desk.menu().close()

    assert aside == ["Tea"]
    assert offered == "Take out of the archive"
    assert entries == ["Kites"]


def test_what_was_put_aside_from_the_menu_comes_back_by_undo(desk: Desk) -> None:
    with_conversations(desk, "Kites", "Tea")

    desk.chat.conversations.archive_requested.emit()
    desk.until(lambda: desk.chat.header.conversation.text() == "Kites")
    toast = desk.toast("archived")
    assert toast.action_button is not None
    desk.click(toast.action_button)

    desk.until(lambda: desk.chat.header.conversation.text() == "Tea")


def test_a_conversation_in_the_trash_comes_back_by_undo(desk: Desk) -> None:
    with_conversations(desk, "Kites", "Tea")
    listed = open_list(desk)
    listed.list.setFocus()

    desk.press(Qt.Key.Key_Delete, into=listed.list)
    desk.until(lambda: titles(listed) == ["Kites"])
    desk.until(lambda: desk.chat.header.conversation.text() == "Kites")
    undo(desk, listed)

    desk.until(lambda: titles(listed) == ["Tea", "Kites"])


def test_a_title_that_the_model_gave_is_shown_at_once(desk: Desk) -> None:
    desk.open("Luna")
    here, own = desk.chat.conversation_id, desk.persona("Luna").id
    assert here is not None

    desk.write(lambda store: store.for_persona(own).name_by_model(here, "Night walks"))
    desk.hub(ChangeSet(personas=frozenset({own}), conversations=frozenset({here})))

    desk.until(lambda: desk.chat.header.conversation.text() == "Night walks")


def test_a_date_leads_to_the_first_message_from_then_on(desk: Desk) -> None:
    with_conversations(desk, "Kites")
    for number in range(4):
        desk.answer("\n".join(f"Line {number}, {line}" for line in range(20)), "I see.")
    assert desk.chat.transcript.seen.placed(0) is None

    desk.chat.conversations.jump_requested.emit()
    dialog = desk.dialog(JumpDialog)
    today = dialog.calendar.selectedDate()
    desk.until(lambda: "messages" in dialog.calendar.dateTextFormat(today).toolTip())
    first = today.addDays(-40)
    dialog.show_spoken({date(first.year(), first.month(), first.day()): 1})
    assert dialog.calendar.minimumDate() == first
    desk.click(dialog.first_button)

    desk.until(lambda: desk.chat.transcript.seen.placed(0) is not None)


def test_what_is_marked_stands_beside_the_chat_the_pinned_first(desk: Desk) -> None:
    with_conversations(desk, "Kites")
    desk.answer("One more", "Of course.")
    model = desk.chat.model
    first, last = model.message_at(1), model.message_at(model.rowCount() - 1)
    assert first is not None
    assert last is not None
    [page] = desk.chat.inspector.findChildren(MarkedPage)
    desk.chat.beside.show_page(page)
    assert page.empty.isVisible()

    desk.chat.transcript.act(first, Act.STAR)
    desk.until(lambda: page.model.rowCount() == 1)
    desk.chat.transcript.act(last, Act.PIN)
    desk.until(lambda: page.model.rowCount() == 2)
    listed = [str(page.model.index(row).data()) for row in range(2)]
    spoken = str(page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    page.list.setCurrentIndex(page.model.index(1))
    desk.press(Qt.Key.Key_Return, into=page.list)

    assert listed == ["Of course.", "About Kites"]
    assert "pinned" in spoken
    assert QGuiApplication.focusObject() is desk.chat.transcript


def test_what_is_exported_from_the_list_is_told_in_it(desk: Desk, tmp_path: Path) -> None:
    with_conversations(desk, "Kites", "Tea")
    listed = open_list(desk)
    listed.list.setCurrentIndex(listed.model.index(1))

    desk.click(listed.export)
    desk.click(desk.dialog(ChatExportDialog).save)
    chosen = desk.dialog(QFileDialog)
    chosen.fileSelected.emit(str(tmp_path / "kites.jsonl"))
    chosen.reject()

    desk.until(lambda: any("Saved as" in toast.accessibleName() for toast in listed.findChildren(Toast)))
    assert "About Kites" in (tmp_path / "kites.jsonl").read_text()
    assert listed.isVisible()


@pytest.mark.parametrize("ask", ["list_requested", "jump_requested", "export_requested"])
def test_every_control_of_a_dialog_has_a_name_and_is_reached_by_tab(desk: Desk, ask: str) -> None:
    with_conversations(desk, "Kites")
    getattr(desk.chat.conversations, ask).emit()
    dialog = desk.dialog(FramedDialog)
    dialog.activateWindow()
    desk.until(lambda: QApplication.activeWindow() is dialog)
    buttons = [each for each in dialog.findChildren(QAbstractButton) if each.isVisible()]
    wanted = {each for each in buttons if each.isEnabled() and not isinstance(each, QRadioButton)}

    seen = set()
    for _ in range(2 * len(buttons) + 10):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)

    assert [each for each in buttons if not (each.accessibleName() or each.text())] == []
    assert [each.text() for each in wanted if isinstance(each, PaintedButton) and each not in seen] == []
