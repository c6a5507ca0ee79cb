"""The migration wizard over a scripted migration: found, checked, run, summed up, undone, by mouse and keyboard."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.errors import Stopped, UserFacingError
from personadesk.domain.ids import PersonaId, RunId
from personadesk.domain.migration import (
    Choices,
    Found,
    Part,
    Plan,
    PlanGroup,
    PlanPerson,
    PlanRow,
    Progress,
    Receipt,
    Run,
    SourceKind,
    Stage,
    UndoPreview,
    UndoResult,
    Verdict,
)
from personadesk.paths import find_resources
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.migration_ports import Cancelled, Tell
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.pick_button import Choice
from personadesk.ui.wizard.row_model import Column, Filter, RowModel
from personadesk.ui.wizard.wizard import Page, Wizard, open_wizard

DONE_MS = 10_000
NOW = datetime(2026, 11, 21, 14, 30, 22, tzinfo=UTC)
PERSONAS = [(PersonaId(1), "Default"), (PersonaId(2), "Dagoth Ur"), (PersonaId(3), "<b>Scav</b>")]
FOUND = Found(
    SourceKind.PROFILES,
    Path.home() / "acore_bot" / "data",
    ("profiles", "chat_history"),
    "15 profiles in 2 personas' folders and some without one",
)


def row(path: str, verdict: Verdict = Verdict.IMPORT, *, group: str = "", count: int = 7, reason: str = "") -> PlanRow:
    part = Part.CHAT if path.startswith("chat_history") else Part.PROFILE
    return PlanRow(path, part, verdict, group, "discord:1", count, 2700, b"", reason)


ROWS = (
    row("chat_history/chat_1.json", count=120),
    row("profiles/dagoth_ur/user_123456789.json", group="dagoth_ur", count=31),
    row("profiles/dagoth_ur/user_987654321.json", group="dagoth_ur", count=4),
    row("profiles/scav/user_123456789.json", Verdict.HERE, group="scav", count=9),
    row(
        "profiles/scav/user_555.json",
        Verdict.ATTENTION,
        group="scav",
        count=-1,
        reason="not valid JSON, line 14: kept in backup, not imported",
    ),
    row("profiles/user_123456789.json", Verdict.MERGE, count=12, reason="joined with dagoth_ur's newer profile"),
    row("profiles/user_987654321.json"),
)


class ScriptedMigration:
    """A migration that answers from what a test lays down. `gate` holds a run until the test lets it go."""

    def __init__(self) -> None:
        self.places = [FOUND]
        self.rows: tuple[PlanRow, ...] = ROWS
        self.planned: list[Choices] = []
        self.inspected: list[Path] = []
        self.gate = threading.Event()
        self.gate.set()
        self.problem: UserFacingError | None = None
        self.undone: list[bool] = []
        self.runs_begun = 0
        self.ticks = 0

    def usual_places(self) -> list[Found]:
        return self.places

    def inspect(self, folder: Path) -> list[Found]:
        self.inspected.append(folder)
        return self.places

    def plan(self, found: Found, choices: Choices, *, tell: Tell, cancelled: Cancelled) -> Plan:
        self.planned.append(choices)
        left = tuple(
            replace(item, verdict=Verdict.SKIP)
            if any(item.path.startswith(tree) for tree in choices.leave_out)
            else item
            for item in self.rows
        )
        mapped = dict(choices.personas)
        groups = (
            PlanGroup("", "Default", mapped.get("", PersonaId(1))),
            PlanGroup("dagoth_ur", "Dagoth Ur", mapped.get("dagoth_ur", PersonaId(2))),
            PlanGroup("scav", "Scav", mapped.get("scav")),
        )
        people = (PlanPerson("discord:1", "Nerevarine", 5, 90), PlanPerson("discord:2", "Stalker", 2, 7))
        backup = (choices.backup_folder or found.base) / "profiles_backup_20261121_143022.tar"
        you = "discord:1" if choices.you is None else choices.you
        total = sum(item.size for item in left)
        return Plan(found, choices, left, groups, people, you, backup, total, total * 2, 10**11, NOW)

    def run(self, plan: Plan, *, tell: Tell, cancelled: Cancelled) -> Receipt:
        self.runs_begun += 1
        tell(Progress(Stage.BACK_UP, 0, len(plan.rows)))
        tell(Progress(Stage.IMPORT, 3, len(plan.rows), "profiles/user_1.json"))
        for number in range(self.ticks):
            tell(Progress(Stage.IMPORT, number, self.ticks))
        while not self.gate.wait(0.01):
            if cancelled():
                raise Stopped("The import was stopped.", "Nothing was changed.")
        if self.problem is not None:
            raise self.problem
        found = plan.found
        return Receipt(
            RunId(4), "uuid-4", found.main, found.kind, NOW, NOW, plan.backup_path, None, plan.rows, 1, 54, 120
        )

    def runs(self) -> list[Run]:
        return []

    def preview_undo(self, run_id: RunId) -> UndoPreview:
        return UndoPreview(run_id, 1, 53, 1, 0, ("Scav stays: you have written with Scav since.",))

    def undo(self, run_id: RunId, *, restore_folder: bool = False) -> UndoResult:
        self.undone.append(restore_folder)
        return UndoResult(self.preview_undo(run_id), 7 if restore_folder else 0)

    def recover(self) -> list[str]:
        return ["An import was broken off and has been taken back."]


class Table:
    """A window with a wizard's surroundings."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.work = ScriptedMigration()
        self.engine = Engine()
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=EventHub())
        install_icons(find_resources() / "icons")
        self.themes = ThemeSource(folder=find_resources() / "themes", choice=ThemeChoice.DARK)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.show()
        self.desk = MigrationDesk(self.work, self.bridge, self.window)

    def open(self, found: Found | None = None) -> Wizard:
        return open_wizard(themes=self.themes, desk=self.desk, personas=PERSONAS, parent=self.window, found=found)

    def checked(self) -> Wizard:
        wizard = self.open(FOUND)
        self.until(lambda: wizard.check_page.plan is not None)
        return wizard

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=DONE_MS)

    def close(self) -> None:
        self.work.gate.set()
        self.bridge.close()
        self.engine.close()


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[Table]:
    make_application()
    made = Table(qtbot)
    yield made
    made.close()


