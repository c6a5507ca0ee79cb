"""Speech that comes out of a real sound server."""

import subprocess
import sys
from array import array
from pathlib import Path

from tests.pulse import SoundServer, needs_sound_server, sound_server
from tests.ui.test_speech_voices import needs_espeak

__all__ = ["sound_server"]
RATE = 22_050
LOUD = 1_000
SPEAK = """
import asyncio, sys
from PySide6.QtGui import QGuiApplication
from PySide6.QtCore import QTimer
from personadesk.domain.speech import SpeechSettings
from personadesk.providers.voices.system import SystemVoices
from personadesk.ui.speech.outputs import SoundOutputs
from personadesk.ui.speech.player import SpeechPlayer

async def said():
    engine = SystemVoices()
    try:
        return [chunk async for chunk in engine.synthesise("Good evening, the moon is up.", "", SpeechSettings())]
    finally:
        await engine.close()

chunks = asyncio.run(said())
app = QGuiApplication(["personadesk", "-platform", "offscreen"])
player = SpeechPlayer(open_output=SoundOutputs(app).open)
player.output_missing.connect(lambda: print("missing", flush=True))
player.ended.connect(app.quit)
player.begin("a")
for number in range(int(sys.argv[1])):
    player.open_clip(number)
    for chunk in chunks:
        player.feed(chunk)
player.finish()
print(sum(abs(value) > 1000 for chunk in chunks for value in memoryview(chunk.pcm).cast("h")) * 2, flush=True)
app.exec()
"""


@needs_sound_server
@needs_espeak
def test_what_is_said_is_heard_at_the_sound_server(sound_server: SoundServer, tmp_path: Path) -> None:
    raw = tmp_path / "heard.raw"

    with sound_server.recording(raw, rate=RATE):
        told = subprocess.run(
            [sys.executable, "-c", SPEAK, "2"],
            env=sound_server.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    heard = raw.read_bytes()
    loud = sum(abs(value) > LOUD for value in array("h", heard[: len(heard) // 2 * 2]))
    given = int(told.stdout.split()[-1])
    assert "missing" not in told.stdout
    assert 0.8 * given < loud < 1.2 * given


@needs_sound_server
@needs_espeak
def test_a_device_that_goes_in_the_middle_is_said_and_the_rest_goes_on_in_silence(sound_server: SoundServer) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SPEAK, "3"], env=sound_server.environment, stdout=subprocess.PIPE, text=True
    ) as speaking:
        try:
            assert speaking.stdout is not None
            speaking.stdout.readline()
            sound_server.wait_for_sound()
            sound_server.unplug()
            rest, _ = speaking.communicate(timeout=60)
        finally:
            speaking.kill()

    assert rest.split() == ["missing"]
    assert speaking.returncode == 0
