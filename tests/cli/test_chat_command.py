"""The conversation in the terminal: the same personas, the same store."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import (
    COMMAND,
    Terminal,
    descendants,
    environment,
    halted_model,
    last_reply,
    run,
    stored,
    until,
    wait_until_gone,
)

STORY = "Please tell me a very long story about the sea, with many details."


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*arguments: str) -> Terminal:
        opened.append(Terminal("--data-dir", str(tmp_path), *arguments))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


@pytest.mark.embedded_model
def test_one_question_is_answered_and_stored(tmp_path: Path) -> None:
    done = run(tmp_path, "chat", "isab", "Hello, I am Kim.")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    name, _, reply = done.stdout.strip().partition(": ")
    assert name == "Isabella"
    assert len(reply) > 10
    assert last_reply(tmp_path) == (reply, "complete")
    assert stored(tmp_path, "SELECT text FROM swipes WHERE text LIKE '%Kim%'")
    assert stored(tmp_path, "SELECT sum(unread) FROM personas") == [(0,)]


def test_a_terminal_that_knows_no_accents_shows_the_rest(tmp_path: Path) -> None:
    done = run(tmp_path, "chat", "Isabella", stdin=b"/list\n/quit\n", variables={"PYTHONIOENCODING": "ascii:strict"})

    assert done.returncode == 0, done.stderr
    assert "Isabella ? Puts the kettle on" in done.stdout


def test_a_conversation_goes_by_lines(tmp_path: Path) -> None:
    done = run(tmp_path, "chat", "Isabella", stdin=b"/list\n\n/switch luna\n/new\n/help\n/quit\n")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "  Ethan · " in done.stdout
    assert done.stdout.count("\nLuna: ") == 2
    assert done.stdout.count("/switch NAME") == 2
    conversations = "SELECT name, count(*) FROM personas p JOIN conversations c ON c.persona_id = p.id GROUP BY name"
    assert sorted(stored(tmp_path, conversations)) == [("Isabella", 1), ("Luna", 2)]


def test_without_a_name_one_is_asked_for_until_it_is_known(tmp_path: Path) -> None:
    done = run(tmp_path, "chat", stdin=b"Nobody\nSam\n/quit\n")

    assert done.returncode == 0, done.stderr
    assert "There is no persona called 'Nobody'." in done.stdout
    assert "\nSam · " in done.stdout


@pytest.mark.parametrize("stdin", [b"", b"Sam\n", b"Sam\n/switch Nobody\n"])
def test_the_end_of_input_is_a_goodbye(tmp_path: Path, stdin: bytes) -> None:
    done = run(tmp_path, "chat", stdin=stdin)

    assert (done.returncode, done.stderr) == (0, "")


def test_bytes_that_are_no_text_do_not_end_the_program(tmp_path: Path) -> None:
    done = run(
        tmp_path, "chat", "Sam", stdin=b"/switch \xff\xfe\n\n/quit\n", variables={"PYTHONIOENCODING": "utf-8:strict"}
    )

    assert done.returncode == 0, done.stderr
    assert "There is no persona called" in done.stdout


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    chat = subprocess.Popen(
        [*COMMAND, "--data-dir", str(tmp_path), "chat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert chat.stdout is not None
    chat.stdout.close()

    _, errors = chat.communicate(b"/list\n", timeout=60)

    assert errors == b""
    assert chat.returncode == 1


@pytest.mark.embedded_model
def test_in_a_terminal_ctrl_c_stops_a_reply_and_the_conversation_goes_on(
    tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    shell = terminal("chat", "Isabella")
    shell.until("You: ")

    shell.type(f"{STORY}\r")
    shell.until("Isabella: ")
    until("the first words", lambda: last_reply(tmp_path)[0] or None)
    with halted_model(shell.pid):
        shell.type("\x03")
        shell.until("(stopped)")
    shell.until("You: ")
    text, state = last_reply(tmp_path)
    shell.type("/list\r")
    shell.until("Ethan")
    shell.until("You: ")
    shell.type("\x04")

    assert shell.ended() == 0
    assert state == "stopped"
    assert text
    assert "Traceback" not in shell.screen


@pytest.mark.embedded_model
def test_closing_the_terminal_in_the_middle_keeps_what_was_said(
    tmp_path: Path, terminal: Callable[..., Terminal]
) -> None:
    shell = terminal("chat", "Isabella")
    shell.until("You: ")
    shell.type(f"{STORY}\r")
    until("the first words", lambda: last_reply(tmp_path)[0] or None)
    family = descendants(shell.pid)

    with halted_model(shell.pid):
        shell.hang_up()
        assert shell.ended() != 0

    assert family
    assert wait_until_gone(family) == []
    text, state = last_reply(tmp_path)
    assert (bool(text), state) == (True, "interrupted")


def test_ctrl_c_at_the_prompt_is_a_goodbye(terminal: Callable[..., Terminal]) -> None:
    shell = terminal("chat", "Isabella")
    shell.until("You: ")

    code = shell.pressed_until_ended("\x03")

    assert code == 0
    assert "Traceback" not in shell.screen
