"""The inspector: what the persona on screen knows, found, changed, pinned, forgotten and brought back."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from personadesk.domain.ids import PersonaId
from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.memory import Memory, MemoryKind
from personadesk.ui.memory.inspector import Inspector
from personadesk.ui.memory.memory_dialog import MemoryDialog
from tests.brought import bring_profile
from tests.ui.desk import Desk

LEARNED = datetime(2023, 11, 14, 12, 0, tzinfo=UTC)


class Panel:
    """The inspector of a persona that knows some things."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def inspector(self) -> Inspector:
        return self.desk.chat.inspector

    def texts(self) -> list[str]:
        model = self.inspector.model
        return [str(model.index(row).data()) for row in range(model.rowCount())]

    def until(self, *texts: str) -> None:
        self.desk.until(lambda: self.texts() == list(texts))

    def add(self, persona: PersonaId, text: str) -> Memory:
        memory: Memory = self.desk.ask(self.desk.memory.add(persona, text))
        return memory

    def choose(self, row: int) -> None:
        self.inspector.list.setFocus()
        self.inspector.list.setCurrentIndex(self.inspector.model.index(row))

    def press(self, key: Qt.Key) -> None:
        self.desk.press(key, into=self.inspector.list)


@pytest.fixture
def panel(desk: Desk) -> Panel:
    return Panel(desk)


def bring(desk: Desk, persona: PersonaId, memories: tuple[IncomingMemory, ...]) -> None:
    profile = IncomingProfile(
        "discord:1",
        "Nerevarine",
        memories,
        affection=45.0,
        interactions=120,
        first_met=datetime(2023, 5, 3, tzinfo=UTC),
    )
    desk.write(lambda store: bring_profile(store, persona, "profiles/ur/user_1.json", profile))


def test_each_persona_shows_its_own(desk: Desk, panel: Panel) -> None:
    nora, emil = desk.make("Nora"), desk.make("Emil")
    panel.add(nora, "Plays the cello.")
    panel.add(emil, "Owes money.")
    desk.open("Nora")
    panel.until("Plays the cello.")
    assert "Only Nora" in panel.inspector.footer.text()
    desk.open("Emil")
    panel.until("Owes money.")
    assert "Only Emil" in panel.inspector.footer.text()


def test_nothing_known_says_what_to_do_and_adding_does_it(desk: Desk, panel: Panel) -> None:
    desk.make("Nora")
    desk.open("Nora")
    desk.until(lambda: "Nora knows nothing about you yet" in panel.inspector.empty.text())
    desk.click(panel.inspector.add_button)
    dialog = desk.dialog(MemoryDialog)
    desk.click(dialog.save)
    desk.until(lambda: dialog.problem.isVisible())
    dialog.field.text.setPlainText("Plays the cello.")
    desk.click(dialog.save)
    panel.until("Plays the cello.")
    assert panel.inspector.heading.text() == "About you · 1"


def test_search_ignores_accents_and_capitals_and_wants_every_word(desk: Desk, panel: Panel) -> None:
    nora = desk.make("Nora")
    for text in ("Meets Zoë in the café.", "Meets Tom.", "Zoë has a dog."):
        panel.add(nora, text)
    desk.open("Nora")
    desk.until(lambda: len(panel.texts()) == 3)
    panel.inspector.search.line.setText("CAFE zoe")
    assert panel.texts() == ["Meets Zoë in the café."]
    assert panel.inspector.heading.text() == "About you · 1 of 3"
    panel.inspector.search.line.setText("zzz")
    assert panel.inspector.empty.isVisible()
    assert "Try fewer" in panel.inspector.empty.text()


def test_keys_edit_pin_and_forget_with_a_way_back(desk: Desk, panel: Panel) -> None:
    nora = desk.make("Nora")
    panel.add(nora, "Plays the cello.")
    desk.open("Nora")
    panel.until("Plays the cello.")
    panel.choose(0)
    panel.press(Qt.Key.Key_Return)
    dialog = desk.dialog(MemoryDialog)
    dialog.field.text.setPlainText("Plays the viola.")
    desk.click(dialog.save)
    panel.until("Plays the viola.")
    panel.choose(0)
    panel.press(Qt.Key.Key_P)
    desk.until(lambda: bool((shown := panel.inspector.model.memory(0)) and shown.pinned))
    panel.press(Qt.Key.Key_Delete)
    panel.until()
    toast = desk.toast("Nora has forgotten it.")
    assert toast.isVisible()
    panel.inspector.forgotten.click()
    panel.until("Plays the viola.")
    panel.choose(0)
    panel.press(Qt.Key.Key_Return)
    desk.until(lambda: not panel.inspector.forgotten.isChecked())
    panel.until("Plays the viola.")


