"""What `personadesk doctor` says of keys, providers and voices: where and which, never a key."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from personadesk.domain.secrets import KeptIn
from personadesk.paths import Paths
from personadesk.providers.keyring_secrets import SECRETS_SETTING, kept_in_of
from personadesk.providers.secret_file import FILE_NAME
from personadesk.providers.system_keyring import SystemKeyring
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.ports import JsonValue
from personadesk.services.providers import PROVIDERS_SETTING, read_providers
from personadesk.services.weights_ports import KOKORO_WEIGHTS, WHISPER_WEIGHTS

Lines = Iterator[tuple[bool, str]]
"""Whether it is as it should be, and a line that says so."""


def keys(kept: Mapping[str, JsonValue], data_dir: Path) -> Lines:
    """Where keys are kept. A keyring is looked for and not opened."""
    place = kept_in_of(kept.get(SECRETS_SETTING))
    works = asyncio.run(SystemKeyring().works())
    if place is KeptIn.FILE:
        there = (data_dir / FILE_NAME).is_file()
        yield there, f"Keys           in the encrypted file {data_dir / FILE_NAME}{'' if there else '  (missing)'}"
    elif place is KeptIn.SESSION:
        yield True, "Keys           in memory, until PersonaDesk ends"
    elif place is KeptIn.KEYRING:
        yield works, f"Keys           in the system's keyring{'' if works else ', which does not answer'}"
    elif works:
        yield True, "Keys           none yet; they would go into the system's keyring"
    else:
        yield True, "Keys           none yet; there is no keyring here, so PersonaDesk will ask for a place"


def providers(kept: Mapping[str, JsonValue]) -> Lines:
    """Which are set up. None is asked."""
    known = read_providers(kept.get(PROVIDERS_SETTING))
    if not known:
        yield True, "Providers      none set up"
    for provider in known:
        yield True, f"Provider       {provider.name}, {provider.address}"


def speech(paths: Paths) -> Lines:
    """Whether what speaks and what hears naturally is on this computer. It is an addition: nothing is wrong without."""
    weights = FileWeights(description=paths.resources / "weights.toml", models_dir=paths.models_dir)

    async def look() -> tuple[bool, bool]:
        natural = KokoroVoices(folder=paths.resources / "voices", models_dir=paths.models_dir)
        return (await natural.refresh()).can_speak, await weights.is_here(WHISPER_WEIGHTS)

    speaks, hears = asyncio.run(look())
    for name, here, weights_id in (
        ("Natural voice", speaks, KOKORO_WEIGHTS),
        ("Dictation", hears, WHISPER_WEIGHTS),
    ):
        label = weights.describe(weights_id).label
        yield True, f"{name:<14} {label}, {'here' if here else 'not here; fetch it in Settings, Voices'}"
