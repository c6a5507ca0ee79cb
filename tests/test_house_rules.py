"""What conftest.py holds every test to, seen from outside: a suite that breaks each rule once."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TIMEOUT_S = 100
ENDING = "ENDING_S = 5.0"
"""What the suite that breaks the rules need not wait for: nothing in it would end."""

SUITE = """
import logging
import os
import socket
import subprocess
import sys
import threading

import pytest

log = logging.getLogger("some.module")
never = threading.Event()


def test_logs_a_warning():
    log.warning("unforeseen")


def test_logs_in_a_thread():
    thread = threading.Thread(target=log.error, args=("unforeseen",))
    thread.start()
    thread.join()


@pytest.mark.allows_log("^WARNING some.module: fore")
def test_ok_to_log_what_it_announced():
    log.warning("foreseen")


def test_ok_to_look_at_the_log_itself(caplog):
    log.warning("seen")
    assert caplog.messages == ["seen"]


def test_leaves_a_thread():
    threading.Thread(target=never.wait, daemon=True, name="straggler").start()


def test_leaves_a_process():
    global straggler  # else it would be a warning about the object
    straggler = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_ok_to_run_a_process_to_its_end():
    subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.parametrize("call", [
    lambda: socket.getaddrinfo("example.invalid", 80),
    lambda: socket.create_connection(("192.0.2.1", 80)),
], ids=["name", "address"])
def test_reaches_outside(call):
    with pytest.raises(RuntimeError, match="this machine alone"):
        call()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_ok_to_reach_this_machine(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()


def test_qt_warns(qtbot):
    from PySide6.QtCore import qWarning

    qWarning("unforeseen")


@pytest.fixture
def messy():
    yield
    from PySide6.QtCore import qWarning

    qWarning("unforeseen")


def test_qt_warns_as_it_is_cleaned_up(messy):
    pass


def test_ok_to_raise_a_window_offscreen(qtbot):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.raise_()


def test_ok_to_have_a_data_directory_of_its_own(data_dir, tmp_path, clock):
    assert os.environ["PERSONADESK_DATA_DIR"] == str(data_dir)
    assert data_dir.is_relative_to(tmp_path)
    before = clock.now()
    clock.advance(hours=1)
    assert (clock.now() - before).total_seconds() == 3600


def test_ok_that_the_users_own_folders_are_elsewhere():
    for name in ("DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "STATE_HOME"):
        assert not os.environ["XDG_" + name].startswith(os.path.expanduser("~"))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Test → the outcomes pytest reported for it."""
    root = tmp_path_factory.mktemp("suite")
    shutil.copy(TESTS.parent / "pyproject.toml", root)
    (root / "tests").mkdir()
    for name in ("__init__.py", "fakes.py"):
        shutil.copy(TESTS / name, root / "tests")
    rules = (TESTS / "conftest.py").read_text()
    assert ENDING in rules
    (root / "tests" / "conftest.py").write_text(rules.replace(ENDING, "ENDING_S = 0.3"))
    (root / "tests" / "test_suite.py").write_text(SUITE)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "--tb=no", "-p", "no:cacheprovider"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    found: dict[str, set[str]] = {}
    for outcome, test in re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\S+)", run.stdout, re.MULTILINE):
        found.setdefault(test, set()).add(outcome)
    assert found, run.stdout + run.stderr
    return found


def test_a_test_that_breaks_a_rule_does_not_pass(outcomes: dict[str, set[str]]) -> None:
    assert [name for name, seen in outcomes.items() if "_ok_" not in name and seen == {"PASSED"}] == []
    assert len([name for name in outcomes if "_ok_" not in name]) == 8


def test_a_test_that_keeps_them_passes(outcomes: dict[str, set[str]]) -> None:
    assert [name for name, seen in outcomes.items() if "_ok_" in name and seen != {"PASSED"}] == []
    assert len([name for name in outcomes if "_ok_" in name]) == 8
