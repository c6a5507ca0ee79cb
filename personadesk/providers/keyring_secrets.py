"""Keys of services, in the system's keyring, in an encrypted file, or in memory until the program ends."""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from personadesk.domain.errors import StoreError
from personadesk.domain.secrets import KeptIn, SecretsError, SecretsStatus
from personadesk.providers.secret_file import FILE_NAME, SecretFile
from personadesk.providers.system_keyring import SystemKeyring
from personadesk.services.ports import Database, JsonValue, Store

log = logging.getLogger(__name__)

SECRETS_SETTING = "secrets"
"""{"kept_in", "id" of this data folder in the keyring, "names" of the keys there}. Never a key."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """`kept_in` is None before anything was agreed on; `id` tells this data folder's keys from another's."""

    kept_in: KeptIn | None = None
    id: str = ""
    names: frozenset[str] = frozenset()


class KeyringSecrets:
    """A Secrets. The keyring is asked for names that were kept there, and for no others: a wallet is not woken
    for a key that nobody gave.
    """

    def __init__(self, *, database: Database, data_dir: Path, keyring: SystemKeyring | None = None) -> None:
        self._database = database
        self._keyring = keyring or SystemKeyring()
        self._file = SecretFile(data_dir / FILE_NAME)
        self._held: dict[str, str] = {}
        """This session's, and what the keyring has told."""
        self._one_at_a_time = asyncio.Lock()

    async def status(self) -> SecretsStatus:
        """Look. Raises nothing."""
        try:
            noted = await self._noted()
        except StoreError as error:
            log.info("the place of keys can't be read: %s", type(error).__name__)
            noted = _Noted()
        works = await self._keyring.works()
        kept_in = noted.kept_in or (KeptIn.KEYRING if works else KeptIn.SESSION)
        if kept_in is KeptIn.FILE:
            there = await asyncio.to_thread(self._file.exists)
            return _status(kept_in, works, agreed=there, locked=there and not self._file.is_open)
        agreed = works if kept_in is KeptIn.KEYRING else noted.kept_in is not None
        return _status(kept_in, works, agreed=agreed)

    async def is_locked(self) -> bool:
        """Whether a file waits for its passphrase; wakes no keyring. Raises nothing."""
        try:
            noted = await self._noted()
        except StoreError:
            return False
        there = noted.kept_in is KeptIn.FILE and await asyncio.to_thread(self._file.exists)
        return there and not self._file.is_open

    async def get(self, name: str) -> str:
        if name in self._held:
            return self._held[name]
        noted = await self._noted()
        if noted.kept_in is KeptIn.FILE:
            return (await asyncio.to_thread(self._file.keys)).get(name, "") if self._file.is_open else ""
        if noted.kept_in is not KeptIn.SESSION and name in noted.names:
            value = await self._keyring.get(_user(name, noted))
            if value:
                self._held[name] = value
            return value
        return ""

    async def set(self, name: str, value: str) -> None:
        async with self._one_at_a_time:
            status = await self.status()
            if not status.agreed:
                raise SecretsError("No place for keys has been chosen yet.", "Choose one in Settings, Voices.")
            if status.locked:
                raise SecretsError("The file with your keys is locked.", "Give its passphrase in Settings, Voices.")
            await self._put(status.kept_in, {name: value})

    async def use(self, kept_in: KeptIn, passphrase: str = "") -> SecretsStatus:
        """Agree on a place. FILE makes the file, or opens it. What another place holds moves along."""
        async with self._one_at_a_time:
            noted = await self._noted()
            before = noted.kept_in or (KeptIn.KEYRING if noted.names else KeptIn.SESSION)
            if kept_in is KeptIn.KEYRING and not await self._keyring.works():
                raise SecretsError("This system has no keyring that works.", "Choose another place for keys.")
            made = kept_in is KeptIn.FILE and await asyncio.to_thread(self._open_or_make, passphrase)
            if before is not kept_in:
                try:
                    await self._put(kept_in, await self._everything(before, noted))
                except SecretsError:
                    if made:
                        await asyncio.to_thread(self._file.delete)
                    raise
            await self._note(replace(await self._noted(), kept_in=kept_in))
            if before is not kept_in:
                await self._clear(before, noted)
            return await self.status()

    async def start_over(self) -> SecretsStatus:
        """Delete the encrypted file and the keys in it, and agree on nothing: for a forgotten passphrase."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._file.delete)
            self._held.clear()
            await self._note(replace(await self._noted(), kept_in=None))
        return await self.status()

    # -- inside

    async def _put(self, kept_in: KeptIn, keys: Mapping[str, str]) -> None:
        """Keep each key there; "" deletes it."""
        if kept_in is KeptIn.KEYRING:
            for name, value in keys.items():
                await self._put_in_keyring(name, value)
        elif kept_in is KeptIn.FILE and keys:
            await asyncio.to_thread(self._put_in_file, keys)
        for name, value in keys.items():
            self._held.pop(name, None)
            if value and kept_in is not KeptIn.FILE:
                self._held[name] = value

    async def _put_in_keyring(self, name: str, value: str) -> None:
        noted = await self._noted()
        if not noted.id:
            noted = replace(noted, id=uuid.uuid4().hex)
        if value:
            # Noted first: a key in the keyring that nobody remembers could never be removed.
            await self._note(replace(noted, kept_in=KeptIn.KEYRING, names=noted.names | {name}))
            await self._keyring.set(_user(name, noted), value)
        else:
            if name in noted.names:
                await self._keyring.delete(_user(name, noted))
            await self._note(replace(noted, names=noted.names - {name}))

    def _open_or_make(self, passphrase: str) -> bool:
        """Whether it was made."""
        if self._file.exists():
            self._file.open(passphrase)
            return False
        self._file.make(passphrase)
        return True

    def _put_in_file(self, keys: Mapping[str, str]) -> None:
        kept = {**self._file.keys(), **keys}
        self._file.write({name: value for name, value in kept.items() if value})

    async def _everything(self, kept_in: KeptIn, noted: _Noted) -> dict[str, str]:
        """All keys of a place that can be had. Raises SecretsError where the file is locked."""
        found = dict(self._held)
        if kept_in is KeptIn.FILE and await asyncio.to_thread(self._file.exists):
            if not self._file.is_open:
                raise SecretsError("The file with your keys is locked.", "Give its passphrase first.")
            found |= await asyncio.to_thread(self._file.keys)
        if kept_in is KeptIn.KEYRING and await self._keyring.works():
            for name in noted.names - found.keys():
                found[name] = await self._keyring.get(_user(name, noted))
        return {name: value for name, value in found.items() if value}

    async def _clear(self, kept_in: KeptIn, noted: _Noted) -> None:
        """Let nothing stay behind in a place that is left, as far as it can be reached."""
        if kept_in is KeptIn.FILE:
            await asyncio.to_thread(self._file.delete)
        if kept_in is KeptIn.KEYRING and await self._keyring.works():
            for name in noted.names:
                await self._keyring.delete(_user(name, noted))
            await self._note(replace(await self._noted(), names=frozenset()))

    async def _noted(self) -> _Noted:
        return await self._database.read(_read)

    async def _note(self, noted: _Noted) -> None:
        def work(store: Store) -> None:
            names: list[JsonValue] = [*sorted(noted.names)]
            value: JsonValue = {"kept_in": noted.kept_in, "id": noted.id, "names": names}
            store.settings.set(SECRETS_SETTING, value)

        await self._database.write(work)


def kept_in_of(stored: JsonValue) -> KeptIn | None:
    """The place that the setting's value names; None where none was agreed on."""
    return _noted_in(stored).kept_in