def test_what_lies_in_the_usual_places_can_be_gone_on_with(table: Table) -> None:
    wizard = table.open()
    table.until(lambda: len(wizard.find_page.cards) == 1)

    assert "15 profiles" in wizard.find_page.cards[0].accessibleName()
    wizard.next.click()

    table.until(lambda: wizard.check_page.plan is not None)
    assert wizard.page is Page.CHECK
    assert wizard.check_page.title.text() == "6 profiles for 3 personas"


def test_nothing_in_the_usual_places_is_said_and_a_folder_can_be_chosen(table: Table) -> None:
    table.work.places = []
    wizard = table.open()

    table.until(lambda: "Nothing was found" in wizard.find_page.state.text())
    assert not wizard.next.isEnabled()
    assert wizard.find_page.folder.isEnabled()


def test_a_dropped_folder_is_looked_into_and_checked(table: Table, tmp_path: Path) -> None:
    wizard = table.open()
    table.until(lambda: bool(wizard.find_page.cards))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])

    wizard.dropEvent(
        QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )

    table.until(lambda: wizard.check_page.plan is not None)
    assert table.work.inspected == [tmp_path]


def test_a_place_without_anything_known_keeps_what_was_listed(table: Table, tmp_path: Path) -> None:
    wizard = table.open()
    table.until(lambda: bool(wizard.find_page.cards))
    table.work.places = []

    wizard.look_into(tmp_path)

    table.until(lambda: "nothing that PersonaDesk knows" in wizard.find_page.trouble.text())
    assert len(wizard.find_page.cards) == 1


