"""What the settings of voices work with: real parts, without a keyring and without a network."""

from personadesk.providers.keyring_secrets import KeyringSecrets
from personadesk.providers.system_keyring import SystemKeyring
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.speech.account import VoiceAccount
from personadesk.services.speech.setup import VoiceSetup
from personadesk.services.speech.speaking import Speaker
from tests.ui.desk import Desk


def voice_setup(
    desk: Desk, speaker: Speaker, service: ElevenLabsVoices, secrets: KeyringSecrets | None = None
) -> VoiceSetup:
    database = desk.database
    kept = secrets or KeyringSecrets(
        database=database, data_dir=desk.paths.data_dir, keyring=SystemKeyring(find=lambda: None)
    )
    weights = FileWeights(description=desk.paths.resources / "weights.toml", models_dir=desk.paths.models_dir)
    return VoiceSetup(speaker, VoiceAccount(database=database, secrets=kept, engine=service), weights)
