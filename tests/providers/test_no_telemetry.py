"""The runtimes in our processes report to nobody. By default, ONNX Runtime tells its makers of every model it loads."""

import asyncio
from pathlib import Path

import pytest

from personadesk.domain.speech import SpeechSettings
from personadesk.paths import find_resources
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.voices.kokoro.weights import find_weights, read_kit
from tests.ear import can_hear, make_ear

VOICES = find_resources() / "voices"
needs_voice = pytest.mark.skipif(
    not find_weights(read_kit(VOICES), Path("/nowhere")), reason="the natural voice's weights are not on this computer"
)
needs_ear = pytest.mark.skipif(
    not can_hear(), reason="the ear's weights are not installed: packaging/test.sh does that"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a report would wait to be sent. The library reports nothing where it believes to be tested itself."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for variable in ("CI", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


async def speak() -> None:
    voices = KokoroVoices(folder=VOICES, models_dir=Path("/nowhere"))
    try:
        assert [chunk async for chunk in voices.synthesise("Yes.", "af_heart", SpeechSettings())]
    finally:
        await voices.close()


async def hear() -> None:
    ear = await make_ear()
    try:
        assert (await ear.transcribe(bytes(32_000))).text == ""
    finally:
        await ear.close()


@needs_voice
@pytest.mark.embedded_model
def test_who_speaks_reports_to_nobody(home: Path) -> None:
    asyncio.run(speak())

    assert list(home.rglob("*")) == []


@needs_ear
@pytest.mark.embedded_model
def test_who_hears_reports_to_nobody(home: Path) -> None:
    asyncio.run(hear())

    assert list(home.rglob("*")) == []
