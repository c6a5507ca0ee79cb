"""The system's keyring: its calls block, a locked wallet asks the user, and some never come back."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from personadesk.domain.secrets import SecretsError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)
T = TypeVar("T")

SERVICE = "PersonaDesk"
LOOK_S = 15.0
ANSWER_S = 60.0
"""A locked wallet asks for its password meanwhile."""
_NOT_KEYRINGS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Those that keep nothing, and the one that keeps keys in plain text."""


def system_backend() -> "KeyringBackend | None":
    """The keyring library's choice for this computer; None where nothing here keeps keys. Blocks, 0.2 s at first."""
    from keyring import core, errors

    core.init_backend(limit=core.recommended)
    try:
        backend = core.get_keyring()
    except errors.KeyringError:
        return None
    return None if type(backend).__module__.startswith(_NOT_KEYRINGS) else backend


class SystemKeyring:
    """Belongs to the engine's loop. Every call but `works` raises SecretsError, whose text has no key in it."""

    def __init__(
        self,
        *,
        find: "Callable[[], KeyringBackend | None]" = system_backend,
        look_s: float = LOOK_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._find = find
        self._look_s = look_s
        self._answer_s = answer_s
        self._backend: KeyringBackend | None = None
        self._reading: dict[str, asyncio.Future[str]] = {}

    async def works(self) -> bool:
        """Whether there is one. Raises nothing; one that was found is not looked for again."""
        if self._backend is None:
            try:
                async with asyncio.timeout(self._look_s):
                    self._backend = await _in_thread(self._find)
            except TimeoutError:
                log.info("the system's keyring could not be found in time")
            except _Broken as error:
                log.info("the system's keyring can't be used: %s", error.kind)
        return self._backend is not None

    async def get(self, user: str) -> str:
        """ "" where there is none. Two who ask at once get one answer, so that a wallet asks the user once."""
        backend = await self._found()
        reading = self._reading.get(user)
        if reading is None or reading.done():
            reading = self._reading[user] = _in_thread(lambda: backend.get_password(SERVICE, user) or "")
        return await self._answered(reading)

    async def set(self, user: str, value: str) -> None:
        backend = await self._found()
        await self._answered(_in_thread(lambda: backend.set_password(SERVICE, user, value)))

    async def delete(self, user: str) -> None:
        """One that is not there is no error."""
        backend = await self._found()

        def work() -> None:
            if backend.get_password(SERVICE, user) is not None:
                backend.delete_password(SERVICE, user)

        await self._answered(_in_thread(work))

    async def _found(self) -> "KeyringBackend":
        if not await self.works() or self._backend is None:
            raise SecretsError(
                "This system has no keyring that works.", "Choose another place for keys in Settings, Voices."
            )
        return self._backend

    async def _answered(self, answer: "asyncio.Future[T]") -> T:
        try:
            async with asyncio.timeout(self._answer_s):
                return await asyncio.shield(answer)
        except TimeoutError as error:
            raise SecretsError("The system's keyring does not answer.", "Unlock it, then try again.") from error
        except _Broken as error:
            log.info("the system's keyring refused: %s", error.kind)
            if error.kind == "KeyringLocked":
                raise SecretsError("The system's keyring is locked.", "Unlock it, then try again.") from None
            raise SecretsError(
                "The system's keyring refused.", "Look whether it is running, or choose another place for keys."
            ) from None


class _Broken(Exception):
    """A keyring raised something. `kind` is its name: its text may hold what it was given."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def _in_thread(work: Callable[[], T]) -> "asyncio.Future[T]":
    """Run it beside the loop, in a thread that the program's end does not wait for. Raises _Broken."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait for it any more

    def run() -> None:
        def tell(finish: Callable[[], None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(lambda: None if future.done() else finish())

        try:
            result = work()
        except Exception as error:  # noqa: BLE001  each system's keyring has exceptions of its own
            kind = type(error).__name__
            tell(lambda: future.set_exception(_Broken(kind)))
        else:
            tell(lambda: future.set_result(result))

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return future
