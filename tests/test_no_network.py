"""Nothing leaves this computer: the program is watched from outside while it is used."""

import ipaddress
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.program import COMMAND, DONE_S, complaints, environment

DRIVER = Path(__file__).parent / "e2e" / "window_driver.py"
WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    with open(os.environ["WATCH_LOG"], "a") as log:
        log.write(f'addr("{host}")\\n')

sys.addaudithook(watch)
"""
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"|addr\("([^"]+)"\)')


def _is_traced() -> bool:
    """Whether strace is here and may be used: some containers forbid it."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def _use(tmp_path: Path, command: Sequence[str], stdin: str = "") -> tuple["subprocess.CompletedProcess[str]", str]:
    """Run a command to its end; return it and all that was connected or sent to, by it and its children."""
    log = tmp_path / "connections"
    log.touch()
    variables = {}
    if _is_traced():
        calls = "trace=connect,sendto,sendmsg,sendmmsg"
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "16", "-e", calls, "-o", str(log), *command]
    else:
        (tmp_path / "watch").mkdir()
        (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
        variables = {"PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(log)}
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        env=environment(**variables),
        timeout=DONE_S,
        check=False,
    )
    return done, log.read_text(errors="replace")


def strangers(log: str) -> set[str]:
    """Every address in it that is not this computer's own loopback."""
    found = {next(filter(None, groups)) for groups in _ADDRESS.findall(log)}
    return {address for address in found if address != "localhost" and not _is_loopback(address)}


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def test_a_stranger_is_recognised(tmp_path: Path) -> None:
    reach = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.7', 9))"

    _, log = _use(tmp_path, [sys.executable, "-c", reach])

    assert strangers(log) == {"192.0.2.7"}


@pytest.mark.embedded_model
def test_a_window_that_is_started_talked_in_and_set_up_reaches_nobody(tmp_path: Path) -> None:
    lines = "open Isabella\nsay Hello, how are you?\nsettings\nopen Luna\nclose\n"

    done, log = _use(tmp_path, [sys.executable, str(DRIVER), str(tmp_path / "data")], lines)

    assert (done.returncode, complaints(done.stderr)) == (0, [])
    assert '["settings"' in done.stdout
    assert "127.0.0.1" in log, "the chat with the model itself was not seen"
    assert strangers(log) == set()


@pytest.mark.embedded_model
def test_a_chat_in_the_terminal_reaches_nobody(tmp_path: Path) -> None:
    done, log = _use(tmp_path, [*COMMAND, "--data-dir", str(tmp_path / "data"), "chat", "Sam", "Hello!"])

    assert (done.returncode, done.stderr) == (0, "")
    assert "127.0.0.1" in log, "the chat with the model itself was not seen"
    assert strangers(log) == set()


def test_doctor_reaches_nobody(tmp_path: Path) -> None:
    done, log = _use(tmp_path, [*COMMAND, "--data-dir", str(tmp_path / "data"), "doctor"])

    assert "Voices  " in done.stdout
    assert strangers(log) == set()
