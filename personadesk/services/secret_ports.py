"""What the services need for keys, as a Protocol. A provider implements it over the system's keyring."""

from typing import Protocol

from personadesk.domain.secrets import KeptIn, SecretsStatus


class Secrets(Protocol):
    """Keys by name. Never in the database, a log, an export or an error's text. Belongs to the engine's loop."""

    async def status(self) -> SecretsStatus:
        """Look. Raises nothing."""
        ...

    async def is_locked(self) -> bool:
        """Whether a file waits for its passphrase; wakes no keyring. Raises nothing."""
        ...

    async def get(self, name: str) -> str:
        """ "" where there is none, or where they are locked. Raises SecretsError where the keyring refuses."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Keep it; "" deletes it. Raises SecretsError, also where no place has been agreed on."""
        ...

    async def use(self, kept_in: KeptIn, passphrase: str = "") -> SecretsStatus:
        """Agree on a place. FILE makes the file, or opens it. What another place holds moves along.

        Raises SecretsError for a wrong passphrase.
        """
        ...

    async def start_over(self) -> SecretsStatus:
        """Delete the encrypted file with the keys in it: nothing is agreed on then. Raises SecretsError."""
        ...
