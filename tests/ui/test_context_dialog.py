"""What fills the context, seen from the composer."""

from PySide6.QtTest import QTest

from personadesk.ui.chat.context_dialog import ContextDialog
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.widgets.fields import Label
from tests.ui.desk import Desk


def test_the_meter_tells_what_the_next_prompt_would_hold(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    QTest.keyClicks(desk.chat.composer.editor, "And what now?")

    desk.click(desk.chat.composer.meter)
    dialog = desk.dialog(ContextDialog)
    desk.until(dialog.exact.isEnabled)
    names = {label.text() for label in dialog.findChildren(Label)}
    desk.click(dialog.exact)
    viewer = desk.dialog(TextViewer)

    assert {"The persona", "The conversation", "Room for the reply"} <= names
    assert "tokens are free" in dialog.policy.text()
    assert "And what now?" in viewer.field.toPlainText()


def test_a_summary_is_written_and_kept(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    conversation = desk.chat.current.conversation
    assert conversation is not None
    desk.click(desk.chat.composer.meter)
    dialog = desk.dialog(ContextDialog)
    desk.until(dialog.exact.isEnabled)

    dialog.summary.text.set_text("They greeted each other.")
    desk.until(dialog.save.isEnabled)
    desk.click(dialog.save)
    desk.until(lambda: not desk.window.findChildren(ContextDialog))

    summary = desk.ask(desk.talking.conversations.summary(conversation.persona_id, conversation.id))
    assert (summary.text, summary.edited) == ("They greeted each other.", True)
