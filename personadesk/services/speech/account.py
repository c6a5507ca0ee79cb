"""The account with a voice service, as the settings show it: its key, what is left of it, its model and its voices."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from personadesk.domain.errors import StoreError
from personadesk.domain.secrets import ELEVENLABS, SecretsError, SecretsStatus
from personadesk.domain.speech import SpeechError, SpeechModel, SpeechQuota, SpeechState, SpeechStatus, VoicePage
from personadesk.services.ports import Database, Store
from personadesk.services.secret_ports import Secrets
from personadesk.services.speech.clones import CLONES_SETTING
from personadesk.services.voice_ports import AccountSynthesizer

MODEL_SETTING = "voices.elevenlabs.model"
"""The id of the model that speaks; "" for the usual one."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """`given` says that a key was given in the window; without it the engine may still have one from elsewhere.

    `quota` is None where it could not be asked for: `status` says why.
    """

    status: SpeechStatus
    secrets: SecretsStatus
    given: bool
    quota: SpeechQuota | None = None
    model: str = ""

    @property
    def has_key(self) -> bool:
        return self.given or self.status.state is not SpeechState.NEEDS_KEY


class VoiceAccount:
    """Belongs to the engine's loop. Nothing is asked of the service before a key is there."""

    def __init__(self, *, database: Database, secrets: Secrets, engine: AccountSynthesizer) -> None:
        self._database = database
        self.secrets = secrets
        self._engine = engine

    async def look(self) -> AccountView:
        """Ask the service how it is. Raises nothing."""
        quota: SpeechQuota | None = None
        try:
            given = bool(await self.secrets.get(ELEVENLABS))
        except (SecretsError, StoreError):
            given = True  # it is there, and can't be had now: the engine's status says why
        with suppress(SpeechError):
            quota = await self._engine.quota()
        used_up = quota is not None and 0 < quota.limit <= quota.used
        status = await self._engine.refresh() if used_up else self._engine.status
        secrets = await self.secrets.status()
        return AccountView(status, secrets, given, quota, await chosen_model(self._database))

    async def give_key(self, key: str) -> AccountView:
        """Keep a key, "" to remove it, and look. Raises SecretsError."""
        await self.secrets.set(ELEVENLABS, key)
        return await self.look()

    async def models(self) -> Sequence[SpeechModel]:
        """Raises SpeechError."""
        return await self._engine.models()

    async def choose_model(self, model_id: str) -> None:
        await self._database.write(lambda store: store.settings.set(MODEL_SETTING, model_id))

    async def page(self, words: str, more: str = "") -> VoicePage:
        """Raises SpeechError."""
        return await self._engine.page(words, more)

    async def delete_voice(self, voice: str) -> None:
        """Have the service delete a cloned voice, and forget which sample it was made of. Raises SpeechError."""
        await self._engine.delete_clone(voice)

        def work(store: Store) -> None:
            noted = store.settings.get(CLONES_SETTING)
            if isinstance(noted, dict) and voice in noted.values():
                store.settings.set(CLONES_SETTING, {key: value for key, value in noted.items() if value != voice})

        await self._database.write(work)


async def chosen_model(database: Database) -> str:
    """As `choose_model` left it. Raises nothing."""
    try:
        kept = await database.read(lambda store: store.settings.get(MODEL_SETTING))
    except StoreError:
        return ""
    return kept if isinstance(kept, str) else ""
