"""What `personadesk doctor` finds, and that it changes and tells nothing it should not."""

from pathlib import Path

import pytest

from personadesk import __version__
from personadesk.providers.keyring_secrets import SECRETS_SETTING
from personadesk.providers.secret_file import FILE_NAME, SecretFile
from personadesk.services.clock import SystemClock
from personadesk.services.ports import Store
from personadesk.services.providers import PROVIDERS_SETTING
from personadesk.storage.database import open_database
from personadesk.storage.places import DATABASE_NAME
from tests.program import run


@pytest.mark.embedded_model
def test_a_new_and_healthy_place_is_in_order_and_stays_empty(tmp_path: Path) -> None:
    done = run(tmp_path / "data", "doctor")

    assert done.returncode == 0, done.stdout
    assert f"PersonaDesk    {__version__}" in done.stdout
    assert "Database       none yet" in done.stdout
    assert "SHA-256 right" in done.stdout
    assert "Runtime        xllamacpp" in done.stdout
    assert done.stdout.endswith("Everything is in order.\n")
    assert not (tmp_path / "data" / DATABASE_NAME).exists()


def test_it_counts_what_is_stored_and_quotes_nothing(tmp_path: Path) -> None:
    run(tmp_path, "chat", "Isabella", stdin=b"/quit\n")

    done = run(tmp_path, "doctor")

    assert "7 personas" in done.stdout
    assert "tea" not in done.stdout
    assert done.stderr == ""


def test_it_says_where_keys_are_which_providers_there_are_and_whether_voices_are_here(tmp_path: Path) -> None:
    database = open_database(tmp_path, clock=SystemClock())
    provider = {"id": "1a", "kind": "openai", "name": "Attic", "address": "https://attic.example/v1"}
    kept_in = {"kept_in": "file", "id": "x", "names": ["provider:1a"]}

    def settle(store: Store) -> None:
        store.settings.set(PROVIDERS_SETTING, [provider])
        store.settings.set(SECRETS_SETTING, kept_in)

    try:
        database.submit_write(settle).result(10)
    finally:
        database.close()
    file = SecretFile(tmp_path / FILE_NAME)
    file.make("correct horse battery")
    file.write({"provider:1a": "sk-secret"})

    done = run(tmp_path, "doctor")

    assert "Provider       Attic, https://attic.example/v1\n" in done.stdout
    assert f"Keys           in the encrypted file {tmp_path / FILE_NAME}\n" in done.stdout
    assert "Natural voice  Kokoro 82M, " in done.stdout
    assert "Dictation      Whisper base, " in done.stdout
    assert "sk-secret" not in done.stdout + done.stderr


def test_what_is_wrong_is_named_and_is_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"not a database" * 1000)

    done = run(tmp_path, "doctor")

    assert done.returncode == 1
    assert "is damaged" in done.stdout
    assert "need attention" in done.stdout.splitlines()[-1]
    assert done.stderr == ""


def test_a_data_directory_that_is_a_file_needs_attention(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")

    done = run(tmp_path / "data", "doctor")

    assert done.returncode == 1
    assert "(can not be written)  <- needs attention" in done.stdout
