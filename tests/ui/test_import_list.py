"""Earlier imports in the settings, over a scripted migration: listed, asked about, undone, kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import RunId
from personadesk.domain.migration import Choices, Found, Plan, Receipt, Run, SourceKind, UndoPreview, UndoResult
from personadesk.paths import find_resources
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.migration_ports import Cancelled, Tell
from personadesk.ui.bridge import Bridge
from personadesk.ui.settings.import_list import MOST_RUNS, ImportList
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.wizard.migration_desk import MigrationDesk
from tests.ui.desk import Desk

DONE_MS = 10_000
NOW = datetime(2026, 11, 21, 14, 53, 22).astimezone()
SOURCE = Path.home() / "acore_bot" / "data" / "profiles"


def run(number: int, *, attention: int = 1, undone: bool = False, backup: bool = True, source: Path = SOURCE) -> Run:
    archive = source.parent / "profiles_backup_20261121_145322.tar" if backup else None
    undone_at = datetime.now(UTC) if undone else None
    return Run(RunId(number), f"uuid-{number}", source, SourceKind.PROFILES, NOW, archive, 10, 9, attention, undone_at)


class ScriptedUndo:
    """A migration whose imports are over."""

    def __init__(self) -> None:
        self.listed: list[Run] = []
        self.undone: list[tuple[RunId, bool]] = []
        self.problem: UserFacingError | None = None

    def runs(self) -> list[Run]:
        return list(self.listed)

    def preview_undo(self, run_id: RunId) -> UndoPreview:
        return UndoPreview(run_id, 1, 53, 1, 0, ("<b>Scav</b> stays: you have written with Scav since.",))

    def undo(self, run_id: RunId, *, restore_folder: bool = False) -> UndoResult:
        if self.problem is not None:
            raise self.problem
        self.undone.append((run_id, restore_folder))
        self.listed = [replace(item, undone_at=NOW) if item.id == run_id else item for item in self.listed]
        return UndoResult(self.preview_undo(run_id), 7 if restore_folder else 0)

    def usual_places(self) -> list[Found]:
        return []

    def inspect(self, folder: Path) -> list[Found]:
        return []

    def plan(self, found: Found, choices: Choices, *, tell: Tell, cancelled: Cancelled) -> Plan:
        raise UserFacingError("There is nothing to plan.")

    def run(self, plan: Plan, *, tell: Tell, cancelled: Cancelled) -> Receipt:
        raise UserFacingError("There is nothing to run.")

    def recover(self) -> list[str]:
        return []


class Table:
    """A window with the list in it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.work = ScriptedUndo()
        self.engine = Engine()
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=EventHub())
        install_icons(find_resources() / "icons")
        self.themes = ThemeSource(folder=find_resources() / "themes", choice=ThemeChoice.DARK)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(560, 700)
        self._layout = QVBoxLayout(self.window)
        self.window.show()
        self.desk = MigrationDesk(self.work, self.bridge, self.window)

    def open(self, *runs: Run) -> ImportList:
        self.work.listed = list(runs)
        made = ImportList(self.themes, self.desk)
        self._layout.addWidget(made)
        self.until(lambda: len(made.rows) == min(len(runs), MOST_RUNS))
        return made

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=DONE_MS)

    def close(self) -> None:
        self.bridge.close()
        self.engine.close()


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[Table]:
    make_application()
    made = Table(qtbot)
    yield made
    made.close()


def test_each_import_says_when_whence_and_how_many(table: Table) -> None:
    made = table.open(run(2), run(1, attention=0, undone=True, backup=False))
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(NOW.timestamp())), "d MMM yyyy HH:mm")
    newest, oldest = made.rows

    assert newest.words.text() == f"{when} · 9 imported, 1 needs attention"
    assert newest.place.text() == "~/acore_bot/data/profiles"
    assert newest.undo.isVisible()
    assert newest.open_backup.isVisible()
    assert not newest.undone.isVisible()
    assert oldest.words.text() == f"{when} · 9 imported"
    assert oldest.undone.isVisible()
    assert not oldest.undo.isVisible()
    assert not oldest.open_backup.isVisible()


