"""A key that is given goes to the service, and is in no file, no log and no export."""

import asyncio
import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from personadesk.assembly import Backend
from personadesk.domain.secrets import ELEVENLABS, KeptIn
from personadesk.domain.speech import SpeechError, SpeechSettings
from personadesk.log_file import start_log
from personadesk.paths import find_paths
from personadesk.providers.voices.elevenlabs_key import ElevenLabsKey
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.services.card_exports import CardFormat

KEY = "sk_a_key_that_nobody_may_see"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def _log_to_files() -> Iterator[None]:
    """Take the log's handlers away afterwards."""
    root = logging.getLogger("personadesk")
    before, level = list(root.handlers), root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


async def use(backend: Backend) -> str:
    """Keep a key, lose a request with it, and give what the user is told."""
    await backend.secrets.use(KeptIn.FILE, "correct horse battery")
    await backend.secrets.set(ELEVENLABS, KEY)
    await backend.secrets.set("provider:1", KEY)
    service = ElevenLabsVoices(key=ElevenLabsKey(backend.secrets), base_url=NOBODY)
    try:
        await service.refresh()
        await anext(service.synthesise("Hello.", "voice", SpeechSettings()))
    except SpeechError as error:
        return f"{error!r} {error.__cause__!r}"
    finally:
        await service.close()
    return ""


@pytest.mark.usefixtures("_log_to_files")
def test_a_key_is_in_no_file_no_log_and_no_export(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    paths = find_paths(str(data_dir))
    start_log(paths)
    backend = Backend(paths)
    try:
        listing = backend.engine.submit(backend.prepare()).result(60)
        told = backend.engine.submit(use(backend)).result(60)
        exported = backend.engine.submit(
            backend.card_exports.export(listing.personas[0].id, CardFormat.ARCHIVE, memories=True, chats=True)
        ).result(60)
        backup = backend.database.back_up("test")
        kept = asyncio.run(backend.secrets.get(ELEVENLABS))
    finally:
        backend.close()

    assert kept == KEY
    assert "can't be reached" in told
    assert KEY not in told
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert [name for name in archive.namelist() if KEY.encode() in archive.read(name)] == []
    assert backup.is_file()
    written = [path for path in data_dir.rglob("*") if path.is_file()]
    assert paths.log_dir / "personadesk.log" in written
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []


def test_a_key_in_the_environment_still_serves_and_a_given_one_comes_first(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", " from-outside ")
    backend = Backend(find_paths(str(data_dir)))

    async def scenario() -> tuple[str, str]:
        key = ElevenLabsKey(backend.secrets)
        outside = await key()
        await backend.secrets.use(KeptIn.SESSION)
        await backend.secrets.set(ELEVENLABS, KEY)
        return outside, await key()

    try:
        backend.engine.submit(backend.prepare()).result(60)
        found = backend.engine.submit(scenario()).result(60)
    finally:
        backend.close()

    assert found == ("from-outside", KEY)
