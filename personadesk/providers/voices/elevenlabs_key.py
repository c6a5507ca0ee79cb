"""Where the key of an ElevenLabs account comes from."""

import os

from personadesk.domain.secrets import ELEVENLABS, SecretsError
from personadesk.services.secret_ports import Secrets

KEY_VARIABLE = "ELEVENLABS_API_KEY"


class ElevenLabsKey:
    """The one that was given in the window, else the one in the environment."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def __call__(self) -> str:
        """ "" for none. Raises SecretsError where one was given and can't be had now."""
        in_environment = os.environ.get(KEY_VARIABLE, "").strip()
        try:
            given = await self._secrets.get(ELEVENLABS)
        except SecretsError:
            if in_environment:
                return in_environment
            raise
        if given or in_environment:
            return given or in_environment
        if await self._secrets.is_locked():
            raise SecretsError("The file with your keys is locked.", "Give its passphrase in Settings, Voices.")
        return ""
