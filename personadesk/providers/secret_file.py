"""Keys in one encrypted file: AES-256-GCM under a key that scrypt makes of a passphrase."""

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from personadesk.domain.secrets import SecretsError

FILE_NAME = "keys.enc"
SHORTEST_PASSPHRASE = 8
_MAGIC = b"PersonaDesk keys 1\n"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**16, 8, 1
"""64 MB and a fifth of a second for each try."""
_MOST_BYTES = 1_000_000


class SecretFile:
    """Everything here blocks. The layout: the magic, the salt, the nonce, then JSON {name: key}, encrypted.

    Once opened, the file's own key is kept in memory, the passphrase is not.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._salt = b""
        self._key = b""

    @property
    def is_open(self) -> bool:
        return bool(self._key)

    def exists(self) -> bool:
        return self._path.is_file()

    def make(self, passphrase: str) -> None:
        """A new file without keys, in place of one that is there. Raises SecretsError."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise SecretsError("This passphrase is too short.", f"Use at least {SHORTEST_PASSPHRASE} characters.")
        salt = secrets.token_bytes(_SALT_BYTES)
        key = _derived(passphrase, salt)
        self._salt, self._key = salt, key
        try:
            self.write({})
        except SecretsError:
            self.lock()
            raise

    def open(self, passphrase: str) -> None:
        """Raises SecretsError for a wrong passphrase, and for a file that can't be read."""
        salt, sealed = self._read()
        key = _derived(passphrase, salt)
        _opened(key, salt, sealed)
        self._salt, self._key = salt, key

    def lock(self) -> None:
        """Forget the file's key."""
        self._salt, self._key = b"", b""

    def keys(self) -> dict[str, str]:
        """What it holds now, another program's changes included. Raises SecretsError."""
        salt, sealed = self._read()
        if salt != self._salt:
            self.lock()
            raise SecretsError("The file with your keys is locked.", "Give its passphrase in Settings, Voices.")
        return _opened(self._key, salt, sealed)

    def write(self, keys: Mapping[str, str]) -> None:
        """Replace what it holds, whole or not at all. Raises SecretsError."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _MAGIC + self._salt
        sealed = nonce + AESGCM(self._key).encrypt(nonce, json.dumps(dict(keys)).encode(), head)
        try:
            handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}-", dir=self._path.parent)  # mode 0600
            pending = Path(name)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(head + sealed)
                    stream.flush()
                    os.fsync(stream.fileno())
                pending.replace(self._path)
                _sync_folder(self._path.parent)
            finally:
                pending.unlink(missing_ok=True)
        except OSError as error:
            raise SecretsError(
                "The file with your keys can't be written.", "Check the data folder and the room on its disk."
            ) from error

    def delete(self) -> None:
        """Raises SecretsError."""
        self.lock()
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise SecretsError(
                "The file with your keys can't be deleted.", "Check the data folder's permissions."
            ) from error

    def _read(self) -> tuple[bytes, bytes]:
        """Its salt, and the nonce with what is sealed."""
        try:
            with self._path.open("rb") as stream:
                content = stream.read(_MOST_BYTES)
        except OSError as error:
            raise SecretsError(
                "The file with your keys can't be read.", "Check the data folder's permissions."
            ) from error
        head = len(_MAGIC) + _SALT_BYTES
        if not content.startswith(_MAGIC) or len(content) <= head + _NONCE_BYTES:
            raise SecretsError("The file with your keys is damaged.", "Start over with a new one.")
        return content[len(_MAGIC) : head], content[head:]


def _derived(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase.encode())


def _opened(key: bytes, salt: bytes, sealed: bytes) -> dict[str, str]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        content = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _MAGIC + salt)
    except InvalidTag:
        raise SecretsError(
            "This is not the passphrase, or the file with your keys is damaged.",
            "Try again, or start over with a new file.",
        ) from None
    return {str(name): str(value) for name, value in json.loads(content).items()}


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
