"""The program as a child process: started as a user starts it, fed through its real stdin or a real terminal."""

import contextlib
import os
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import psutil

from personadesk.storage.places import DATABASE_NAME

T = TypeVar("T")

DONE_S = 90.0
"""How long a test waits for what must come: a busy machine is slow, not wrong."""

PRESS_AGAIN_S = 2
LOOK_EVERY_S = 0.02
COMMAND = (sys.executable, "-m", "personadesk")
_TAKE_TERMINAL = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # nohup and a job in the background leave some of them ignored
os.login_tty(0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\r]")


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", **variables}


def unmeasured() -> dict[str, str]:
    """For a program that is to be killed or starved: coverage would write files of its own, and be broken too."""
    return {name: value for name, value in environment().items() if not name.startswith("COVERAGE_")}


def run(
    data_dir: Path, *arguments: str | bytes, stdin: bytes = b"", variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    done = subprocess.run(
        [*COMMAND, "--data-dir", str(data_dir), *arguments],
        input=stdin,
        capture_output=True,
        env=environment(**(variables or {})),
        timeout=DONE_S,
        check=False,
    )
    output, errors = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


@contextlib.contextmanager
def started(*command: str, **variables: str) -> "Iterator[subprocess.Popen[str]]":
    """A running child whose stdout can be read line by line; whatever happens, it is gone afterwards."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(**variables), text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def until(what: str, look: Callable[[], T | None]) -> T:
    """Look again and again until there is something; fails after DONE_S with what was waited for."""
    deadline = time.monotonic() + DONE_S
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(LOOK_EVERY_S)
    return found


def stored(data_dir: Path, sql: str) -> list[tuple[object, ...]]:
    """What the database says, seen from another program; nothing while it is not there."""
    path = data_dir / DATABASE_NAME
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []


def complaints(errors: str) -> list[str]:
    """What a program said on stderr, without what Qt's offscreen platform says of any window."""
    return [line for line in errors.splitlines() if not line.startswith("This plugin does not support")]


def last_reply(data_dir: Path) -> tuple[str, str]:
    """Text and state of the newest swipe a model wrote; ("", "") where there is none."""
    rows = stored(data_dir, "SELECT text, state FROM swipes WHERE model != '' ORDER BY id DESC LIMIT 1")
    return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that are still running after a fair while."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@contextlib.contextmanager
def halted_model(pid: int) -> Iterator[None]:
    """Halt the model of a running program, so that a reply stays in its middle for as long as a test needs."""
    (model,) = [process for process in descendants(pid) if any("child.py" in word for word in process.cmdline())]
    model.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            model.resume()


class Terminal:
    """A command in a terminal of its own, where Ctrl+C is a key."""

    def __init__(self, *arguments: str) -> None:
        self.screen = ""
        self._master, slave = os.openpty()
        self._child = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, "-m", "personadesk", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(TERM="xterm", COLUMNS="200"),
        )
        os.close(slave)

    @property
    def pid(self) -> int:
        return self._child.pid

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, text: str) -> None:
        """Read until the text is on the screen after what was waited for before; fails when it can't come."""
        deadline = time.monotonic() + DONE_S
        while text not in self.screen:
            assert time.monotonic() < deadline, f"waited in vain for {text!r}, got {self.screen!r}"
            assert self._read(), f"ended before {text!r}: {self.screen!r}"
        self.screen = self.screen.partition(text)[2]

    def ended(self) -> int:
        """The exit code, once it has ended; what it still said is in `screen`."""
        while self._master >= 0 and self._read():
            pass
        return self._child.wait(DONE_S)

    def pressed_until_ended(self, key: str) -> int:
        """The exit code, with a key pressed again until something happens.

        Readline looks for signals only when its wait for a key is cut short: a Ctrl+C between the prompt and that wait
        is not heard before the next one.
        """
        self.type(key)
        while not select.select([self._master], [], [], PRESS_AGAIN_S)[0]:
            self.type(key)
        return self.ended()

    def hang_up(self) -> None:
        """Close the terminal's window: its shell and all that runs there get SIGHUP, and nothing more can be shown."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait(DONE_S)
        if self._master >= 0:
            os.close(self._master)

    def _read(self) -> bool:
        """Read what there is, waiting for it; False at the end."""
        ready, _, _ = select.select([self._master], [], [], DONE_S)
        assert ready, f"nothing more came after {self.screen!r}"
        try:
            data = os.read(self._master, 4096)
        except OSError:  # EIO: nobody holds the other end any more
            return False
        self.screen += _ESCAPES.sub("", data.decode("utf-8", "replace"))
        return bool(data)
