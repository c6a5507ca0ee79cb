"""The composer: keys, growth, what is too long."""

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from personadesk.domain.conversation import MESSAGE_LIMIT
from personadesk.ui.chat.composer import MOST_LINES, Composer
from tests.ui.desk import Desk


def composer(desk: Desk) -> Composer:
    desk.open("Luna")
    return desk.chat.composer


def paste(field: Composer, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)
    QTest.keySequence(field.editor, QKeySequence(QKeySequence.StandardKey.Paste))


def test_enter_sends_and_empties_the_field(desk: Desk) -> None:
    field = composer(desk)
    desk.key_in("Hello")

    with desk.qtbot.waitSignal(field.send_requested) as sent:
        desk.press(Qt.Key.Key_Return, into=field.editor)

    assert sent.args == ["Hello"]
    assert field.editor.toPlainText() == ""


def test_shift_enter_breaks_the_line(desk: Desk) -> None:
    field = composer(desk)
    desk.key_in("one")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier, into=field.editor)
    desk.key_in("two")

    assert field.editor.toPlainText() == "one\ntwo"


def test_blank_text_is_not_sent(desk: Desk) -> None:
    field = composer(desk)
    desk.key_in("   ")

    with desk.qtbot.assertNotEmitted(field.send_requested):
        desk.press(Qt.Key.Key_Return, into=field.editor)


def test_the_field_grows_to_eight_lines_and_no_further(desk: Desk) -> None:
    field = composer(desk)
    line = field.editor.fontMetrics().lineSpacing()
    one = field.editor.height()

    field.editor.setPlainText("\n" * 3)
    four = field.editor.height()
    field.editor.setPlainText("\n" * 40)
    most = field.editor.height()

    assert four - one == 3 * line
    assert most - one == (MOST_LINES - 1) * line


def test_a_megabyte_is_refused_with_a_sentence_and_what_fits_can_be_inserted(desk: Desk) -> None:
    field = composer(desk)
    paste(field, "x" * 1_000_000)
    assert field.editor.toPlainText() == ""
    assert field.notice.isVisible()
    assert "1,000,000 characters; one message holds 100,000" in field.notice.text()

    desk.click(field.insert_part)

    assert len(field.editor.toPlainText()) == MESSAGE_LIMIT
    assert not field.notice.isVisible()


def test_what_fits_is_counted_as_the_message_will_be(desk: Desk) -> None:
    field = composer(desk)
    paste(field, "\N{GRINNING FACE}" * 1_000_000)

    desk.click(field.insert_part)
    desk.press(Qt.Key.Key_Return, into=field.editor)

    desk.until(lambda: len(desk.model.streams) == 1)
    assert len(desk.said()[1]) <= MESSAGE_LIMIT


def test_as_much_as_a_message_holds_can_be_pasted(desk: Desk) -> None:
    field = composer(desk)

    paste(field, "y" * MESSAGE_LIMIT)

    assert len(field.editor.toPlainText()) == MESSAGE_LIMIT
    assert not field.notice.isVisible()


def test_a_paste_over_a_selection_counts_what_makes_way(desk: Desk) -> None:
    field = composer(desk)
    field.editor.set_text("z" * MESSAGE_LIMIT)
    field.editor.selectAll()

    paste(field, "y" * MESSAGE_LIMIT)

    assert field.editor.toPlainText() == "y" * MESSAGE_LIMIT


def test_pasted_markup_stays_plain_text(desk: Desk) -> None:
    field = composer(desk)
    data = QMimeData()
    data.setHtml('<img src="file:///dev/zero"><b>bold</b>')
    data.setText("bold")
    QGuiApplication.clipboard().setMimeData(data)

    QTest.keySequence(field.editor, QKeySequence(QKeySequence.StandardKey.Paste))

    assert field.editor.toPlainText() == "bold"


def test_the_meter_counts_nothing_until_a_prompt_was_measured(desk: Desk) -> None:
    field = composer(desk)
    assert not field.counter.isVisible()

    desk.answer("Hello", "Hi.")

    desk.until(field.counter.isVisible)
    assert field.counter.text().endswith("tokens")


def test_typing_wakes_the_model_once(desk: Desk) -> None:
    field = composer(desk)

    with desk.qtbot.waitSignal(field.typed):
        desk.key_in("a")
    with desk.qtbot.assertNotEmitted(field.typed):
        desk.key_in("bc")
