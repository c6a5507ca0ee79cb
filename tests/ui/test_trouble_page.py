"""A store that can't be opened: a sentence, a next step, and Try again that works once it is mended."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from personadesk.app import DesktopApp, make_application
from personadesk.paths import Paths, find_resources
from personadesk.ui.main_window import MainWindow
from personadesk.ui.trouble_page import TroublePage
from tests.ui.desk import DONE_MS


class Program:
    """The real composition root on a data directory of the test."""

    def __init__(self, data_dir: Path, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.app = DesktopApp(
            application=make_application(), paths=Paths(data_dir=data_dir, resources=find_resources())
        )
        qtbot.addWidget(self.app.window)
        self.app.show()

    @property
    def window(self) -> MainWindow:
        return self.app.window

    def trouble(self) -> TroublePage:
        self.qtbot.waitUntil(lambda: isinstance(self.window.pages.currentWidget(), TroublePage), timeout=DONE_MS)
        page = self.window.pages.currentWidget()
        assert isinstance(page, TroublePage)
        return page

    def wait_for_cards(self) -> None:
        self.qtbot.waitUntil(
            lambda: self.window.chat is not None and self.window.library.model.rowCount() > 0, timeout=3 * DONE_MS
        )

    def try_again(self) -> None:
        QTest.mouseClick(self.trouble().retry, Qt.MouseButton.LeftButton)


@pytest.fixture
def programs(own_collection: None, qtbot: QtBot) -> Iterator[list[Program]]:
    started: list[Program] = []
    yield started
    for program in started:
        program.window.close()
        program.app.close()


@pytest.fixture
def folder(seeded: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeded, tmp_path / "home")
    return tmp_path / "home"


def database_in(folder: Path) -> Path:
    return next(folder.glob("*.sqlite3"), None) or next(folder.glob("*.db"))


def start(programs: list[Program], folder: Path, qtbot: QtBot) -> Program:
    programs.append(Program(folder, qtbot))
    return programs[-1]


def check_trouble(program: Program, *words: str) -> None:
    page = program.trouble()
    said = f"{page.sentence.text()} {page.step.text()}"
    for word in words:
        assert word in said
    assert page.step.text()
    assert page.retry.hasFocus()
    assert "Traceback" not in said


def test_a_data_folder_that_is_a_file(programs: list[Program], tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "home").write_text("not a folder")
    program = start(programs, tmp_path / "home", qtbot)
    check_trouble(program, "home")

    (tmp_path / "home").unlink()
    program.try_again()

    program.wait_for_cards()


def test_a_database_that_is_no_database_is_left_alone(programs: list[Program], folder: Path, qtbot: QtBot) -> None:
    database = database_in(folder)
    good = database.read_bytes()
    bad = b"This is not a database, but somebody's letter. " * 400
    database.write_bytes(bad)
    program = start(programs, folder, qtbot)
    check_trouble(program)
    assert database.read_bytes() == bad

    database.write_bytes(good)
    program.try_again()

    program.wait_for_cards()


def test_a_database_of_a_newer_program_names_both_versions(programs: list[Program], folder: Path, qtbot: QtBot) -> None:
    with closing(sqlite3.connect(database_in(folder))) as connection, connection:
        old = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version = 99")
    program = start(programs, folder, qtbot)
    check_trouble(program, "version 99", f"up to {old}")

    with closing(sqlite3.connect(database_in(folder))) as connection, connection:
        connection.execute(f"PRAGMA user_version = {old}")
    program.try_again()

    program.wait_for_cards()


@pytest.mark.skipif(
    os.name == "nt" or shutil.which("chattr") is None, reason="root writes anywhere but into an immutable folder"
)
def test_a_folder_that_can_not_be_written(programs: list[Program], tmp_path: Path, qtbot: QtBot) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    frozen = os.geteuid() == 0
    if frozen and subprocess.run(["chattr", "+i", str(home)], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no immutable folders")
    try:
        program = start(programs, home, qtbot)
        check_trouble(program, "home")
    finally:
        if frozen:
            subprocess.run(["chattr", "-i", str(home)], check=True)
        home.chmod(0o700)

    program.try_again()

    program.wait_for_cards()


def test_the_keys_of_the_window_do_not_lead_around_the_trouble(
    programs: list[Program], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "home").write_text("not a folder")
    program = start(programs, tmp_path / "home", qtbot)
    page = program.trouble()
    program.window.activateWindow()

    for key in (Qt.Key.Key_L, Qt.Key.Key_K, Qt.Key.Key_N, Qt.Key.Key_1, Qt.Key.Key_F, Qt.Key.Key_Tab):
        QTest.keyClick(program.window, key, Qt.KeyboardModifier.ControlModifier)

    assert program.window.pages.currentWidget() is page
    assert QApplication.activePopupWidget() is None
    assert page.retry.isVisible()
    assert page.retry.hasFocus()


def test_a_fault_that_is_still_there_is_said_again(programs: list[Program], tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "home").write_text("not a folder")
    program = start(programs, tmp_path / "home", qtbot)
    program.trouble()
    program.trouble().sentence.clear()

    program.try_again()

    qtbot.waitUntil(lambda: program.trouble().sentence.text() != "", timeout=DONE_MS)