def test_the_check_counts_and_names_what_will_happen(table: Table) -> None:
    page = table.checked().check_page

    assert [card.number.text() for card in (page.imported, page.here, page.attention)] == ["5", "1", "1"]
    texts = [page.model.data(page.model.index(4, column)) for column in Column]
    assert texts == [
        "scav/user_555.json",
        "Scav (new)",
        "\N{EN DASH}",
        "not valid JSON, line 14: kept in backup, not imported",
    ]
    assert "profiles_backup_20261121_143022" in page.where.accessibleName()


def test_files_are_found_by_word_and_by_kind_and_sorted(table: Table) -> None:
    page = table.checked().check_page

    page.chips[Filter.ATTENTION].click()
    assert page.model.rowCount() == 1
    page.chips[Filter.ALL].click()
    page.search.line.setText("dagoth 987")
    assert page.model.rowCount() == 1
    page.search.line.clear()
    page.table.horizontalHeader().setSortIndicator(Column.COUNT, Qt.SortOrder.DescendingOrder)
    assert page.model.data(page.model.index(0, Column.COUNT)) == "120"


def test_choices_are_planned_anew(table: Table) -> None:
    wizard = table.checked()
    page = wizard.check_page

    assert wizard.check_page.default.isVisible()
    page.default.picked.emit(PersonaId(2))
    table.until(lambda: page.default.text() == "Dagoth Ur")
    page.you.picked.emit("discord:2")
    table.until(lambda: page.you.text() == "Stalker")
    page.table.selectRow(4)
    assert page.group.isEnabled()
    page.group.picked.emit(PersonaId(3))
    table.until(lambda: not page.busy)
    assert table.work.planned[-1] == Choices((("", PersonaId(2)), ("scav", PersonaId(3))), you="discord:2")
    page.reorganize.click()
    table.until(lambda: not page.busy)
    assert table.work.planned[-1].reorganize


def test_a_name_among_thousands_is_picked_by_typing(table: Table) -> None:
    picker = table.checked().check_page.default
    picker.choices = [Choice(f"Persona {number}", number) for number in range(2_000)]

    with table.qtbot.waitSignal(picker.picked, timeout=DONE_MS) as picked:
        picker.click()
        field = QApplication.activePopupWidget().findChild(QLineEdit)
        assert isinstance(field, QLineEdit)
        QTest.keyClicks(field, "1777")
        QTest.keyClick(field, Qt.Key.Key_Return)

    assert picked.args == [1777]


def test_progress_comes_no_oftener_than_can_be_seen(table: Table) -> None:
    wizard = table.checked()
    shown: list[Progress] = []
    table.desk.progressed.connect(shown.append)
    table.work.ticks = 5_000

    with table.qtbot.waitSignal(wizard.finished_run, timeout=DONE_MS):
        wizard.next.click()

    # Two stages, and one for each twentieth of a second the run took.
    assert 2 <= len(shown) < 100


def test_what_lies_beside_can_be_left_out(table: Table) -> None:
    page = table.checked().check_page
    tick = page.ticks["chat_history"]
    assert tick.accessibleName() == "Chats (1)"

    tick.click()

    table.until(lambda: not page.busy and page.imported.number.text() == "4")
    assert table.work.planned[-1].leave_out == {"chat_history"}


def test_a_run_is_shown_and_summed_up(table: Table) -> None:
    wizard = table.checked()
    table.work.gate.clear()
    with table.qtbot.waitSignal(wizard.finished_run, timeout=DONE_MS):
        wizard.next.click()
        table.until(lambda: wizard.run_page.counts.text() == "3 of 7 files")
        assert wizard.run_page.title.text() == "Importing"
        table.work.gate.set()

    page = wizard.result_page
    assert {name: card.number.text() for name, card in page.cards.items()} == {
        "found": "7",
        "imported": "4",
        "merged": "1",
        "skipped": "1",
        "attention": "1",
    }
    assert page.model.rowCount() == 1
    page.copy.click()
    assert "profiles/scav/user_555.json: not valid JSON" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("way", ["button", "close", "escape"])
