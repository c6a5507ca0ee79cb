"""Keys in a keyring, in an encrypted file and in memory, over a real store and real files."""

import asyncio
import stat
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError

from personadesk.domain.secrets import ELEVENLABS, KeptIn, SecretsError, SecretsStatus
from personadesk.providers.keyring_secrets import KeyringSecrets
from personadesk.providers.secret_file import FILE_NAME
from personadesk.providers.system_keyring import SERVICE, SystemKeyring, system_backend
from personadesk.storage.database import SqliteDatabase, open_database
from tests.fakes import FakeClock

T = TypeVar("T")
KEY = "sk_a_key_that_nobody_may_see"
PASSPHRASE = "correct horse battery"


class Wallet(KeyringBackend):
    """A keyring as a system has one, in memory. `gate` is shut while it asks its user for a password."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self.refuses: Exception | None = None

    def _open(self) -> None:
        self.asked += 1
        self.gate.wait()
        if self.refuses is not None:
            raise self.refuses

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        del self.kept[service, username]


@pytest.fixture
def wallet() -> Iterator[Wallet]:
    made = Wallet()
    yield made
    made.gate.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Callable[[str], SqliteDatabase]]:
    opened: dict[str, SqliteDatabase] = {}

    def get(name: str) -> SqliteDatabase:
        if name not in opened:
            opened[name] = open_database(tmp_path / name, clock=FakeClock())
        return opened[name]

    yield get
    for database in opened.values():
        database.close()


class Ring:
    """Data folders beside each other, and programs that start with them."""

    def __init__(self, root: Path, store: Callable[[str], SqliteDatabase]) -> None:
        self.root = root
        self._store = store

    def start(
        self,
        backend: KeyringBackend | None,
        work: Callable[[KeyringSecrets], Awaitable[T]],
        *,
        folder: str = "data",
        patience_s: float = 60.0,
    ) -> T:
        """A program of its own: nothing in memory of what came before."""

        async def scenario() -> T:
            keyring = SystemKeyring(find=lambda: backend, answer_s=patience_s)
            return await work(
                KeyringSecrets(database=self._store(folder), data_dir=self.root / folder, keyring=keyring)
            )

        return asyncio.run(scenario())

    @property
    def file(self) -> Path:
        return self.root / "data" / FILE_NAME


@pytest.fixture
def ring(tmp_path: Path, store: Callable[[str], SqliteDatabase]) -> Ring:
    return Ring(tmp_path, store)


def put(value: str) -> Callable[[KeyringSecrets], Awaitable[None]]:
    return lambda secrets: secrets.set(ELEVENLABS, value)


def kept(secrets: KeyringSecrets) -> Awaitable[str]:
    return secrets.get(ELEVENLABS)


def look(secrets: KeyringSecrets) -> Awaitable[SecretsStatus]:
    return secrets.status()


def test_a_key_goes_into_the_systems_keyring_and_is_there_at_the_next_start(ring: Ring, wallet: Wallet) -> None:
    ring.start(wallet, put(KEY))

    assert ring.start(wallet, kept) == KEY
    assert [(service, value) for (service, _), value in wallet.kept.items()] == [(SERVICE, KEY)]
    assert ring.start(wallet, look).kept_in is KeptIn.KEYRING

    ring.start(wallet, put(""))
    assert not wallet.kept
    assert ring.start(wallet, kept) == ""


def test_two_data_folders_have_keys_of_their_own(ring: Ring, wallet: Wallet) -> None:
    ring.start(wallet, put(KEY))
    ring.start(wallet, put("another"), folder="other")

    ring.start(wallet, put(""), folder="other")

    assert ring.start(wallet, kept) == KEY
    assert ring.start(wallet, kept, folder="other") == ""


def test_a_wallet_is_not_woken_for_a_key_that_nobody_gave(ring: Ring, wallet: Wallet) -> None:
    assert ring.start(wallet, kept) == ""
    assert wallet.asked == 0


def test_a_wallet_that_waits_for_its_user_holds_nobody_up(ring: Ring, wallet: Wallet) -> None:
    ring.start(wallet, put(KEY))
    wallet.gate.clear()

    async def two_at_once(secrets: KeyringSecrets) -> list[str | BaseException]:
        return await asyncio.gather(kept(secrets), kept(secrets), return_exceptions=True)

    before = wallet.asked
    answers = ring.start(wallet, two_at_once, patience_s=0.2)
    wallet.gate.set()

    assert ["does not answer" in str(answer) for answer in answers] == [True, True]
    assert wallet.asked == before + 1
    assert ring.start(wallet, kept) == KEY


@pytest.mark.parametrize(
    ("refusal", "says"),
    [(KeyringLocked(KEY), "is locked"), (PasswordSetError(KEY), "refused"), (OSError(KEY), "refused")],
)
def test_a_refusal_is_told_without_the_key(
    ring: Ring, wallet: Wallet, refusal: Exception, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    wallet.refuses = refusal

    with caplog.at_level("DEBUG"), pytest.raises(SecretsError, match=says) as caught:
        ring.start(wallet, put(KEY))

    assert KEY not in str(caught.value)
    assert KEY not in caplog.text


def test_what_keeps_nothing_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    for backend in (fail.Keyring, null.Keyring):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{backend.__module__}.Keyring")

        assert system_backend() is None


def test_without_a_keyring_the_user_is_asked_first(ring: Ring) -> None:
    status = ring.start(None, look)

    assert (status.keyring_works, status.agreed, status.kept_in) == (False, False, KeptIn.SESSION)
    with pytest.raises(SecretsError, match="No place"):
        ring.start(None, put(KEY))


def test_a_session_forgets_its_keys_when_it_ends(ring: Ring) -> None:
    async def agree(secrets: KeyringSecrets) -> str:
        await secrets.use(KeptIn.SESSION)
        await secrets.set(ELEVENLABS, KEY)
        return await kept(secrets)

    assert ring.start(None, agree) == KEY
    assert ring.start(None, kept) == ""
    assert ring.start(None, look).agreed


def test_the_encrypted_file_opens_with_its_passphrase_alone(ring: Ring) -> None:
    async def agree(secrets: KeyringSecrets) -> None:
        await secrets.use(KeptIn.FILE, PASSPHRASE)
        await secrets.set(ELEVENLABS, KEY)

    async def wrong(secrets: KeyringSecrets) -> tuple[bool, str]:
        with pytest.raises(SecretsError, match="not the passphrase"):
            await secrets.use(KeptIn.FILE, "another passphrase")
        with pytest.raises(SecretsError, match="locked"):
            await secrets.set(ELEVENLABS, "new")
        return (await secrets.status()).locked, await kept(secrets)

    async def right(secrets: KeyringSecrets) -> tuple[bool, str]:
        return (await secrets.use(KeptIn.FILE, PASSPHRASE)).locked, await kept(secrets)

    ring.start(None, agree)

    assert ring.start(None, wrong) == (True, "")
    assert ring.start(None, right) == (False, KEY)
    assert stat.S_IMODE(ring.file.stat().st_mode) == 0o600
    assert [path.name for path in ring.root.joinpath("data").glob(f"*{FILE_NAME}*")] == [FILE_NAME]


def test_a_short_passphrase_and_a_damaged_file_are_refused_in_words(ring: Ring) -> None:
    async def short(secrets: KeyringSecrets) -> None:
        await secrets.use(KeptIn.FILE, "short")

    async def make(secrets: KeyringSecrets) -> None:
        await secrets.use(KeptIn.FILE, PASSPHRASE)

    async def over(secrets: KeyringSecrets) -> SecretsStatus:
        with pytest.raises(SecretsError, match="damaged"):
            await make(secrets)
        return await secrets.start_over()

    with pytest.raises(SecretsError, match="too short"):
        ring.start(None, short)
    assert not ring.file.exists()
    ring.start(None, make)
    ring.file.write_bytes(ring.file.read_bytes()[:20])

    status = ring.start(None, over)

    assert not status.agreed
    assert not ring.file.exists()


def test_keys_move_along_and_leave_nothing_behind(ring: Ring, wallet: Wallet) -> None:
    ring.start(wallet, put(KEY))

    async def into_the_file(secrets: KeyringSecrets) -> str:
        await secrets.use(KeptIn.FILE, PASSPHRASE)
        return await kept(secrets)

    async def back(secrets: KeyringSecrets) -> str:
        with pytest.raises(SecretsError, match="locked"):
            await secrets.use(KeptIn.KEYRING)
        await secrets.use(KeptIn.FILE, PASSPHRASE)
        await secrets.use(KeptIn.KEYRING)
        return await kept(secrets)

    assert ring.start(wallet, into_the_file) == KEY
    assert not wallet.kept
    assert ring.start(wallet, back) == KEY
    assert not ring.file.exists()
    assert list(wallet.kept.values()) == [KEY]


def test_a_keyring_that_went_away_is_said(ring: Ring, wallet: Wallet) -> None:
    ring.start(wallet, put(KEY))

    status = ring.start(None, look)

    assert (status.agreed, status.keyring_works) == (False, False)
    assert "can't be reached" in status.sentence
    with pytest.raises(SecretsError, match="no keyring"):
        ring.start(None, kept)


def test_no_key_is_in_the_data_folder(ring: Ring, wallet: Wallet, store: Callable[[str], SqliteDatabase]) -> None:
    async def everywhere(secrets: KeyringSecrets) -> None:
        await secrets.set(ELEVENLABS, KEY)
        await secrets.use(KeptIn.SESSION)
        await secrets.use(KeptIn.FILE, PASSPHRASE)
        await secrets.set("provider:1", KEY)

    ring.start(wallet, everywhere)
    store("data").back_up("test")

    files = [path for path in ring.root.rglob("*") if path.is_file()]
    assert len(files) > 2
    for path in files:
        content = path.read_bytes()
        assert KEY.encode() not in content, path
        assert PASSPHRASE.encode() not in content, path