def test_the_menu_of_a_memory(desk: Desk, panel: Panel) -> None:
    nora = desk.make("Nora")
    panel.add(nora, "Plays the cello.")
    desk.open("Nora")
    panel.until("Plays the cello.")
    point = panel.inspector.mapToGlobal(panel.inspector.rect().center())
    panel.inspector.list.menu_requested.emit(panel.inspector.model.memory(0), point)
    desk.choose("Copy")
    assert QApplication.clipboard().text() == "Plays the cello."


def test_what_was_brought_says_where_from_and_how_you_stand(desk: Desk, panel: Panel) -> None:
    persona = desk.make("Dagoth Ur")
    bring(desk, persona, (IncomingMemory(MemoryKind.INTEREST, "Likes CHIM", "chat", LEARNED, times_observed=3),))
    desk.open("Dagoth Ur")
    panel.until("Likes CHIM")
    spoken = panel.inspector.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    for words in ("imported interest, 14 Nov 2023", "ur/user_1", "3\N{MULTIPLICATION SIGN}"):
        assert words in spoken
    standing = panel.inspector.standing.text()
    for words in ("Friend", "45 of 100", "met 3 May 2023", "120 talks", "Nerevarine"):
        assert words in standing


def test_it_is_toggled_and_stays_so_for_the_next_persona(desk: Desk, panel: Panel) -> None:
    desk.make("Nora")
    desk.make("Emil")
    desk.open("Nora")
    assert panel.inspector.isVisible()
    desk.ctrl(Qt.Key.Key_I)
    assert not panel.inspector.isVisible()
    assert not desk.chat.header.memory.isChecked()
    desk.open("Emil")
    assert not panel.inspector.isVisible()
    desk.click(desk.chat.header.memory)
    assert panel.inspector.isVisible()


def test_a_narrow_window_hides_it_until_it_is_asked_for(desk: Desk, panel: Panel) -> None:
    desk.make("Nora")
    desk.open("Nora")
    desk.window.resize(800, 600)
    desk.until(lambda: not panel.inspector.isVisible())
    desk.ctrl(Qt.Key.Key_I)
    desk.until(lambda: panel.inspector.isVisible() and desk.chat.composer.isVisible())
    desk.window.resize(560, 600)
    desk.until(lambda: not desk.chat.composer.isVisible())
    desk.ctrl(Qt.Key.Key_I)
    assert desk.chat.composer.isVisible()


def test_what_was_learned_while_it_was_hidden_is_there_when_it_opens(desk: Desk, panel: Panel) -> None:
    nora = desk.make("Nora")
    desk.open("Nora")
    desk.ctrl(Qt.Key.Key_I)
    panel.add(nora, "Plays the cello.")
    desk.ctrl(Qt.Key.Key_I)
    panel.until("Plays the cello.")


def test_twenty_thousand_are_listed_and_keep_their_place(desk: Desk, panel: Panel) -> None:
    persona = desk.make("Dagoth Ur")
    many = tuple(
        IncomingMemory(MemoryKind.FACT, f"Fact {number}", learned_at=LEARNED - timedelta(minutes=number))
        for number in range(20_000)
    )
    bring(desk, persona, many)
    desk.open("Dagoth Ur")
    desk.until(lambda: panel.inspector.model.rowCount() == 20_000)
    rows = panel.inspector.list
    row = 10_000
    rows.scrollTo(panel.inspector.model.index(row), rows.ScrollHint.PositionAtTop)
    panel.choose(row)
    place, memory = rows.verticalScrollBar().value(), panel.inspector.model.memory(row)
    assert memory is not None
    desk.ask(desk.memory.edit(persona, memory.id, "Another fact"))
    desk.until(lambda: panel.inspector.model.index(row).data() == "Another fact")
    assert rows.currentIndex().row() == row
    assert rows.verticalScrollBar().value() == place


def test_a_strangers_words_stay_as_they_are(desk: Desk, panel: Panel) -> None:
    nora = desk.make("Nora")
    words = "<b>bold</b> {{char}} \u202e<img src=x>"
    panel.add(nora, words)
    desk.open("Nora")
    panel.until(words)
    panel.choose(0)
    panel.press(Qt.Key.Key_Return)
    assert desk.dialog(MemoryDialog).field.text.toPlainText() == words