def test_nothing_is_shown_where_nothing_was_imported(table: Table) -> None:
    made = table.open()
    heard: list[object] = []
    table.desk.runs(owner=made, then=heard.append, failed=heard.append)

    table.until(lambda: bool(heard))
    assert not made.isVisible()


def test_no_more_than_the_newest_are_listed(table: Table) -> None:
    made = table.open(*(run(number) for number in range(MOST_RUNS + 15, 0, -1)))

    assert made.rows[0].run.id == RunId(MOST_RUNS + 15)
    assert len(made.rows) == MOST_RUNS


@pytest.mark.parametrize("restore", [False, True])
def test_an_undo_says_first_what_goes_and_what_stays(table: Table, restore: bool) -> None:
    made = table.open(run(2), run(1))
    row = made.rows[0]
    row.undo.click()
    table.until(row.panel.isVisible)

    assert "1 persona, 53 memories, 1 conversation." in row.preview.text()
    assert row.stays.text() == "<b>Scav</b> stays: you have written with Scav since."
    assert table.work.undone == []
    if restore:
        row.restore.click()
    row.undo_now.click()

    table.until(lambda: bool(made.rows) and made.rows[0].undone.isVisible())
    assert table.work.undone == [(RunId(2), restore)]
    assert made.told.text().startswith("Undone")
    assert ("7 files got back" in made.told.text()) is restore
    assert made.rows[1].undo.isEnabled()


def test_keeping_undoes_nothing(table: Table) -> None:
    made = table.open(run(1))
    row = made.rows[0]
    QTest.keyClick(row.undo, Qt.Key.Key_Space)
    table.until(row.panel.isVisible)

    QTest.keyClick(row.keep, Qt.Key.Key_Space)

    assert not row.panel.isVisible()
    assert row.undo.isEnabled()
    assert table.work.undone == []


def test_one_question_is_open_at_a_time(table: Table) -> None:
    first, second = table.open(run(2), run(1)).rows
    first.undo.click()
    second.undo.click()

    table.until(second.panel.isVisible)
    assert not first.panel.isVisible()
    assert first.undo.isEnabled()


def test_an_import_without_a_backup_offers_no_folder_back(table: Table) -> None:
    row = table.open(run(1, backup=False)).rows[0]
    row.undo.click()

    table.until(row.panel.isVisible)
    assert not row.restore.isVisible()


def test_an_undo_that_fails_says_why_and_can_be_tried_again(table: Table) -> None:
    made = table.open(run(1, source=Path("/tmp/<b>a</b>\u202e\udcff")))
    row = made.rows[0]
    row.undo.click()
    table.until(row.panel.isVisible)
    table.work.problem = UserFacingError("The <b>backup</b> is gone.", "Undo without it.")
    row.undo_now.click()

    table.until(lambda: made.told.text() == "The <b>backup</b> is gone. Undo without it.")
    assert row.undo.isEnabled()
    assert row.place.text() == "/tmp/<b>a</b>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in made.findChildren(QLabel))


def test_all_of_it_is_named_and_reached_by_tab(table: Table) -> None:
    row = table.open(run(1)).rows[0]
    row.undo.click()
    table.until(row.panel.isVisible)
    wanted = (row.open_backup, row.undo, row.restore, row.keep, row.undo_now)

    assert all(widget.accessibleName() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus for widget in wanted)


def test_the_settings_list_what_was_imported(desk: Desk) -> None:
    work = ScriptedUndo()
    work.listed = [run(1)]
    desk.window.imports.desk = MigrationDesk(work, desk.bridge, desk.window)
    desk.window.overlays.open_settings_page("data")
    dialog = desk.dialog(SettingsDialog)
    assert isinstance(dialog, SettingsDialog)
    made = dialog.imports
    assert made is not None

    desk.until(lambda: bool(made.rows) and made.isVisible())
    desk.click(made.rows[0].undo)
    desk.until(made.rows[0].panel.isVisible)
    assert made.rows[0].undo_now.width() >= made.rows[0].undo_now.sizeHint().width()
