"""The engines there are."""

from collections.abc import Awaitable, Callable

from personadesk.domain.dictation import SERVER_KEY, DictationSettings
from personadesk.providers.hearing.elevenlabs_hearing import ElevenLabsHearing
from personadesk.providers.hearing.openai_hearing import OpenAIHearing
from personadesk.providers.hearing.whisper.engine import WhisperHearing
from personadesk.providers.voices.elevenlabs_key import ElevenLabsKey
from personadesk.services.hearing_ports import Transcriber
from personadesk.services.secret_ports import Secrets
from personadesk.services.weights_ports import WeightsFetcher


def make_engines(
    *, weights: WeightsFetcher, secrets: Secrets, settings: Callable[[], Awaitable[DictationSettings]]
) -> tuple[Transcriber, ...]:
    """This computer's first. Nothing is loaded or asked yet."""

    async def server_key() -> str:
        return await secrets.get(SERVER_KEY)

    return (
        WhisperHearing(weights=weights),
        ElevenLabsHearing(key=ElevenLabsKey(secrets)),
        OpenAIHearing(settings=settings, key=server_key),
    )