def _read(store: Store) -> _Noted:
    return _noted_in(store.settings.get(SECRETS_SETTING))


def _noted_in(stored: JsonValue) -> _Noted:
    if not isinstance(stored, dict):
        return _Noted()
    kept_in, names = stored.get("kept_in"), stored.get("names")
    return _Noted(
        KeptIn(kept_in) if isinstance(kept_in, str) and kept_in in set(KeptIn) else None,
        str(stored.get("id") or ""),
        frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset(),
    )


def _user(name: str, noted: _Noted) -> str:
    """As whom a key of this data folder stands in the keyring."""
    return f"{name} ({noted.id})"


def _status(kept_in: KeptIn, works: bool, *, agreed: bool, locked: bool = False) -> SecretsStatus:
    if kept_in is KeptIn.KEYRING:
        sentence = (
            "Keys are kept in your system's keyring."
            if agreed
            else "Your keys are in the system's keyring, which can't be reached now."
        )
    elif kept_in is KeptIn.FILE and agreed:
        sentence = (
            "Your keys are in an encrypted file that waits for its passphrase."
            if locked
            else "Keys are kept in an encrypted file in your data folder."
        )
    elif agreed:
        sentence = "Keys are kept until PersonaDesk ends, and nowhere on the disk."
    else:
        sentence = "This system has no keyring that works, so you choose where keys are kept."
    return SecretsStatus(kept_in, works, agreed, locked, sentence)
