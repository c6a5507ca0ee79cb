"""The real program in a process of its own: used, killed, started again."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from personadesk.storage.checks import check_store
from tests.program import (
    COMMAND,
    complaints,
    descendants,
    halted_model,
    last_reply,
    run,
    started,
    stored,
    until,
    wait_until_gone,
)

DRIVER = Path(__file__).with_name("window_driver.py")
STORY = "Please tell me a very long story about the sea, with many details."


class Window:
    """A window in a child process, with somebody at its mouse."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child
        self.shown: list[tuple[float, str]] = []
        self.until("ready")

    def do(self, line: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(f"{line}\n")
        self.child.stdin.flush()

    def until(self, what: str) -> Any:
        """Read what it tells until this; `shown` holds when how much of a reply was on screen."""
        for told, value in self._lines():
            if told == what:
                return value
        pytest.fail(f"the window ended before it told {what!r}: {self.errors()}")

    def read_on(self) -> None:
        """Read what a window that is gone still told."""
        for _ in self._lines():
            pass

    def _lines(self) -> Iterator[tuple[str, Any]]:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            told, value, moment = json.loads(line)
            if told == "shown":
                self.shown.append((moment, value))
            yield told, value

    def errors(self) -> list[str]:
        assert self.child.stderr is not None
        return complaints(self.child.stderr.read())

    def ended(self) -> int:
        """Wait for the end, as far as it is the program's own doing."""
        assert self.child.stdin is not None
        self.child.stdin.close()
        return self.child.wait(60)


@contextlib.contextmanager
def window(data_dir: Path) -> Iterator[Window]:
    with started(sys.executable, str(DRIVER), str(data_dir)) as child:
        yield Window(child)


def in_the_middle_of_a_reply(desk: Window, data_dir: Path) -> None:
    """Ask for a story and wait until some of it is on screen and in the database."""
    desk.do("open Isabella")
    desk.until("chat")
    desk.do(f"say {STORY}")
    desk.until("shown")
    until("some of the reply on disk", lambda: last_reply(data_dir)[0] or None)


@pytest.mark.embedded_model
def test_a_persona_answers_and_another_knows_nothing_of_it(tmp_path: Path) -> None:
    with window(tmp_path) as desk:
        desk.do("open Isabella")
        desk.until("chat")
        desk.do("say Hello, my name is Kim.")
        talked = desk.until("chat")
        desk.do("open Luna")
        other = desk.until("chat")
        desk.do("open Isabella")
        back = desk.until("chat")
        desk.do("close")
        code = desk.ended()

    greeting, said, reply = talked
    assert (greeting[0], said[:2], reply[0], reply[2]) == (
        "persona",
        ["user", "Hello, my name is Kim."],
        "persona",
        "complete",
    )
    assert len(reply[1]) > 10
    assert len(other) == 1
    assert "Kim" not in other[0][1]
    assert back == talked
    assert code == 0


@pytest.mark.embedded_model
def test_killed_in_the_middle_of_a_reply_it_finds_every_word_again(tmp_path: Path) -> None:
    with window(tmp_path) as desk:
        in_the_middle_of_a_reply(desk, tmp_path)
        with halted_model(desk.child.pid):
            begun, _ = desk.shown[0]
            until("a second and a half of reply", lambda: time.monotonic() > begun + 1.5 or None)
            half, _ = last_reply(tmp_path)
        until("the reply to go on", lambda: len(last_reply(tmp_path)[0]) > len(half) or None)
        family = descendants(desk.child.pid)

        desk.child.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        desk.child.wait(60)
        desk.read_on()

    on_disk, state = last_reply(tmp_path)
    assert state == "streaming"
    due = [text for moment, text in desk.shown if moment < killed - 1]
    assert due
    assert [text for text in due if not on_disk.startswith(text)] == []
    assert family
    assert wait_until_gone(family) == []
    assert check_store(tmp_path).problems == ()
    with window(tmp_path) as desk:
        desk.do("open Isabella")
        _, said, reply = desk.until("chat")
        desk.do("close")
        assert desk.ended() == 0
    assert said[1] == STORY
    assert reply[1] == on_disk
    assert reply[2] == "interrupted"
    assert reply[3]


@pytest.mark.embedded_model
def test_told_to_end_in_the_middle_of_a_reply_it_keeps_what_was_said(tmp_path: Path) -> None:
    with window(tmp_path) as desk:
        in_the_middle_of_a_reply(desk, tmp_path)
        _, shown = desk.shown[-1]
        family = descendants(desk.child.pid)

        desk.child.send_signal(signal.SIGTERM)
        code = desk.ended()
        errors = desk.errors()

    text, state = last_reply(tmp_path)
    assert (code, errors) == (0, [])
    assert text.startswith(shown)
    assert state == "interrupted"
    assert family
    assert wait_until_gone(family) == []
    assert stored(tmp_path, "SELECT text FROM swipes WHERE model = '' ORDER BY id DESC LIMIT 1") == [(STORY,)]
    assert check_store(tmp_path).problems == ()


@pytest.mark.embedded_model
def test_a_runtime_that_is_killed_leaves_a_sentence_and_the_next_message_is_answered(tmp_path: Path) -> None:
    with window(tmp_path) as desk:
        in_the_middle_of_a_reply(desk, tmp_path)

        for process in descendants(desk.child.pid):
            process.kill()
        *_, reply = desk.until("chat")
        desk.do("say Are you there?")
        *_, again = desk.until("chat")
        desk.do("close")
        assert desk.ended() == 0

    assert reply[2] == "interrupted"
    assert "runtime ended in the middle" in reply[3]
    assert (again[2], bool(again[1])) == ("complete", True)


def test_a_second_start_brings_the_first_window_forward(tmp_path: Path) -> None:
    with window(tmp_path) as first:
        first.do("minimize")
        first.until("minimized")

        second = run(tmp_path)
        first.until("came forward")

        first.do("close")
        assert first.ended() == 0
    assert (second.returncode, complaints(second.stderr)) == (0, [])
    assert second.stdout == "PersonaDesk is running already: its window comes forward.\n"


def test_the_program_itself_starts_and_ends_when_told(tmp_path: Path) -> None:
    with started(*COMMAND, "--data-dir", str(tmp_path)) as child:
        until("the personas", lambda: stored(tmp_path, "SELECT count(*) FROM personas") == [(7,)] or None)

        child.send_signal(signal.SIGTERM)

        assert child.wait(60) == 0
        assert child.stderr is not None
        assert complaints(child.stderr.read()) == []


def test_a_window_and_a_terminal_may_share_a_folder(tmp_path: Path) -> None:
    with window(tmp_path) as desk:
        terminal = run(tmp_path, "chat", "Luna", stdin=b"/new\n/quit\n")
        desk.do("open Luna")
        chat = desk.until("chat")
        desk.do("close")
        assert desk.ended() == 0

    assert (terminal.returncode, terminal.stderr) == (0, "")
    assert len(chat) == 1