def test_a_cancelled_run_goes_back_to_the_check(table: Table, way: str) -> None:
    wizard = table.checked()
    table.work.gate.clear()
    wizard.next.click()
    table.until(lambda: wizard.run_page.counts.text() == "3 of 7 files")

    if way == "button":
        wizard.back.click()
    elif way == "close":
        wizard.close()
    else:
        QTest.keyClick(wizard, Qt.Key.Key_Escape)

    assert wizard.isVisible()
    table.until(lambda: wizard.page is Page.CHECK)
    assert wizard.check_page.trouble.text() == "The import was stopped. Nothing was changed."
    assert not table.desk.running
    assert wizard.next.isEnabled()


def test_a_run_that_fails_says_why(table: Table) -> None:
    wizard = table.checked()
    table.work.problem = UserFacingError("The disk is <b>full</b>.", "Make room.")

    wizard.next.click()

    table.until(lambda: wizard.check_page.trouble.text() == "The disk is <b>full</b>. Make room.")
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in wizard.findChildren(QLabel))


def test_skipping_is_one_key_and_runs_nothing(table: Table) -> None:
    wizard = table.checked()

    with table.qtbot.waitSignal(wizard.skipped, timeout=DONE_MS):
        QTest.keyClick(wizard, Qt.Key.Key_Escape)

    assert table.work.runs_begun == 0


def test_an_undo_says_first_what_it_takes_away(table: Table) -> None:
    wizard = table.checked()
    wizard.next.click()
    table.until(lambda: wizard.page is Page.RESULT)
    page = wizard.result_page

    page.undo.click()
    table.until(page.panel.isVisible)
    assert "53 memories" in page.preview.text()
    assert "Scav stays" in page.kept.text()
    page.restore.click()
    page.undo_now.click()

    table.until(lambda: page.title.text() == "Undone")
    assert table.work.undone == [True]
    assert "7 files got back" in page.sentence.text()


def test_twenty_thousand_rows_never_hold_the_window(table: Table) -> None:
    table.work.rows = tuple(
        row(f"profiles/p{number % 40}/user_{number:09}.json", group=f"p{number % 40}") for number in range(20_000)
    )
    page = table.checked().check_page

    assert page.model.rowCount() == 20_000
    page.table.selectAll()
    page.table.scrollToBottom()
    page.search.line.setText("19999")
    assert page.model.rowCount() == 1


def test_a_hostile_name_is_shown_as_it_is() -> None:
    model = RowModel()
    model.fill((row("a/\udcff\u202egnp<img src=x>.json"),), {})

    index = model.index(0, Column.FILE)
    assert model.data(index) == "a/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}gnp<img src=x>.json"
    assert "&lt;img" in str(model.data(index, Qt.ItemDataRole.ToolTipRole))


def test_all_of_the_check_is_reached_by_tab(table: Table) -> None:
    wizard = table.checked()
    wizard.activateWindow()
    page = wizard.check_page
    wanted = {page.you, page.backup, page.search.line, page.table, page.reorganize, page.default}
    wanted |= {wizard.skip, wizard.back, wizard.next, page.table.horizontalHeader(), *page.chips.values()}
    reached = []
    at: QWidget = page.search.line
    for _ in range(300):
        at = at.nextInFocusChain()
        if at.isVisible() and at.focusPolicy() & Qt.FocusPolicy.TabFocus and at not in reached:
            reached.append(at)

    assert wanted <= set(reached)
    assert all(widget.accessibleName() for widget in wanted)


@pytest.mark.parametrize("size", [(1280, 800), (900, 600)])
def test_the_buttons_are_inside_at_every_size(table: Table, size: tuple[int, int]) -> None:
    table.window.resize(*size)
    wizard = table.checked()

    assert wizard.width() <= size[0]
    assert wizard.height() <= size[1]
    corner = wizard.next.mapTo(wizard, QPoint(wizard.next.width(), wizard.next.height()))
    assert wizard.rect().contains(corner)
