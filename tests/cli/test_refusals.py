"""What the program says when it can't: one sentence, an exit code, never a stack trace."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from personadesk import __version__
from personadesk.assembly import load_catalogue
from personadesk.paths import find_resources
from personadesk.storage.places import DATABASE_NAME
from tests.program import COMMAND, environment, run

EVERY_COMMAND = [
    pytest.param(("chat", "Isabella", "Hi"), id="chat"),
    pytest.param(("chat", "Isabella"), id="chat, interactive"),
    pytest.param(("fetch-model", "--file", __file__), id="fetch-model"),
]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "data"
    done = run(folder, "chat", "Isabella", stdin=b"/quit\n")
    assert done.returncode == 0, done.stderr
    return folder


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line an unsuccessful command prints."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_the_version_is_printed() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == f"PersonaDesk {__version__}\n"


def test_an_unknown_command_is_explained() -> None:
    done = subprocess.run([*COMMAND, "sing"], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "invalid choice: 'sing'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_persona_is_answered_with_who_is_here(seeded: Path) -> None:
    done = run(seeded, "chat", "Nobody", "Hello")

    assert said(done) == (
        "There is no persona called 'Nobody'. Choose one of: Alex, Default, Ethan, Isabella, Luna, Maya, Sam."
    )


def test_nothing_to_send_is_said(seeded: Path) -> None:
    assert said(run(seeded, "chat", "Isabella", " ")).startswith("There is nothing to send yet.")


def test_a_message_that_is_too_long_is_refused_with_both_numbers(seeded: Path) -> None:
    done = run(seeded, "chat", "Isabella", stdin=b"x" * 100_001 + b"\n")

    assert "This message has 100,001 characters; one message holds 100,000." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_data_directory_that_is_a_file_is_said(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")

    done = run(tmp_path / "data", *command)

    assert "is a file and not a folder" in said(done)
    assert (tmp_path / "data").read_text() == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that refuses root too")
@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_data_directory_that_cannot_be_written_is_said(command: tuple[str, ...]) -> None:
    done = run(Path("/sys/personadesk"), *command)

    assert "can't write to /sys/personadesk" in said(done)


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_database_of_a_newer_program_is_left_as_it_is(command: tuple[str, ...], seeded: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(seeded, data_dir)
    connection = sqlite3.connect(data_dir / DATABASE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (data_dir / DATABASE_NAME).read_bytes()

    line = said(run(data_dir, *command))

    assert "has version 99" in line
    assert "Install the newest PersonaDesk" in line
    assert (data_dir / DATABASE_NAME).read_bytes() == before


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_damaged_database_is_left_as_it_is(command: tuple[str, ...], tmp_path: Path) -> None:
    garbage = b"not a database" * 1000
    (tmp_path / DATABASE_NAME).write_bytes(garbage)

    line = said(run(tmp_path, *command))

    assert "is damaged. It was left as it is." in line
    assert (tmp_path / DATABASE_NAME).read_bytes() == garbage


def test_a_file_that_is_not_the_model_is_refused(seeded: Path, tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(b"GGUF and then something else")

    line = said(run(seeded, "fetch-model", "--file", str(tmp_path / "other.gguf")))

    assert line.startswith("This file is not the model")
    assert not list((seeded / "models").glob("*.gguf*"))


def test_a_file_of_the_models_size_and_another_content_is_refused(seeded: Path, tmp_path: Path) -> None:
    entry = load_catalogue(find_resources()).default
    with (tmp_path / "other.gguf").open("wb") as file:
        file.truncate(entry.size_bytes)

    line = said(run(seeded, "fetch-model", "--file", str(tmp_path / "other.gguf")))

    assert line.startswith("This file is not the model")
    assert not list((seeded / "models").glob("*.gguf*"))


def test_a_model_file_that_is_not_there_is_said(seeded: Path, tmp_path: Path) -> None:
    line = said(run(seeded, "fetch-model", "--file", str(tmp_path / "nothing.gguf")))

    assert line == f"There is no file {tmp_path / 'nothing.gguf'}. Name the model's file."


def test_an_unknown_model_is_answered_with_those_there_are(seeded: Path) -> None:
    line = said(run(seeded, "fetch-model", "--model", "nope"))

    assert line.startswith("There is no model called 'nope'. Choose one of: ")


def test_without_a_display_the_window_points_to_the_terminal(tmp_path: Path) -> None:
    variables = {
        name: value
        for name, value in environment().items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }

    done = subprocess.run(
        [*COMMAND, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        env=variables,
        timeout=60,
        check=False,
    )

    if sys.platform == "linux":
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == "Talk in the terminal instead: personadesk chat"
        assert not list(tmp_path.iterdir())
