"""What fills the context, seen from the composer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from personadesk.domain.chat import ModelState
from personadesk.ui.chat.context_desk import FILL_DELAY_MS
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


def test_leaving_with_a_summary_that_is_not_saved_asks_for_a_second_press(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    desk.click(desk.chat.composer.meter)
    dialog = desk.dialog(ContextDialog)
    desk.until(dialog.exact.isEnabled)
    dialog.summary.text.set_text("They greeted each other.")
    desk.until(dialog.save.isEnabled)

    desk.press(Qt.Key.Key_Escape, into=dialog)
    asked = (dialog.isVisible(), dialog.close_button.text(), dialog.unsaved.isVisible())
    dialog.summary.text.set_text("They greeted each other twice.")
    desk.until(lambda: dialog.close_button.text() == "Close")
    asked_on = dialog.unsaved.isVisible()
    dialog.close()
    closed = not dialog.isVisible()
    desk.click(dialog.close_button)
    desk.until(lambda: not desk.window.findChildren(ContextDialog))

    assert asked == (True, "Discard", True)
    assert (asked_on, closed) == (False, False)
    conversation = desk.chat.current.conversation
    assert conversation is not None
    assert desk.ask(desk.talking.conversations.summary(conversation.persona_id, conversation.id)) is None


def test_the_window_of_what_fills_the_context_closes_at_once_where_nothing_was_written(desk: Desk) -> None:
    desk.open("Luna")
    desk.click(desk.chat.composer.meter)
    dialog = desk.dialog(ContextDialog)
    desk.until(dialog.exact.isEnabled)

    desk.press(Qt.Key.Key_Escape, into=dialog)

    desk.until(lambda: not desk.window.findChildren(ContextDialog))


def test_a_conversation_that_is_opened_shows_how_full_its_context_is(desk: Desk) -> None:
    desk.open("Luna")
    desk.until(desk.chat.composer.counter.isVisible)
    before = desk.chat.composer.counter.text()
    desk.answer("Hello there", "Good evening.")
    desk.open("Maya")

    desk.open("Luna")

    assert not desk.chat.composer.counter.isVisible(), "what stood there was another conversation's"
    desk.until(desk.chat.composer.counter.isVisible)
    assert desk.chat.composer.counter.text().endswith(" / 4,096 tokens")
    assert not before.startswith("about")
    assert tokens_shown(desk) > int(before.split()[0].replace(",", ""))


def test_the_meter_follows_what_changes_the_next_prompt(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    asked, persona, last = tokens_shown(desk), desk.persona("Luna").id, desk.last()

    desk.ask(desk.chat_service.edit(persona, last.id, "Good evening. " * 80))
    desk.until(lambda: tokens_shown(desk) > asked + 80)
    edited = tokens_shown(desk)

    desk.ask(desk.chat_service.delete_message(last))
    desk.until(lambda: tokens_shown(desk) < edited - 80)
    deleted = tokens_shown(desk)

    desk.ask(desk.memory.add(persona, "The user keeps three bees and a very old violin."))
    desk.until(lambda: tokens_shown(desk) > deleted)


def test_the_meter_follows_the_personas_card(desk: Desk) -> None:
    persona = desk.make("Nora")
    desk.open("Nora")
    desk.answer("Hello there", "Good evening.")
    before = tokens_shown(desk)

    card = desk.ask(desk.personas.get(persona)).card
    desk.ask(desk.editing.save(persona, replace(card, description="She keeps the lamp on the pier. " * 20)))

    desk.until(lambda: tokens_shown(desk) > before + 80)


def test_the_meter_counts_the_files_that_wait(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    before = tokens_shown(desk)
    conversation = desk.chat.current.conversation
    assert conversation is not None
    whose = conversation.persona_id, conversation.id

    file = desk.ask(desk.talking.attachments.add(*whose, b"the old harbour " * 200, "harbour.txt"))
    desk.until(lambda: tokens_shown(desk) > before + 400)
    desk.ask(desk.talking.attachments.remove(*whose, file.id))

    desk.until(lambda: tokens_shown(desk) < before + 100)


def test_a_file_that_comes_while_a_reply_is_written_is_counted_after_it(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    before = tokens_shown(desk)
    conversation = desk.chat.current.conversation
    assert conversation is not None
    desk.send("And now?")
    desk.until(lambda: len(desk.model.streams) == 2 and desk.chat.replying)

    whose = conversation.persona_id, conversation.id
    desk.ask(desk.talking.attachments.add(*whose, b"the old harbour " * 200, "harbour.txt"))
    desk.model.streams[-1].feed("Now it is late.")
    desk.model.streams[-1].end()

    desk.until(lambda: tokens_shown(desk) > before + 400)


def test_a_title_is_no_reason_to_count_anew(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello there", "Good evening.")
    measured = tokens_shown(desk)
    conversation = desk.chat.current.conversation
    assert conversation is not None

    desk.ask(desk.chat_service.rename_conversation(conversation.persona_id, conversation.id, "The sea"))
    desk.qtbot.wait(2 * FILL_DELAY_MS)

    assert tokens_shown(desk) == measured


def test_a_resting_model_is_not_woken_to_count_for_the_meter(desk: Desk) -> None:
    desk.model.become(ModelState.RESTING)

    desk.open("Luna")

    desk.until(desk.chat.composer.counter.isVisible)
    assert desk.chat.composer.counter.text().startswith("about ")


def test_a_count_that_comes_late_is_not_shown_in_another_conversation(desk: Desk) -> None:
    counting = asyncio.Event()
    asked: list[str] = []
    count = desk.model.count_tokens

    async def slowly(texts: Sequence[str]) -> list[int]:
        asked.extend(texts)
        await counting.wait()
        return await count(texts)

    desk.model.count_tokens = slowly  # type: ignore[method-assign]
    desk.open("Luna")
    desk.until(lambda: bool(asked))
    desk.model.count_tokens = count  # type: ignore[method-assign]
    desk.make("Ben")
    desk.open("Ben")
    desk.until(desk.chat.composer.counter.isVisible)
    of_ben = desk.chat.composer.counter.text()

    desk.ask(let(counting))
    desk.ask(asyncio.sleep(0))
    desk.qtbot.wait(0)

    assert desk.chat.composer.counter.text() == of_ben


async def let(event: asyncio.Event) -> None:
    event.set()


def tokens_shown(desk: Desk) -> int:
    return int(desk.chat.composer.counter.text().split()[0].replace(",", ""))
