"""What every test is held to: its own data directory, no outside network, no warnings, nothing left running."""

import contextlib
import gc
import ipaddress
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import FakeClock

ENDING_S = 5.0
"""How long a thread or a child process may take to end after its test has closed everything."""

OTHERS_THREADS = re.compile(r"(pytest|hypothesis|execnet|ptpython|Dummy-|QThread|QDBusConnection)", re.IGNORECASE)
"""Threads of the test runner, and Qt's own, which Python sees as dummies once they have called into it."""


# A busy machine makes an example slow, not wrong.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


class OutsideNetwork(RuntimeError):
    """A test reached for another machine."""


_reached_outside: list[str] = []
_home_key = pytest.StashKey[Path]()


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it sees every socket of this process, whichever library and thread it belongs to."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        _reached_outside.append(f"{event} {host!r}")
        raise OutsideNetwork(f"Tests talk to this machine alone, and this one asked for {host!r}.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "allows_log(*patterns): the test may log warnings and errors that match one of these regular expressions",
    )
    # Short, because a Unix socket's path may have no more than 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="pd-"))
    config.stash[_home_key] = home
    for variable, folder in (
        ("XDG_DATA_HOME", "share"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "run"),
        ("PERSONADESK_DATA_DIR", "data"),
    ):
        (home / folder).mkdir(mode=0o700)
        os.environ[variable] = str(home / folder)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never the user's own
    sys.addaudithook(_refuse_the_outside)


def pytest_collection_finish() -> None:
    """Let later garbage collections pass over what stays: they took a third of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_home_key], ignore_errors=True)


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    _reached_outside.clear()
    yield
    if _reached_outside:
        pytest.fail("reached for the network: " + ", ".join(_reached_outside), pytrace=False)


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    """Fail a test that leaves a thread running. Those of wider fixtures started before, and may stay."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + ENDING_S
    left = []
    for thread in threading.enumerate():
        if thread in before or OTHERS_THREADS.search(thread.name):
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(thread.name)
    if left:
        pytest.fail(f"left running: {', '.join(left)}", pytrace=False)


def _children() -> dict[int, str]:
    """The command line of each child process by its id; none on systems without Linux's /proc."""
    found = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread or a child that ended meanwhile
            for pid in map(int, listing.read_text().split()):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return found


@pytest.fixture(autouse=True)
def _leaves_no_process() -> Iterator[None]:
    """Fail a test that leaves a child process, running or never waited for."""
    before = _children()
    yield
    deadline = time.monotonic() + ENDING_S
    while left := {
        pid: line or "ended, and never waited for"
        for pid, line in _children().items()
        # Python's own tracker of shared memory stays for as long as the interpreter.
        if pid not in before and "multiprocessing.resource_tracker" not in line
    }:
        if time.monotonic() > deadline:
            pytest.fail(f"left child processes: {left}", pytrace=False)
        time.sleep(0.02)


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _logs_no_surprise(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or worse.

    A test says what it expects with `@pytest.mark.allows_log("regex")`, or takes `caplog` and looks itself.
    """
    handler = _Warnings()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if "caplog" in request.fixturenames:
        return
    allowed = [pattern for mark in request.node.iter_markers("allows_log") for pattern in mark.args]
    surprises = [line for line in handler.lines if not any(re.search(pattern, line) for pattern in allowed)]
    if surprises:
        pytest.fail("logged unexpectedly:\n" + "\n".join(surprises), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test whose widgets and threads make Qt complain as they go; pytest-qt listens only until then."""
    qt_core = sys.modules.get("PySide6.QtCore")
    if qt_core is None or item.get_closest_marker("no_qt_log"):
        return (yield)
    complaints: list[str] = []

    def listen(kind: Any, _context: Any, message: str | None) -> None:
        if kind not in (qt_core.QtMsgType.QtDebugMsg, qt_core.QtMsgType.QtInfoMsg):
            complaints.append(message or "")

    mark = item.get_closest_marker("qt_log_ignore")
    ignored = [*item.config.getini("qt_log_ignore"), *(mark.args if mark else ())]
    previous = qt_core.qInstallMessageHandler(listen)
    try:
        result = yield
    finally:
        qt_core.qInstallMessageHandler(previous)
    surprises = [text for text in complaints if not any(re.search(pattern, text) for pattern in ignored)]
    if surprises:
        pytest.fail("Qt complained while the test was cleaned up:\n" + "\n".join(surprises), pytrace=False)
    return result


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, also the one a child process takes by default."""
    path = tmp_path / "data"
    path.mkdir()
    monkeypatch.setenv("PERSONADESK_DATA_DIR", str(path))
    return path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
