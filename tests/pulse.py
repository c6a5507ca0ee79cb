"""A sound server of a test's own: what is played into its null sink is what its microphone hears."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

READY_S = 15.0
LAG_S = 0.3
SINK = "personadesk"
MICROPHONE = "microphone"
"""Qt lists no monitor of a sink as an input, so the monitor is given another face."""
needs_sound_server = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("pulseaudio", "pactl", "paplay", "parec"))),
    reason="pulseaudio is not installed",
)


class SoundServer:
    """`environment` leads a child process to it: Qt looks for its server once in a process's life."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "native"
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "PULSE_SERVER": f"unix:{self.socket}",
        }

    def play(self, wav: Path) -> None:
        """Play a sound file to its end, as any program on this computer would."""
        subprocess.run(["paplay", f"--device={SINK}", wav], env=self.environment, check=True, timeout=60)

    @contextlib.contextmanager
    def recording(self, raw: Path, *, rate: int) -> Iterator[None]:
        """Keep what the speakers are given meanwhile: signed 16-bit mono PCM."""
        form = [f"--rate={rate}", "--channels=1", "--format=s16le", "--latency-msec=20"]
        with (
            raw.open("wb") as out,
            subprocess.Popen(
                ["parec", f"--device={SINK}.monitor", *form], env=self.environment, stdout=out
            ) as recorder,
        ):
            try:
                self._wait(lambda: self._ask("list", "short", "source-outputs"), "nobody listens")
                yield
                # What was played last comes behind: the monitor goes on with silence.
                whole = raw.stat().st_size + int(rate * 2 * LAG_S)
                self._wait(lambda: raw.stat().st_size > whole, "nothing is recorded")
            finally:
                recorder.terminate()

    def wait_for_sound(self) -> None:
        """Until some program plays to it."""
        self._wait(lambda: self._ask("list", "short", "sink-inputs"), "nothing was played")

    def unplug(self) -> None:
        """Take the speakers away, and with them the microphone that hears them."""
        for module in self._ask("list", "short", "modules").splitlines():
            number, name, *_ = module.split("\t")
            if name == "module-null-sink":
                self._ask("unload-module", number)

    @staticmethod
    def _wait(there: Callable[[], object], otherwise: str) -> None:
        deadline = time.monotonic() + READY_S
        while not there():
            if time.monotonic() > deadline:
                pytest.fail(otherwise)
            time.sleep(0.05)

    def _ask(self, *words: str) -> str:
        return subprocess.run(
            ["pactl", *words], env=self.environment, capture_output=True, text=True, timeout=30, check=True
        ).stdout

    def answers(self) -> bool:
        asked = subprocess.run(["pactl", "info"], env=self.environment, capture_output=True, timeout=30, check=False)
        return asked.returncode == 0


@pytest.fixture
def sound_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    # Short, because a Unix socket's path may have no more than 107 bytes.
    folder = tmp_path_factory.mktemp("pa")
    server = SoundServer(folder)
    loads = (
        f"module-native-protocol-unix socket={server.socket} auth-anonymous=1",
        f"module-null-sink sink_name={SINK}",
        f"module-remap-source source_name={MICROPHONE} master={SINK}.monitor",
    )
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]
    command += ["--realtime=no", "--high-priority=no"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, *(f"--load={load}" for load in loads)], env=server.environment, stdout=log, stderr=log
        ) as daemon,
    ):
        try:
            deadline = time.monotonic() + READY_S
            while not server.answers():
                if daemon.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"pulseaudio did not start: {(folder / 'log').read_text(errors='replace')}")
                time.sleep(0.05)
            for kind, name in (("sink", SINK), ("source", MICROPHONE)):
                subprocess.run(["pactl", f"set-default-{kind}", name], env=server.environment, check=True, timeout=30)
            yield server
        finally:
            daemon.terminate()
