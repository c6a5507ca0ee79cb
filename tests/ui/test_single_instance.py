"""One window for a data directory; a second start brings the first one forward."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from personadesk.ui.single_instance import SingleInstance


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "window.lock"


def second_start(lock: Path) -> subprocess.Popen[str]:
    """Another process that tries the lock and, where it is held, asks."""
    program = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "from personadesk.ui.single_instance import SingleInstance;"
        "app = QCoreApplication([]); mine = SingleInstance(Path(sys.argv[1]));"
        "print('first' if mine.acquire() else f'asked {mine.ask_to_raise()}'); mine.release()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def said(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=60)
    return out.strip()


def test_a_second_start_asks_the_first_window_to_come_forward(lock: Path, qtbot: QtBot) -> None:
    first = SingleInstance(lock)
    assert first.acquire()
    first.listen()

    with qtbot.waitSignal(first.raise_requested, timeout=60_000):
        second = second_start(lock)

    assert said(second) == "asked True"
    first.release()


def test_a_window_that_does_not_answer_is_told_apart(lock: Path, qtbot: QtBot) -> None:
    first = SingleInstance(lock)
    assert first.acquire()

    assert said(second_start(lock)) == "asked False"

    first.release()


def test_the_lock_is_free_once_the_first_window_is_gone(lock: Path, qtbot: QtBot) -> None:
    first = SingleInstance(lock)
    assert first.acquire()
    first.release()

    assert said(second_start(lock)) == "first"


def test_the_lock_of_a_killed_program_does_not_hold(lock: Path, qtbot: QtBot) -> None:
    program = (
        "import os, sys; from pathlib import Path;"
        "from personadesk.ui.single_instance import SingleInstance;"
        "mine = SingleInstance(Path(sys.argv[1])); assert mine.acquire(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(lock)], check=False, timeout=60)
    assert lock.exists()

    mine = SingleInstance(lock)

    assert mine.acquire()
    mine.release()


def test_two_data_directories_have_a_window_each(tmp_path: Path, qtbot: QtBot) -> None:
    one, other = SingleInstance(tmp_path / "one.lock"), SingleInstance(tmp_path / "other.lock")

    assert one.acquire()
    assert other.acquire()
    one.release()
    other.release()


def test_where_no_lock_can_be_made_the_store_gets_its_say(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").write_text("not a folder")

    assert SingleInstance(tmp_path / "file" / "window.lock").acquire()


def test_a_second_start_hands_over_the_files_it_was_given(lock: Path, qtbot: QtBot) -> None:
    first = SingleInstance(lock)
    assert first.acquire()
    first.listen()
    files = [Path("/tmp/ルナ.png"), Path("/tmp/b c.persona")]
    program = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "from personadesk.ui.single_instance import SingleInstance;"
        "app = QCoreApplication([]); mine = SingleInstance(Path(sys.argv[1]));"
        "mine.ask_to_raise([Path(name) for name in sys.argv[2:]])"
    )

    with qtbot.waitSignal(first.files_requested, timeout=60_000) as asked:
        second = subprocess.Popen([sys.executable, "-c", program, str(lock), *map(str, files)])

    assert asked.args == [files]
    assert second.wait(60) == 0
    first.release()
